"""What leaves the house is whole, masked, harmless in a spreadsheet, and proven; what fails leaves nothing behind."""

# ruff: noqa: DTZ001  # the data's times are local and have no zone

from __future__ import annotations

import csv
import errno
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import openpyxl
import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import (
    CancelledError,
    DataError,
    InvalidPlanError,
    NotAllowedError,
    Text,
    UnknownNameError,
)
from semantic_layer.model.types import Sensitivity, Unit
from semantic_layer.policy.types import Policy, Purpose, RolePolicy, User
from semantic_layer.query.codec import audience_from_json, plan_from_json
from semantic_layer.query.plan import ChartKind, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, Query
from semantic_layer.table import Cell, ResultColumn, Table
from tools.chart import choose_chart
from tools.export import Exporter, Format, LedgerProofs, PeopleRequest, Proof, Request, What
from tools.export.rights import purposes_of
from tools.export.rosters import RostersInMemory
from tools.ledger import LedgerInMemory
from tools.people_in_memory import PeopleInMemory

NOW = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
PLAN = Plan((Query(metrics=("sales",)),))
SHANGHAI = Audience(where=Compare("customer.city", "=", "上海"))


def column(name: str, zh: str, unit: Unit | None = None, sensitivity: Sensitivity = Sensitivity.NONE) -> ResultColumn:
    return ResultColumn(name=name, label=Text(zh, name), role="attribute", unit=unit, sensitivity=sensitivity)


HAND_WRITTEN = Table(
    (
        column("city", "城市"),
        column("sales", "销售额", Unit.CURRENCY),
        column("rate", "复购率", Unit.PERCENT),
        column("people", "人数", Unit.COUNT),
        column("day", "日期"),
        column("active", "活跃"),
    ),
    (
        ("上海", Decimal("1234567.80"), 0.3125, 214, date(2026, 10, 31), True),
        ("=1+1", Decimal("-5.00"), None, 10**16, datetime(2026, 10, 31, 8, 5), False),
        ('引号" 逗号, 换行\n完', Decimal(0), float("nan"), 0, None, None),
    ),
)


@pytest.fixture
def proofs() -> LedgerProofs:
    return LedgerProofs(LedgerInMemory())


@pytest.fixture
def exporter(policy: Policy, proofs: LedgerProofs) -> Exporter:
    ids = count(1)
    return Exporter(policy=policy, proofs=proofs, clock=lambda: NOW, new_id=lambda: f"x{next(ids)}")


def request(user: User, purpose: str = "", **more: object) -> Request:
    return Request(
        user=user,
        data_set="small",
        definitions="v-123",
        data_date=date(2026, 10, 31),
        plan=PLAN,
        purpose=purpose,
        **more,
    )  # type: ignore[arg-type]


def test_csv_holds_the_table(exporter: Exporter, ana: User, tmp_path: Path) -> None:
    exporter.table(HAND_WRITTEN, tmp_path / "a.csv", Format.CSV, request(ana))
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [
        ["城市", "销售额", "复购率", "人数", "日期", "活跃"],
        ["上海", "1234567.80", "0.3125", "214", "2026-10-31", "是"],
        ["'=1+1", "-5.00", "", "10000000000000000", "2026-10-31 08:05:00", "否"],
        ['引号" 逗号, 换行\n完', "0", "", "0", "", ""],
    ]


def test_csv_without_the_mark_and_in_english(exporter: Exporter, ana: User, tmp_path: Path) -> None:
    exporter.table(HAND_WRITTEN, tmp_path / "a.csv", Format.CSV, request(ana, bom=False, language="en"))
    assert (tmp_path / "a.csv").read_bytes().startswith(b"city,sales,rate,people,day,active\r\n")


