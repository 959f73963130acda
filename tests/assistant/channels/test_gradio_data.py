"""The Data page without a browser: connecting, loading, questions about columns, waiting rows, the draft; and who may."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from assistant.channels.gradio.data_parts import lasting, share_of, size_of, sparkline
from assistant.channels.gradio.data_uploads import MOST_OPEN, UploadError, Uploads
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.screen import draw
from assistant.channels.gradio.session import Session
from semantic_layer.errors import NotAllowedError, UserError
from tests.assistant.channels.conftest import Clock
from tests.assistant.channels.desks import arrive, do

MEMBERS = "会员号,cust_nm,手机号,消费金额,备注\nQH20260031,林晓芳,13912345678,268.00,\nQH20260107,王建国,13700001111,59.90,老客户\n"


@pytest.fixture
def files(owners_desk: Desk, tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "members.csv").write_text(MEMBERS, encoding="gb18030")
    return folder


def region(session: Session) -> str:
    """The Data page as it is drawn now."""
    session.drawn.clear()
    return draw(session)["data"]


def at_mapping(desk: Desk, session: Session) -> None:
    do(desk, session, session.account.login, act="data-connect")
    do(desk, session, session.account.login, act="data-inspect", address="members.csv")
    do(desk, session, session.account.login, act="data-map")


# --- whose page it is


def test_a_data_set_without_ports_has_no_pages_for_data_owners(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    assert session.page == "data"
    do(owners_desk, session, "wei", act="dataset", ref="second")
    assert session.page == "ask"
    assert 'data-ref="data"' not in session.drawn["top"]
    assert 'data-ref="customers"' not in session.drawn["top"]
    do(owners_desk, session, "wei", act="page", ref="data")
    assert session.page == "ask"


def test_without_stewards_there_are_no_such_pages(office_desk: Desk) -> None:
    session = arrive(office_desk, login="ana", page="data")
    assert session.page == "ask"
    do(office_desk, session, "ana", act="data-connect")
    assert session.notice is not None
    assert session.notice.bad


def test_somebody_without_a_role_sees_nothing_of_the_sources(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="new", page="data")
    assert "客服工单" not in region(session)
    assert "任务" not in session.drawn["top"]


def test_one_who_may_only_look_gets_no_way_to_change_anything(owners_desk: Desk, told: list[str]) -> None:
    session = arrive(owners_desk, login="lin", page="data")
    assert "data-connect" not in region(session)
    do(owners_desk, session, "lin", act="source-open", ref="shop_orders")
    page = region(session)
    assert "quarantine-correct" not in page
    assert "source-load" not in page
    assert "13800138000" not in page
    assert "138••••00" in page
    for act, fields in (
        ("data-connect", {}),
        ("source-load", {"ref": "shop_orders"}),
        ("quarantine-correct", {"ref": "q2", "value": "13912345678"}),
        ("quarantine-dismiss", {"ref": "q2"}),
        ("drift-answer", {"ref": "d1", "text": "same"}),
        ("draft-start", {"address": "x"}),
        ("draft-adopt", {}),
    ):
        session.notice = None
        do(owners_desk, session, "lin", act=act, **fields)
        assert session.notice is not None, act
        assert "manage_data" in session.notice.text
    assert told == []


def test_what_an_owner_had_open_is_gone_with_the_right(owners_desk: Desk, files: Path) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    at_mapping(owners_desk, session)
    assert "13912345678" in region(session)
    session.account = arrive(owners_desk, "other", login="lin").account
    assert "13912345678" not in region(session)


# --- connecting


def test_a_file_is_looked_at_mapped_and_loaded(owners_desk: Desk, files: Path, told: list[str], clock: Clock) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    do(owners_desk, session, "wei", act="data-connect")
    do(owners_desk, session, "wei", act="data-inspect", address="members.csv")
    page = region(session)
    for shown in ("gb18030", "2 行", "5 列", "cust_nm", "QH20260031", "50.0%"):
        assert shown in page
    do(owners_desk, session, "wei", act="data-map")
    connecting = session.data.connecting
    assert connecting is not None
    assert [one.field for one in connecting.proposals] == ["member_no", "name", "phone", "amount", ""]
    fields = {f"field-{n}": one.field for n, one in enumerate(connecting.proposals)}
    do(owners_desk, session, "wei", act="data-save", name="members", key="会员号", **fields)
    assert told[-2:] == [
        "saved members: 会员号→member_no, cust_nm→name, 手机号→phone, 消费金额→amount",
        "load members by wei",
    ]
    assert "<progress" in region(session)
    assert 'data-watch="tasks"' in session.drawn["top"]
    clock.pass_(1.5)
    do(owners_desk, session, "wei", act="tasks")
    assert "6,240 / 12,480" in region(session)
    assert "还需约 2 秒" in region(session)
    clock.pass_(2)
    do(owners_desk, session, "wei", act="tasks")
    page = region(session)
    assert "<progress" not in page
    assert "12,480" in page
    assert "data-watch" not in session.drawn["top"]
    assert "已导入 12,480 行" in session.drawn["top"]
    do(owners_desk, session, "wei", act="task-dismiss", ref="task-1")
    assert "已导入 12,480 行" not in session.drawn["top"]


def test_a_load_goes_on_without_its_tab_and_can_be_stopped_from_another(owners_desk: Desk, clock: Clock) -> None:
    first = arrive(owners_desk, "first", login="wei", page="data")
    do(owners_desk, first, "wei", act="source-open", ref="crm_members")
    do(owners_desk, first, "wei", act="source-load", ref="crm_members")
    owners_desk.leave("first", "wei")
    second = arrive(owners_desk, "second", login="wei", page="ask")
    draw(second)
    assert "导入「会员系统」" in second.drawn["top"]
    clock.pass_(1)
    do(owners_desk, second, "wei", act="task-cancel", ref="task-1")
    assert "已停止" in second.drawn["top"]
    clock.pass_(10)
    do(owners_desk, second, "wei", act="tasks")
    assert "已停止" in second.drawn["top"]


def test_what_was_typed_survives_what_was_wrong_with_it(owners_desk: Desk, files: Path) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    at_mapping(owners_desk, session)
    twice = {"field-0": "phone", "field-1": "phone", "field-2": "", "field-3": "", "field-4": ""}
    do(owners_desk, session, "wei", act="data-save", name="会员", key="", **twice)
    page = region(session)
    assert "不止一列" in page
    assert page.count('<option value="phone" selected>') == 2
    assert 'value="会员"' in page
    do(owners_desk, session, "wei", act="data-save", name="", key="", **{"field-0": "phone"})
    assert "起个名称" in region(session)
    do(owners_desk, session, "wei", act="data-save", name="x", key="", **{"field-0": "telephone"})
    assert "没有名为「telephone」的标准字段" in region(session)
    do(owners_desk, session, "wei", act="data-save", name="crm_members", key="", **{"field-0": "phone"})
    assert "已经有名为「crm_members」的来源" in region(session)
    do(owners_desk, session, "wei", act="data-save", name="x", key="")
    assert "至少要有一列" in region(session)


def test_a_wrong_address_names_the_nearest_file(owners_desk: Desk, files: Path) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    do(owners_desk, session, "wei", act="data-connect")
    do(owners_desk, session, "wei", act="data-inspect", address="member.csv")
    assert "members.csv" in region(session)
    assert 'value="member.csv"' in region(session)
    do(owners_desk, session, "wei", act="data-inspect", address="  ")
    assert "请写出地址" in region(session)
    do(owners_desk, session, "wei", act="data-inspect", address="../outside.csv")
    assert session.data.connecting is not None
    assert session.data.connecting.found is None


def test_another_encoding_is_read_again_and_a_wrong_one_says_so(owners_desk: Desk, files: Path) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    do(owners_desk, session, "wei", act="data-connect")
    do(owners_desk, session, "wei", act="data-inspect", address="members.csv")
    do(owners_desk, session, "wei", act="data-reread", encoding="utf-8", delimiter=",", header="1")
    page = region(session)
    assert "读不了这个文件" in page
    assert "cust_nm" in page  # what was found before stays
    do(owners_desk, session, "wei", act="data-reread", encoding="gb18030", delimiter=",", header="0")
    assert "column_1" in region(session)


# --- files that are sent


def piece(text: bytes) -> str:
    return base64.b64encode(text).decode()


def test_a_file_arrives_in_pieces_and_is_taken_over_once(owners_desk: Desk, told: list[str]) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    do(owners_desk, session, "wei", act="data-connect")
    data, login = MEMBERS.encode(), "wei"
    for offset in range(0, len(data), 50):
        sent = {"upload": "u1", "name": "C:\\sent\\members.csv", "offset": offset, "dataset": "retail"}
        got = owners_desk.receive(Payload.of({**sent, "data": piece(data[offset : offset + 50])}), login)
    assert got == len(data)
    do(owners_desk, session, "wei", act="data-inspect", upload="u1")
    assert "kept members.csv for wei" in told
    assert "cust_nm" in region(session)
    do(owners_desk, session, "wei", act="data-inspect", upload="u1")
    assert "重新上传" in (session.data.connecting.fault if session.data.connecting else "")


def test_an_upload_that_was_stopped_leaves_nothing(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    sent = {"upload": "u1", "name": "a.csv", "offset": 0, "dataset": "retail", "data": piece(b"half")}
    owners_desk.receive(Payload.of(sent), "wei")
    path = session.uploads.whole("wei", "u1")[1]
    do(owners_desk, arrive(owners_desk, "other", login="ana"), "ana", act="upload-forget", ref="u1")
    assert path.exists()
    do(owners_desk, session, "wei", act="upload-forget", ref="u1")
    assert not path.exists()


@pytest.mark.parametrize("login", ["lin", "new", None])
def test_nobody_else_may_send_files(owners_desk: Desk, login: str | None) -> None:
    with pytest.raises(UserError):
        owners_desk.receive(
            Payload.of({"upload": "u", "name": "a.csv", "offset": 0, "data": piece(b"x"), "dataset": "retail"}), login
        )
    with pytest.raises(NotAllowedError):  # a data set without sources
        owners_desk.receive(
            Payload.of({"upload": "u", "name": "a.csv", "offset": 0, "data": piece(b"x"), "dataset": "second"}), "wei"
        )


def test_pieces_must_fit_and_belong_to_one_login() -> None:
    uploads = Uploads()
    assert uploads.receive("wei", "u", name="a.csv", offset=0, data=piece(b"hello")) == 5
    assert uploads.receive("wei", "u", name="a.csv", offset=3, data=piece(b"lo, you")) == 10  # sent again, and on
    assert uploads.whole("wei", "u")[1].read_bytes() == b"hello, you"
    for login, offset, data in (
        ("wei", 11, piece(b"gap")),
        ("wei", 10, "not base64!"),
        ("lin", 5, piece(b"x")),
        ("wei", -1, ""),
    ):
        with pytest.raises(UploadError):
            uploads.receive(login, "u", name="a.csv", offset=offset, data=data)
    with pytest.raises(UploadError):
        uploads.whole("lin", "u")
    path = uploads.whole("wei", "u")[1]
    for number in range(MOST_OPEN):
        uploads.receive("wei", f"more{number}", name="b.csv", offset=0, data="")
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\数据.csv", "数据.csv"),
        ("..", "upload"),
        ("", "upload"),
        ("a\x00b|c.csv", "abc.csv"),
    ],
)
def test_a_name_that_was_sent_is_only_a_name(name: str, kept: str) -> None:
    uploads = Uploads()
    uploads.receive("wei", "u", name=name, offset=0, data="")
    assert uploads.whole("wei", "u")[0] == kept


# --- one source


def test_questions_about_columns_come_first_and_are_answered(owners_desk: Desk, told: list[str]) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    assert "「客服工单」有 2 个问题等您回答。" in region(session)
    do(owners_desk, session, "wei", act="source-open", ref="tickets")
    assert "source-load" not in region(session)
    do(owners_desk, session, "wei", act="drift-answer", ref="d1", text="neither")
    assert "没有名为「d1」的问题" in region(session)
    do(owners_desk, session, "wei", act="drift-answer", ref="d1", text="same")
    do(owners_desk, session, "wei", act="drift-answer", ref="d2", text="ignore")
    assert told == ["answered d1: same", "answered d2: ignore"]
    page = region(session)
    assert "drift-answer" not in page
    assert "source-load" in page


def test_a_waiting_row_is_corrected_where_the_rule_allows_it(owners_desk: Desk, told: list[str]) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    do(owners_desk, session, "wei", act="source-open", ref="shop_orders")
    page = region(session)
    assert page.count('data-key="row-') == 20
    assert "第 1–20 行，共 28 行" in page
    do(owners_desk, session, "wei", act="quarantine-correct", ref="q1", value="2026-02-30")
    assert "也不行" in region(session)
    do(owners_desk, session, "wei", act="quarantine-correct", ref="q1", value="")
    assert "请写出正确的值" in region(session)
    do(owners_desk, session, "wei", act="quarantine-correct", ref="q1", value="2026-02-28")
    assert told == ["corrected q1"]
    assert 'data-key="row-q1"' not in region(session)
    do(owners_desk, session, "wei", act="quarantine-page", ref="20")
    assert region(session).count('data-key="row-') == 7


def test_a_list_narrowed_to_a_rule_widens_when_that_has_no_more(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    do(owners_desk, session, "wei", act="source-open", ref="shop_orders")
    do(owners_desk, session, "wei", act="quarantine-rule", ref="range")
    assert region(session).count('data-key="row-') == 1
    do(owners_desk, session, "wei", act="quarantine-dismiss", ref="q4")
    assert session.data.rule == ""
    assert region(session).count('data-key="row-') == 20


def test_quality_shows_score_rules_and_how_it_went(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="lin", page="data", language="en")
    do(owners_desk, session, "lin", act="source-open", ref="crm_members")
    page = region(session)
    for shown in ("97.3", "Fake numbers", "238", "0.20%", "&lt;0.01%", "<polyline", "next check 2026-12-01"):
        assert shown in page
    do(owners_desk, session, "lin", act="source-part", ref="loads")
    assert "The file was replaced while it was read" in region(session)


def test_the_standard_is_searched_in_both_languages(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="lin", page="data")
    do(owners_desk, session, "lin", act="data-tab", ref="book")
    assert "10 个字段" in region(session)
    do(owners_desk, session, "lin", act="book-search", text="mobile")
    assert 'data-key="field-phone"' in region(session)
    assert "1 个字段" in region(session)
    do(owners_desk, session, "lin", act="book-search", text="<b>")
    assert "没有与「&lt;b&gt;」相符的字段" in region(session)


def test_a_draft_is_begun_settled_asked_and_adopted(owners_desk: Desk, clock: Clock, told: list[str]) -> None:
    session = arrive(owners_desk, login="wei", page="data")
    do(owners_desk, session, "wei", act="data-tab", ref="draft")
    do(owners_desk, session, "wei", act="draft-start", address="")
    assert "请写出文件夹" in region(session)
    do(owners_desk, session, "wei", act="draft-start", address="new_shop")
    clock.pass_(5)
    do(owners_desk, session, "wei", act="tasks")
    assert "还有 5 行没看" in region(session)
    do(owners_desk, session, "wei", act="draft-adopt")
    assert "还没有接受任何一项" in region(session)
    do(owners_desk, session, "wei", act="draft-settle", ref="r1", text="accepted")
    do(owners_desk, session, "wei", act="draft-settle", ref="r5", text="rejected")
    do(owners_desk, session, "wei", act="draft-rename", ref="r4")
    do(owners_desk, session, "wei", act="draft-named", ref="r4", zh="", en="")
    assert "至少写一种语言" in region(session)
    do(owners_desk, session, "wei", act="draft-named", ref="r4", zh="成交额", en="Turnover")
    assert "成交额" in region(session)
    do(owners_desk, session, "wei", act="draft-ask", question="销售额")
    assert "草稿的回答，未经审核" in region(session)
    do(owners_desk, session, "wei", act="draft-adopt")
    assert told[-1] == "adopted 2"
    assert "draft-settle" not in region(session)


# --- small pieces


def test_a_sparkline_rises_with_its_score_and_needs_two() -> None:
    assert sparkline([90.0], "zh") is None
    line = sparkline([80.0, 90.0], "zh")
    assert line is not None
    (left, low), (right, high) = (
        map(float, spot.split(",")) for spot in line.partition('points="')[2].partition('"')[0].split()
    )
    assert left < right
    assert low > high  # downwards on a screen


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KB"), (512 * 1024**2, "512 MB"), (3 * 1024**4, "3,072 GB")],
)
def test_sizes(size: int, said: str) -> None:
    assert size_of(size) == said


def test_times_and_shares() -> None:
    assert [lasting(s, "en") for s in (0.2, 42.4, 90, 600)] == ["1 s", "42 s", "2 min", "10 min"]
    assert [share_of(s) for s in (0.0, 0.00001, 0.002, 1.0)] == ["0.00%", "<0.01%", "0.20%", "100.00%"]
