"""The Customers page without a browser: search, card, why one person, split, merge, undo, pairs, rules, deletion; who may."""

from __future__ import annotations

import pytest

from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.screen import draw
from assistant.channels.gradio.session import Session
from assistant.stewardship.people import Merge
from assistant.stewardship.types import StewardRights, rights_under
from semantic_layer.errors import NotAllowedError
from semantic_layer.policy.types import Policy, RolePolicy, User
from tests.assistant.channels.conftest import Clock
from tests.assistant.channels.desks import arrive, do


def region(session: Session) -> str:
    """The Customers page as it is drawn now."""
    session.drawn.clear()
    return draw(session)["customers"]


def opened(desk: Desk, login: str, customer: int, part: str = "card", language: str = "zh") -> Session:
    session = arrive(desk, f"{login} {part}", login=login, page="customers", language=language)
    do(desk, session, login, act="customer-open", ref=str(customer))
    if part != "card":
        do(desk, session, login, act="customer-part", ref=part)
    return session


# --- finding and the card


def test_a_search_finds_by_name_phone_mail_and_number(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="wei", page="customers")
    assert "找一位客户" in region(session)
    for typed, found in (("晓芳", 1), ("1391234", 1), ("WJG@example.com", 1), ("QH2026", 3), ("1004", 1), ("陈静", 2)):
        do(owners_desk, session, "wei", act="people-search", text=typed)
        assert region(session).count('data-key="hit-') == found, typed
    do(owners_desk, session, "wei", act="people-search", text="<nobody>")
    assert "没有找到「&lt;nobody&gt;」" in region(session)


def test_a_card_shows_where_facts_come_from_tags_levels_and_moments(owners_desk: Desk) -> None:
    session = opened(owners_desk, "wei", 1001, language="en")
    page = region(session)
    for shown in (
        "lin.xf@example.com",
        "Member system",
        "周建",
        "Gold",
        "2026-06-19 – now",
        "not refreshed, of 2026-10-29",
        "11.11 presale",
        "Older ones are not shown",
    ):
        assert shown in page


def test_one_who_may_only_look_sees_masked_values_and_no_way_to_change(owners_desk: Desk, told: list[str]) -> None:
    session = arrive(owners_desk, login="lin", page="customers")
    do(owners_desk, session, "lin", act="people-search", text="1391234")
    assert 'data-key="hit-' not in region(session)  # part of a number finds nobody
    do(owners_desk, session, "lin", act="people-search", text="13912345678")
    assert 'data-key="hit-1001"' in region(session)
    for part in ("card", "why"):
        session = opened(owners_desk, "lin", 1001, part)
        page = region(session)
        for hidden in ("13912345678", "林晓芳", "lin.xf@", "周建", "split-look", "merge-look", "delete"):
            assert hidden not in page, (part, hidden)
    for act, fields in (
        ("split-look", {"record": ["shop/D20260618"]}),
        ("merge-look", {"other": "1002"}),
        ("change-do", {}),
        ("change-undo", {"ref": "1"}),
        ("pair-decide", {"ref": "p1", "text": "same"}),
        ("rule-try", {"ref": "email", "text": "off"}),
        ("rule-apply", {}),
        ("rule-forget", {}),
        ("customer-part", {"ref": "delete"}),
        ("delete-person", {"code": "1001"}),
    ):
        session.notice = None
        do(owners_desk, session, "lin", act=act, **fields)
        assert session.notice is not None, act
        assert "manage_people" in session.notice.text, act
    assert told == []


def test_a_dry_run_that_was_shown_goes_with_the_right(owners_desk: Desk, told: list[str]) -> None:
    session = opened(owners_desk, "wei", 1001, "why")
    do(owners_desk, session, "wei", act="split-look", record="shop/D20260618")
    assert "dry-run" in region(session)
    session.account = arrive(owners_desk, "other", login="lin").account
    assert "dry-run" not in region(session)
    do(owners_desk, session, "lin", act="change-do")
    assert told == []


# --- changes


def test_a_record_is_split_off_after_its_effect_was_shown_and_comes_back(owners_desk: Desk, told: list[str]) -> None:
    session = opened(owners_desk, "wei", 1001, "why")
    do(owners_desk, session, "wei", act="split-look", record="shop/D20260618")
    page = region(session)
    for shown in ("1 位客户变为 2 位。", "新客户", "214 → 213 人"):
        assert shown in page
    assert told == []
    do(owners_desk, session, "wei", act="change-do")
    assert "周建" not in region(session)
    assert len(told) == 1
    assert session.notice is not None
    assert session.notice.act == "change-undo"
    do(owners_desk, session, "wei", act="change-undo", ref=session.notice.ref)
    assert "周建" in region(session)


def test_only_what_was_shown_is_carried_out(owners_desk: Desk, told: list[str]) -> None:
    session = opened(owners_desk, "wei", 1001, "why")
    do(owners_desk, session, "wei", act="change-do")
    assert told == []
    do(owners_desk, session, "wei", act="split-look", record="shop/D20260618")
    do(owners_desk, session, "wei", act="change-do", record=["crm/31", "wecom/wm_7c"], other="1002")
    assert "shop/D20260618" in told[0]
    assert "crm/31" not in told[0]


def test_splitting_all_or_nothing_says_what_to_choose(owners_desk: Desk) -> None:
    session = opened(owners_desk, "wei", 1002, "why")
    for chosen in ([], ["crm/107", "shop/D20261009"]):
        do(owners_desk, session, "wei", act="split-look", record=chosen)
        assert "至少要留下一条" in region(session)