def test_xlsx_holds_the_table_with_types(exporter: Exporter, ana: User, tmp_path: Path) -> None:
    exporter.table(HAND_WRITTEN, tmp_path / "a.xlsx", Format.XLSX, request(ana))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book.worksheets[0]
    assert list(sheet.values) == [
        ("城市", "销售额", "复购率", "人数", "日期", "活跃"),
        ("上海", 1234567.8, 0.3125, 214, datetime(2026, 10, 31), "是"),
        ("=1+1", -5, None, "10000000000000000", datetime(2026, 10, 31, 8, 5), "否"),
        ('引号" 逗号, 换行\n完', 0, None, 0, None, None),
    ]
    assert sheet["A3"].data_type == "s", "a text, not a formula"
    assert sheet["C2"].number_format == "0.0%"
    about = dict(row for row in book.worksheets[1].values)
    assert (about["导出人"], about["数据截至"], about["定义版本"]) == ("ana", "2026-10-31", "v-123")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_text_that_looks_like_a_formula_is_made_harmless(
    exporter: Exporter, ana: User, tmp_path: Path, start: str
) -> None:
    table = Table((column("note", "备注"), column("n", "数")), ((f"{start}cmd|calc", -7),))
    exporter.table(table, tmp_path / "a.csv", Format.CSV, request(ana, bom=False))
    _, row = csv.reader(io.StringIO((tmp_path / "a.csv").read_bytes().decode(), newline=""))
    assert row == [f"'{start}cmd|calc", "-7"]


def test_a_proof_tells_what_left(exporter: Exporter, proofs: LedgerProofs, ana: User, tmp_path: Path) -> None:
    exported = exporter.table(HAND_WRITTEN, tmp_path / "a.csv", Format.CSV, request(ana, "analysis"))
    (proof,) = proofs.proofs()
    assert proof == exported.proof
    assert (proof.who, proof.at, proof.purpose, proof.rows, proof.data_date) == (
        "ana",
        NOW,
        "analysis",
        3,
        date(2026, 10, 31),
    )
    assert (proof.what, proof.format, proof.definitions, proof.file_name) == (What.TABLE, Format.CSV, "v-123", "a.csv")
    assert plan_from_json(proof.plan) == PLAN
    assert proof.sha256 == hashlib.sha256(exported.path.read_bytes()).hexdigest()


def test_contacts_in_a_table_leave_masked(exporter: Exporter, proofs: LedgerProofs, mia: User, tmp_path: Path) -> None:
    table = Table((column("phone", "手机", sensitivity=Sensitivity.CONTACT),), (("13800138001",), (None,)))
    exporter.table(table, tmp_path / "a.csv", Format.CSV, request(mia, "sms"))
    assert "13800138001" not in (tmp_path / "a.csv").read_text()
    assert proofs.proofs()[0].masked_columns == ("phone",)


def test_people_leave_with_the_chosen_columns_and_masked_contacts(
    exporter: Exporter, proofs: LedgerProofs, layer: PeopleInMemory, mia: User, tmp_path: Path
) -> None:
    wanted = PeopleRequest(audience=SHANGHAI, fields=("customer.member_no", "customer.phone"))
    exported = exporter.people(layer, wanted, tmp_path / "p.csv", Format.CSV, request(mia, "sms"))
    assert read(exported.path) == [["1", "M001", "138****"], ["2", "M002", "138****"], ["3", "M003", "138****"]]
    assert proofs.proofs()[0].masked_columns == ("customer.phone",)
    assert proofs.proofs()[0].rows == 3


def test_a_proof_of_people_without_a_plan_holds_the_audience(
    exporter: Exporter, layer: PeopleInMemory, mia: User, tmp_path: Path
) -> None:
    asked = Request(user=mia, data_set="small", definitions="v", data_date=None, purpose="sms")
    exported = exporter.people(
        layer, PeopleRequest(audience=SHANGHAI, fields=()), tmp_path / "p.csv", Format.CSV, asked
    )
    assert audience_from_json(exported.proof.plan) == SHANGHAI


def read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))[1:]


@pytest.fixture
def opening(policy: Policy, proofs: LedgerProofs, layer_with: Callable[..., PeopleInMemory]) -> Exporter:
    """An exporter whose layer shows contacts when the policy it is given does."""
    ids = count(1)

    def under(given: Policy) -> PeopleInMemory:
        return layer_with(contacts_visible=any(role.see_contact for role in given.roles))

    return Exporter(policy=policy, proofs=proofs, clock=lambda: NOW, new_id=lambda: f"x{next(ids)}", layer_under=under)


