"""A list of identifiers against the customers: each row is accounted for, and what we wrote out comes back in."""

from __future__ import annotations

import hashlib
import io

import pytest

from semantic_layer.errors import DataError, InvalidPlanError, Language, NotAllowedError, Text
from semantic_layer.model.types import ColumnType, Dimension, DimensionKind, Words
from semantic_layer.table import ResultColumn
from tests.tools.segments.shop import ANA, FIRST, KEEPER, Shop
from tools.export.files import write_csv, write_xlsx
from tools.segments.given import Given, of_file, pasted
from tools.segments.identifiers import Known
from tools.segments.importing import Report, matched, report_csv, report_text

FIELD = Dimension(
    name="member_no",
    entity="customer",
    words=Words(label=Text("会员号", "member number"), synonyms=("卡号",)),
    kind=DimensionKind.IDENTIFIER,
    type=ColumnType.STRING,
    expr="member_no",
)
KNOWN = Known(
    [("M001", 1), ("M002", 2), ("M003", 3), ("13800138000", 4), ("13900139000", 5), ("13900139000", 6), ("=1+1", 7)]
)


def against(text: str) -> Report:
    report = matched(pasted(text), KNOWN, "customer.member_no")
    others = len(report.blank) + len(report.repeated) + len(report.unmatched) + len(report.doubtful)
    assert report.rows == report.matched + others  # nothing is lost
    return report


def test_every_row_is_accounted_for() -> None:
    report = against("M001\n\nM002\nM001\nM009\n13900139000\n  \nm003 \n")
    assert set(report.keys) == {1, 2, 3}
    assert (report.rows, report.matched, report.blank, report.loosely) == (8, 3, (2, 7), (8,))
    assert [(one.row, one.value, one.first) for one in report.repeated] == [(4, "M001", 1)]
    assert [(one.row, one.value) for one in report.unmatched] == [(5, "M009")]
    assert report.unmatched[0].near[0] in {"M001", "M002", "M003"}
    assert [(one.row, one.people) for one in report.doubtful] == [(6, 2)]
    assert not report.whole
    assert report_text(report).zh == (
        "共 8 行，3 行对上 3 位客户，1 行没有对上，1 行对上不止一位客户，1 行与前面重复，2 行是空的，其中 1 行写法不同但能认出。"
    )
    lines = report_csv(report, "en").splitlines()
    assert [line.split(",")[0] for line in lines] == ["row", "2", "4", "5", "6", "7"]


def test_the_report_is_safe_to_open_in_a_spreadsheet() -> None:
    assert '"=HYPER' not in report_csv(against("=HYPERLINK(1)"), "zh")
    assert "'=HYPERLINK(1)" in report_csv(against("=HYPERLINK(1)"), "zh")


@pytest.mark.parametrize(
    "form", ["13800138000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００", "'13800138000"]
)
def test_a_number_is_known_in_the_ways_people_write_it(form: str) -> None:
    assert set(against(form).keys) == {4}


def test_hashed_values_are_found_by_their_hash() -> None:
    digest = hashlib.sha256(b"13800138000").hexdigest()
    report = against(f"{digest.upper()}\n{digest}\n{'0' * 64}")
    assert (set(report.keys), report.matched, len(report.repeated), len(report.unmatched)) == ({4}, 1, 1, 1)


def test_one_pasted_line_may_hold_many() -> None:
    assert set(against("M001, M002；M003").keys) == {1, 2, 3}


def test_a_column_is_found_by_what_it_is_called() -> None:
    content = "姓名,卡号\n安,M001\n博,\n陈,M003\n".encode("gb18030")
    given = of_file("list.csv", content, FIELD)
    assert (given.column, given.values) == ("卡号", ((2, "M001"), (3, ""), (4, "M003")))
    assert of_file("list.csv", b"no,other\nM001,x\n", FIELD, column="no").values == ((2, "M001"),)
    with pytest.raises(InvalidPlanError, match="It has: no, other") as caught:
        of_file("list.csv", b"no,other\nM001,x\n", FIELD)
    assert "no" in caught.value.suggestions
    assert of_file("list.txt", b"M001\nM002\n", FIELD).values == ((1, "M001"), (2, "M002"))
    assert of_file("list.csv", "会员号\nM001\n".encode(), FIELD).values == ((2, "M001"),)


@pytest.mark.parametrize(
    ("name", "content"), [("a.pdf", b"x"), ("a.csv", b""), ("a.xlsx", b"no workbook"), ("a.csv", b"\xff\xfe\x00\xff")]
)
def test_what_cannot_be_read_is_said(name: str, content: bytes) -> None:
    with pytest.raises(DataError):
        of_file(name, content, FIELD)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_our_own_export_comes_back_in_whole(language: Language, ending: str) -> None:
    columns = (
        ResultColumn(name="name", label=Text("姓名", "name"), role="attribute"),
        ResultColumn(name="member_no", label=FIELD.words.label, role="attribute"),
    )
    rows = [[('Ann, "A"\nB', "M001"), ("x", "=1+1"), ("y", "13800138000")]]
    file = io.BytesIO()
    if ending == "csv":
        write_csv(file, columns, rows, language, bom=True, tick=lambda _done: None)
    else:
        write_xlsx(file, columns, rows, language, about=(), tick=lambda _done: None)
    report = matched(of_file(f"people.{ending}", file.getvalue(), FIELD), KNOWN, "customer.member_no")
    assert report.whole
    assert set(report.keys) == {1, 4, 7}


def test_identifiers_are_read_under_the_rights_of_whoever_imports(light: Shop) -> None:
    lists = light.living(light.layer(FIRST)).lists
    assert set(lists.match(pasted("Ann\nChen\nZoe"), "member.nick", KEEPER).keys) == {1, 3}
    assert set(lists.match(pasted("3\n7"), "member.member_id", ANA).keys) == {3}
    with pytest.raises(NotAllowedError):
        lists.match(pasted("Ann"), "member.nick", ANA)  # masked for them, so they cannot try names out
    with pytest.raises(InvalidPlanError) as caught:
        lists.match(pasted("Shanghai"), "member.town", ANA)
    assert "member.member_id" in caught.value.suggestions


def test_a_report_of_nothing() -> None:
    report = matched(Given(values=()), KNOWN, "customer.member_no")
    assert report.whole
    assert not report.keys