def test_merging_shows_its_effect_and_leaves_the_older_number(owners_desk: Desk) -> None:
    session = opened(owners_desk, "wei", 1004, "why")
    for typed, said in (
        ("", "请填客户编号"),
        ("1004", "同一位客户"),
        ("99", "没有名为「99」的客户"),
        ("9x", "请填客户编号"),
    ):
        do(owners_desk, session, "wei", act="merge-look", other=typed)
        assert said in region(session)
    do(owners_desk, session, "wei", act="merge-look", other="1003")
    assert session.customers.change == Merge(customer=1004, other=1003)
    do(owners_desk, session, "wei", act="change-do")
    assert session.customers.chosen == 1003
    do(owners_desk, session, "wei", act="customer-open", ref="1004")
    assert session.customers.chosen == 1003
    assert "曾用编号 1004" in region(session)


def test_the_ledger_undoes_the_last_change_only(owners_desk: Desk) -> None:
    session = opened(owners_desk, "wei", 1001, "why")
    for record in ("shop/D20260618", "wecom/wm_7c"):
        do(owners_desk, session, "wei", act="split-look", record=record)
        do(owners_desk, session, "wei", act="change-do")
    assert region(session).count('data-act="undo-look"') == 1
    do(owners_desk, session, "wei", act="undo-look", ref="1")
    assert session.notice is not None
    assert "先撤销那些" in session.notice.text
    do(owners_desk, session, "wei", act="undo-look", ref="2")
    do(owners_desk, session, "wei", act="change-do")
    page = region(session)
    assert "wm_7c" in page
    assert 'data-act="undo-look" data-ref="1"' in page


# --- pairs, rules, deletion


@pytest.mark.parametrize(("verdict", "left"), [("same", 1), ("different", 1), ("later", 2)])
def test_pairs_are_decided(owners_desk: Desk, told: list[str], verdict: str, left: int) -> None:
    session = arrive(owners_desk, login="wei", page="customers")
    do(owners_desk, session, "wei", act="customers-tab", ref="queue")
    assert region(session).count('data-key="pair-') == 2
    do(owners_desk, session, "wei", act="pair-decide", ref="p1", text=verdict)
    page = region(session)
    assert page.count('data-key="pair-') == left
    assert told[0] == f"pair p1 {verdict} by wei"
    if verdict != "later":
        assert session.notice is not None
        do(owners_desk, session, "wei", act="change-undo", ref=session.notice.ref)
        assert region(session).count('data-key="pair-') == 2


def test_a_pair_is_shown_with_its_evidence_masked_for_who_may_not_see(owners_desk: Desk) -> None:
    session = arrive(owners_desk, login="lin", page="customers")
    do(owners_desk, session, "lin", act="customers-tab", ref="queue")
    page = region(session)
    assert "13655552222" not in page
    assert "136••••22" in page
    assert "陈静" not in page
    assert "pair-decide" not in page


def test_a_rule_is_tried_before_it_is_turned(owners_desk: Desk, clock: Clock, told: list[str]) -> None:
    session = arrive(owners_desk, login="wei", page="customers")
    do(owners_desk, session, "wei", act="customers-tab", ref="identity")
    page = region(session)
    for shown in ("33,164", "20,312", "12,852"):
        assert shown in page
    do(owners_desk, session, "wei", act="rule-try", ref="phone_city", text="on")
    assert "<progress" in region(session)
    clock.pass_(5)
    assert "合并 412 位客户" in region(session)
    do(owners_desk, session, "wei", act="rule-forget")
    assert "合并 412 位客户" not in region(session)
    do(owners_desk, session, "wei", act="rule-try", ref="nothing", text="on")
    assert "没有名为「nothing」的规则" in region(session)
    do(owners_desk, session, "wei", act="rule-apply")
    assert told == []
    do(owners_desk, session, "wei", act="rule-try", ref="phone_city", text="on")
    clock.pass_(5)
    do(owners_desk, session, "wei", act="rule-apply")
    assert told == ["rule phone_city True by wei"]
    clock.pass_(5)
    do(owners_desk, session, "wei", act="tasks")
    assert region(session).count("使用中") == 4


def test_nobody_is_deleted_without_typing_the_number(owners_desk: Desk, told: list[str]) -> None:
    session = opened(owners_desk, "wei", 1003, "delete")
    page = region(session)
    for shown in ("双11_高价值.xlsx", "挽回短信", "按法规保留"):
        assert shown in page
    do(owners_desk, session, "wei", act="delete-person", code="yes")
    assert "请输入 1003" in region(session)
    assert told == []
    do(owners_desk, session, "wei", act="delete-person", code=" 1003 ")
    assert told == ["deleted 1003 by wei"]
    do(owners_desk, session, "wei", act="customer-open", ref="1003")
    assert session.notice is not None
    assert "1004" in session.notice.text


def test_a_customer_that_went_meanwhile_leaves_a_way_on(owners_desk: Desk) -> None:
    first, second = opened(owners_desk, "wei", 1003), opened(owners_desk, "ana", 1003, "delete")
    do(owners_desk, second, "ana", act="delete-person", code="1003")
    page = region(first)
    assert "没有名为「1003」的客户" in page
    assert 'data-act="customers-tab"' in page


def test_rights_come_from_the_policy() -> None:
    roles = (
        RolePolicy(name="owner", manage_data=True, see_contact=True),
        RolePolicy(name="steward", manage_people=True, see_personal=True),
        RolePolicy(name="reader"),
    )
    rights = rights_under(Policy(roles=roles))
    assert rights(User(name="a", roles=("owner",))) == StewardRights(manage_data=True, see_contact=True)
    assert rights(User(name="b", roles=("reader", "steward"))) == StewardRights(manage_people=True, see_personal=True)
    assert rights(User(name="c", roles=("reader",))) == StewardRights()
    with pytest.raises(NotAllowedError):
        rights(User(name="d", roles=()))