CLEAR = PeopleRequest(audience=SHANGHAI, fields=("customer.phone",), clear_contacts=True)


def test_contacts_leave_in_the_clear_for_an_allowed_role_and_purpose(
    opening: Exporter, layer: PeopleInMemory, mia: User, tmp_path: Path
) -> None:
    exported = opening.people(layer, CLEAR, tmp_path / "p.csv", Format.CSV, request(mia, "sms"))
    assert [row[1] for row in read(exported.path)] == ["13800138001", "13800138002", "13800138003"]
    assert exported.proof.masked_columns == ()


def test_contacts_of_those_who_did_not_agree_stay_masked(
    opening: Exporter, layer: PeopleInMemory, mia: User, tmp_path: Path
) -> None:
    agreed = Compare("customer.price_sensitive", "=", True)
    wanted = PeopleRequest(audience=SHANGHAI, fields=("customer.phone",), clear_contacts=True, contactable=agreed)
    exported = opening.people(layer, wanted, tmp_path / "p.csv", Format.CSV, request(mia, "sms"))
    assert [row[1] for row in read(exported.path)] == ["****", "13800138002", "13800138003"]


def test_without_a_known_consent_a_purpose_that_needs_one_gets_masked_contacts(
    layer: PeopleInMemory, policy: Policy, proofs: LedgerProofs, mia: User, tmp_path: Path
) -> None:
    by_message = replace(
        policy, purpose_details=(Purpose(name="sms", label=Text("短信", "SMS"), message_channel="短信"),)
    )
    exporter = Exporter(
        policy=by_message, proofs=proofs, clock=lambda: NOW, new_id=lambda: "y", layer_under=lambda _: layer
    )
    exported = exporter.people(layer, CLEAR, tmp_path / "p.csv", Format.CSV, request(mia, "sms"))
    assert [row[1] for row in read(exported.path)] == ["138****"] * 3
    assert exported.proof.masked_columns == ("customer.phone",)


def test_another_purpose_is_refused_and_the_allowed_ones_are_named(
    opening: Exporter, layer: PeopleInMemory, mia: User, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowedError) as caught:
        opening.people(layer, CLEAR, tmp_path / "p.csv", Format.CSV, request(mia, "analysis"))
    assert caught.value.suggestions == ("sms",)
    assert "短信营销" in caught.value.message.zh
    assert list(tmp_path.iterdir()) == []


def test_a_role_without_any_purpose_never_gets_contacts(
    opening: Exporter, layer: PeopleInMemory, ana: User, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowedError):
        opening.people(layer, CLEAR, tmp_path / "p.csv", Format.CSV, request(ana, "sms"))


def test_people_do_not_leave_without_a_purpose(
    exporter: Exporter, layer: PeopleInMemory, mia: User, tmp_path: Path
) -> None:
    with pytest.raises(InvalidPlanError) as caught:
        exporter.people(layer, PeopleRequest(audience=SHANGHAI), tmp_path / "p.csv", Format.CSV, request(mia))
    assert caught.value.suggestions == ("sms", "analysis")


def test_an_undefined_purpose_is_refused(exporter: Exporter, ana: User, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        exporter.table(HAND_WRITTEN, tmp_path / "a.csv", Format.CSV, request(ana, "curiosity"))


def test_a_role_states_its_own_purposes_only(policy: Policy, proofs: LedgerProofs, tmp_path: Path) -> None:
    named = replace(
        policy,
        purposes=("study", "mail"),
        purpose_details=(
            Purpose(name="study", label=Text("研究", "a study")),
            Purpose(name="mail", label=Text("寄信", "a mailing")),
        ),
        roles=(
            RolePolicy(name="student", purposes=("study",)),
            RolePolicy(name="silent", purposes=()),
            RolePolicy(name="reader", export=False),
        ),
    )
    exporter = Exporter(policy=named, proofs=proofs, clock=lambda: NOW, new_id=lambda: "x")

    def take(name: str, purpose: str, *roles: str) -> Path:
        user = User(name="s", roles=roles)
        return exporter.table(HAND_WRITTEN, tmp_path / name, Format.CSV, request(user, purpose)).path

    assert take("a.csv", "study", "student").exists()
    assert take("b.csv", "study", "student", "silent").exists()
    with pytest.raises(NotAllowedError) as refused:
        take("c.csv", "mail", "student")
    assert refused.value.suggestions == ("study",)
    assert "研究" in refused.value.message.zh
    with pytest.raises(NotAllowedError, match="nothing"):
        take("d.csv", "study", "silent")
    assert purposes_of(named, User(name="s", roles=("student", "reader"))) == ("study",)
    assert purposes_of(named, User(name="s", roles=("reader",))) == ()


def test_a_table_leaves_without_what_this_person_may_not_see(proofs: LedgerProofs, tmp_path: Path) -> None:
    policy = Policy(roles=(RolePolicy(name="sees", see_personal=True), RolePolicy(name="sees_not")))
    exporter = Exporter(policy=policy, proofs=proofs, clock=lambda: NOW, new_id=lambda: "x")
    table = Table((column("name", "姓名", sensitivity=Sensitivity.PERSONAL), column("n", "数")), (("张三丰", 1),))
    for role, there in (("sees", True), ("sees_not", False)):
        user = User(name="p", roles=(role,))
        done = exporter.table(table, tmp_path / f"{role}.csv", Format.CSV, request(user))
        assert ("张三丰" in done.path.read_text(encoding="utf-8-sig")) is there
        assert done.proof.masked_columns == (() if there else ("name",))


@pytest.mark.parametrize("roles", [("viewer",), (), ("nobody",)])
def test_roles_without_the_right_take_nothing(exporter: Exporter, roles: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError):
        exporter.table(HAND_WRITTEN, tmp_path / "a.csv", Format.CSV, request(User(name="v", roles=roles)))


class FullDisk(io.FileIO):
    """A file on a disk that is full after a few bytes."""

    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("file_format", [Format.CSV, Format.XLSX])
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(
    policy: Policy, proofs: LedgerProofs, ana: User, tmp_path: Path, file_format: Format
) -> None:
    full = Exporter(
        policy=policy,
        proofs=proofs,
        clock=lambda: NOW,
        new_id=lambda: "x",
        open_file=lambda path: FullDisk(path, "xb"),  # type: ignore[arg-type, return-value]
    )
    with pytest.raises(DataError, match="No space left"):
        full.table(HAND_WRITTEN, tmp_path / "a.out", file_format, request(ana))
    assert list(tmp_path.iterdir()) == []
    assert proofs.proofs() == ()


def test_a_folder_that_is_not_there_is_a_clear_error(exporter: Exporter, ana: User, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv"):
        exporter.table(HAND_WRITTEN, tmp_path / "gone" / "a.csv", Format.CSV, request(ana))


class BrokenProofs:
    def write(self, proof: Proof) -> None:
        raise DataError(Text("审计库不可写。", "The audit store cannot be written."))

    def proofs(self, *, limit: int | None = None) -> tuple[Proof, ...]:
        return ()


def test_without_a_proof_there_is_no_file(policy: Policy, ana: User, tmp_path: Path) -> None:
    exporter = Exporter(policy=policy, proofs=BrokenProofs(), clock=lambda: NOW, new_id=lambda: "x")
    (tmp_path / "a.csv").write_text("the file of yesterday")
    with pytest.raises(DataError, match="audit store"):
        exporter.table(HAND_WRITTEN, tmp_path / "a.csv", Format.CSV, request(ana))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the file of yesterday"]


def test_tells_progress_and_can_be_stopped(exporter: Exporter, proofs: LedgerProofs, ana: User, tmp_path: Path) -> None:
    rows: tuple[tuple[Cell, ...], ...] = tuple((number,) for number in range(12_000))
    table = Table((column("n", "数"),), rows)
    seen: list[tuple[int, int]] = []
    exporter.table(
        table, tmp_path / "a.csv", Format.CSV, request(ana), progress=lambda done, all_: seen.append((done, all_))
    )
    assert seen == [(5_000, 12_000), (10_000, 12_000), (12_000, 12_000)]
    cancel = Cancel()
    with pytest.raises(CancelledError):
        exporter.table(
            table, tmp_path / "b.csv", Format.CSV, request(ana), progress=lambda *_: cancel.press(), cancel=cancel
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert len(proofs.proofs()) == 1


def test_many_people_come_in_pages_without_gap_or_repeat(
    exporter: Exporter, index: object, mia: User, tmp_path: Path, people: list[Mapping[str, Cell]]
) -> None:
    many = [{**people[0], "key": number} for number in range(40_001)]
    layer = PeopleInMemory(index, {"customer": many})  # type: ignore[arg-type]
    exported = exporter.people(
        layer,
        PeopleRequest(audience=Audience(), fields=("customer.city",)),
        tmp_path / "p.csv",
        Format.CSV,
        request(mia, "sms"),
    )
    assert [int(row[0]) for row in read(exported.path)] == list(range(40_001))
    assert exported.proof.rows == 40_001


def test_what_excel_cannot_hold_is_refused_not_cut(exporter: Exporter, ana: User, tmp_path: Path) -> None:
    table = Table((column("text", "文字"),), (("很" * 40_000,),))
    with pytest.raises(InvalidPlanError) as caught:
        exporter.table(table, tmp_path / "a.xlsx", Format.XLSX, request(ana))
    assert caught.value.suggestions == ("csv",)
    assert list(tmp_path.iterdir()) == []


def test_a_chart_leaves_as_png_and_svg(exporter: Exporter, proofs: LedgerProofs, ana: User, tmp_path: Path) -> None:
    group = ResultColumn(name="city", label=Text("城市", "city"), role="group", source="customer.city")
    sales = ResultColumn(name="sales", label=Text("销售额", "sales"), role="metric", source="sales", unit=Unit.CURRENCY)
    chart = choose_chart(
        Table((group, sales), (("上海", 5), ("北京", 3))), Query(metrics=("sales",)), "zh", ChartKind.BAR
    )
    assert chart is not None
    assert exporter.chart(chart, tmp_path / "c.png", Format.PNG, request(ana)).path.read_bytes().startswith(b"\x89PNG")
    assert exporter.chart(chart, tmp_path / "c.svg", Format.SVG, request(ana)).path.read_text().startswith("<svg")
    assert [proof.what for proof in proofs.proofs()] == [What.CHART, What.CHART]
    with pytest.raises(InvalidPlanError):
        exporter.chart(chart, tmp_path / "c.csv", Format.CSV, request(ana))


def test_the_people_in_a_file_are_noted_and_only_when_it_is_written(
    policy: Policy, proofs: LedgerProofs, index: object, mia: User, tmp_path: Path, people: list[Mapping[str, Cell]]
) -> None:
    rosters = RostersInMemory()
    ids = count(1)
    exporter = Exporter(
        policy=policy, proofs=proofs, clock=lambda: NOW, new_id=lambda: f"x{next(ids)}", rosters=rosters
    )
    layer = PeopleInMemory(index, {"customer": [{**people[0], "key": number} for number in (7, 3, 5)]})  # type: ignore[arg-type]
    wanted = PeopleRequest(audience=Audience(), fields=("customer.city",))
    done = exporter.people(layer, wanted, tmp_path / "p.csv", Format.CSV, request(mia, "sms"))
    assert [(one.proof_id, sorted(one.keys)) for one in rosters.kept] == [(done.proof.id, [3, 5, 7])]
    with pytest.raises((NotAllowedError, UnknownNameError)):
        exporter.people(layer, wanted, tmp_path / "q.csv", Format.CSV, request(mia, "no such purpose"))
    assert len(rosters.kept) == 1
