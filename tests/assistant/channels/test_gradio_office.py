"""Who may do what on the page: the login each time, pages for administrators, accounts, keys and the insights."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.accounts.types import Account, Grant
from assistant.channels.gradio import administering, keys, watching
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.office import Office
from assistant.channels.gradio.office_state import (
    AccountDialog,
    InsightsView,
    IssueDialog,
    KeysDialog,
    ResetDialog,
    RevokeDialog,
    SecretDialog,
)
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import WORDS
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.scripted_access import ScriptedAccess
from assistant.channels.scripted_office import ROLES
from semantic_layer.policy.types import User
from tests.assistant.channels.conftest import NOW
from tests.assistant.channels.desks import arrive, do


def account(access: ScriptedAccess, login: str) -> Account:
    administrator = access.account("ana")
    assert administrator is not None
    return next(one for one in access.accounts(by=administrator) if one.login == login)


def change(access: ScriptedAccess, login: str, **changes: object) -> None:
    """What another administrator does meanwhile."""
    access.update(replace(account(access, login), **changes), by=account(access, "ana"))  # type: ignore[arg-type]


# --- who asks


def test_the_policy_user_is_that_of_the_login_and_of_the_open_data_set(office_desk: Desk) -> None:
    session = arrive(office_desk, login="wei")
    assert session.user == User(name="wei", roles=("analyst",))
    assert session.user.via == "page"
    do(office_desk, session, "wei", act="dataset", ref="second", user="root", roles=["admin"])
    assert session.user == User(name="wei", roles=("region_east",))


def test_rights_that_change_meanwhile_count_at_the_next_action(office_desk: Desk, access: ScriptedAccess) -> None:
    session = arrive(office_desk, login="wei")
    change(access, "wei", grants=(Grant("marketer"),))
    do(office_desk, session, "wei", act="stop")
    assert session.user.roles == ("marketer",)


def test_nobody_opens_a_page_without_an_account(office_desk: Desk) -> None:
    for login in (None, "", "nobody", "old"):
        assert office_desk.arrive("tab", login, Payload.of({})) is None


def test_a_machine_without_accounts_knows_only_the_person_at_it(desk: Desk) -> None:
    assert arrive(desk).account.login == "local"
    assert desk.arrive("other", "ana", Payload.of({})) is None


def test_a_session_belongs_to_the_login_that_opened_it(office_desk: Desk, told: list[str]) -> None:
    session = arrive(office_desk, login="wei")
    do(office_desk, session, "wei", act="ask", text="上海高价值客户")
    for login in ("lin", "ana", None, "nobody"):
        shown = do(office_desk, session, login, act="ask", text="销售额")
        assert "您已退出登录" in shown["closed"]
        assert "上海" not in "".join(shown.values())
        assert office_desk.arrive("tab", login, Payload.of({})) is None
        assert office_desk.whose(session.visit, login) == "another's"
    assert len(session.turns) == 1
    assert office_desk.whose(session.visit, "wei") == "yours"
    back = do(office_desk, session, "wei", act="sync")
    assert "上海" in back["talk"]
    assert told == []


def test_another_persons_tab_does_not_end_when_somebody_else_leaves_it(office_desk: Desk) -> None:
    session = arrive(office_desk, login="wei")
    events = office_desk.handle(session, "wei", Payload.of({"act": "ask", "text": "慢"}))
    next(events)
    running = session.running
    assert running is not None
    office_desk.leave("tab", "lin")
    assert not running.cancel.pressed
    office_desk.leave("tab", "wei")
    assert running.cancel.pressed


def test_only_data_sets_with_a_role_are_offered(office_desk: Desk) -> None:
    lin = arrive(office_desk, login="lin", dataset="second")
    assert lin.dataset == "retail"
    do(office_desk, lin, "lin", act="dataset", ref="second")
    assert lin.dataset == "retail"


def test_somebody_without_a_role_reads_what_to_do_and_no_definitions(office_desk: Desk) -> None:
    session = arrive(office_desk, login="new")
    do(office_desk, session, "new", act="page", ref="catalogue")
    assert WORDS["no_roles_yet"].zh in session.drawn["talk"]
    assert "高价值" not in "".join(session.drawn.values())


# --- pages for administrators


OFFICE_ACTS = sorted({*administering.ACTIONS, *watching.ACTIONS, "keys-open"})


@pytest.mark.parametrize("act", OFFICE_ACTS)
def test_nobody_else_administers_whatever_is_open(
    office_desk: Desk, access: ScriptedAccess, told: list[str], act: str
) -> None:
    session = arrive(office_desk, login="wei", page="admin")
    assert session.page == "ask"
    before = access.accounts(by=account(access, "ana"))
    wei = account(access, "wei")
    for dialog in (
        AccountDialog(typed=administering.typed_of(wei), base=wei),
        ResetDialog(login="ana", name="Ana"),
        KeysDialog(login="ana"),
        None,
    ):
        session.dialog, session.notice = dialog, None
        shown = do(
            office_desk, session, "wei", act=act, ref="ana", administrator="yes", name="x", login="x", grant="* admin"
        )
        assert session.notice is not None
        assert session.notice.text == WORDS["administrators_only"].zh
        assert "first-password" not in "".join(shown.values())
    assert access.accounts(by=account(access, "ana")) == before
    assert told == []


def test_the_pages_of_administrators_are_not_drawn_for_others(office_desk: Desk) -> None:
    for page in ("admin", "insights"):
        session = arrive(office_desk, page, login="wei")
        session.page = page
        session.insights = InsightsView()
        do(office_desk, session, "wei", act="sync")
        assert session.page == "ask"
        do(office_desk, session, "wei", act="page", ref=page)
        assert session.page == "ask"
        assert page not in session.drawn


def test_a_right_that_is_lost_meanwhile_closes_the_page_and_its_dialog(
    office_desk: Desk, access: ScriptedAccess
) -> None:
    change(access, "wei", administrator=True)
    session = arrive(office_desk, login="wei", page="admin")
    do(office_desk, session, "wei", act="account-edit", ref="lin")
    change(access, "wei", administrator=False)
    shown = do(office_desk, session, "wei", act="sync")
    assert session.page == "ask"
    assert session.dialog is None
    assert "lin@example.com" not in "".join(shown.values())


# --- accounts


def form(session: Session, **changes: object) -> dict[str, object]:
    """What a browser sends of the open form, with changes."""
    dialog = session.dialog
    assert isinstance(dialog, AccountDialog)
    typed = dialog.typed
    sent: dict[str, object] = {
        "act": "account-save",
        "login": typed.login,
        "name": typed.name,
        "email": typed.email,
        "identities": typed.identities,
        "grant": [f"{grant.data_set} {grant.role}" for grant in typed.grants],
        **({"administrator": "yes"} if typed.administrator else {}),
        **({"active": "yes"} if typed.active else {}),
    }
    return {**sent, **changes}


def test_a_new_account_has_its_roles_and_its_password_is_shown_once(office_desk: Desk, access: ScriptedAccess) -> None:
    session = arrive(office_desk, login="ana", page="admin")
    do(office_desk, session, "ana", act="account-new")
    sent = form(session, login="mia", name="Mia", grant=["* analyst", "second region_east"], identities="slack:T:U\n\n")
    shown = do(office_desk, session, "ana", **sent)
    made = account(access, "mia")
    assert made.grants == (Grant("analyst"), Grant("region_east", "second"))
    assert made.identities == ("slack:T:U",)
    assert "first-password-1" in shown["dialog"]
    shown = do(office_desk, session, "ana", act="dialog-close")
    assert session.dialog is None
    assert "first-password" not in "".join(session.drawn.values())
    assert "Mia" in session.drawn["admin"]


def test_what_cannot_be_saved_stays_in_the_form_with_the_reason(office_desk: Desk) -> None:
    session = arrive(office_desk, login="ana", page="admin")
    do(office_desk, session, "ana", act="account-new")
    shown = do(office_desk, session, "ana", **form(session, login="wei", name="另一个", grant="retail analyst"))
    assert isinstance(session.dialog, AccountDialog)
    assert session.dialog.typed.name == "另一个"
    assert session.dialog.typed.grants == (Grant("analyst", "retail"),)
    assert "登录名「wei」不能用。" in shown["dialog"]


def test_the_last_administrator_stays_one(office_desk: Desk, access: ScriptedAccess) -> None:
    session = arrive(office_desk, login="ana", page="admin")
    do(office_desk, session, "ana", act="account-edit", ref="ana")
    sent = form(session)
    del sent["administrator"]
    do(office_desk, session, "ana", **sent)
    assert isinstance(session.dialog, AccountDialog)
    assert session.dialog.fault
    assert account(access, "ana").administrator


def test_two_administrators_at_once_lose_nothing(office_desk: Desk, access: ScriptedAccess) -> None:
    session = arrive(office_desk, login="ana", page="admin")
    do(office_desk, session, "ana", act="account-edit", ref="wei")
    change(access, "wei", email="new@example.com", grants=(Grant("service_agent", "retail"),))
    shown = do(office_desk, session, "ana", **form(session, name="王伟伟"))
    dialog = session.dialog
    assert isinstance(dialog, AccountDialog)
    # What was typed stays, what was not touched follows the other change.
    assert (dialog.typed.name, dialog.typed.email) == ("王伟伟", "new@example.com")
    assert dialog.typed.grants == (Grant("service_agent", "retail"),)
    assert "邮箱：wei@example.com → new@example.com" in dialog.meanwhile
    assert "角色：分析师（青禾生活）、华东区域经理（第二数据集） → 客服主管（青禾生活）" in dialog.meanwhile
    assert len(dialog.meanwhile) == 2
    assert "new@example.com" in shown["dialog"]
    assert account(access, "wei").name == "王伟"
    do(office_desk, session, "ana", **form(session))
    saved = account(access, "wei")
    assert (saved.name, saved.email, saved.grants) == ("王伟伟", "new@example.com", (Grant("service_agent", "retail"),))


def test_a_role_that_no_policy_has_is_shown_and_can_be_taken_away(office_desk: Desk, access: ScriptedAccess) -> None:
    change(access, "wei", grants=(Grant("ghost", "retail"), Grant("analyst", "gone")))
    session = arrive(office_desk, login="ana", page="admin")
    shown = do(office_desk, session, "ana", act="account-edit", ref="wei")
    assert shown["dialog"].count(WORDS["role_unknown"].zh) == 2
    do(office_desk, session, "ana", **form(session, grant=[]))
    assert account(access, "wei").grants == ()


def test_a_reset_password_is_confirmed_and_shown_once(office_desk: Desk, told: list[str]) -> None:
    session = arrive(office_desk, login="ana", page="admin")
    do(office_desk, session, "ana", act="reset")
    assert told == []
    do(office_desk, session, "ana", act="reset-open", ref="lin")
    assert told == []
    shown = do(office_desk, session, "ana", act="reset")
    assert told == ["ana reset lin"]
    assert "first-password-1" in shown["dialog"]
    do(office_desk, session, "ana", act="sync")
    do(office_desk, session, "ana", act="dialog-close")
    assert "first-password" not in "".join(session.drawn.values())


def test_accounts_are_found_by_name_login_address_and_role(office_desk: Desk) -> None:
    session = arrive(office_desk, login="ana", page="admin")
    for words, logins in (
        ("王", {"wei"}),
        ("LIN@", {"lin"}),
        ("华东", {"wei", "lin"}),
        ("analyst", {"ana", "wei", "old"}),
        ("", {"ana", "wei", "lin", "new", "old"}),
    ):
        do(office_desk, session, "ana", act="admin-search", text=words)
        found = {
            login
            for login in ("ana", "wei", "lin", "new", "old")
            if f'data-key="account-{login}"' in session.drawn["admin"]
        }
        assert found == logins
    do(office_desk, session, "ana", act="admin-search", text="<img src=x>")
    assert "<img" not in session.drawn["admin"]
    do(office_desk, session, "ana", act="admin-clear")
    assert 'data-key="account-old"' in session.drawn["admin"]


def test_what_roles_may_see_stands_there_with_its_file(office_desk: Desk) -> None:
    session = arrive(office_desk, login="ana", page="admin")
    do(office_desk, session, "ana", act="admin-tab", ref="roles")
    drawn = session.drawn["admin"]
    for words in (
        "policies.yml",
        "仅 客户：大区 = 华东",
        "遮盖：姓名、手机",
        "不可用：毛利",
        "联系方式可用于：服务补救",
    ):
        assert words in drawn
    assert drawn.count('data-key="role-') == len(ROLES) + 2


# --- keys


def test_a_key_is_shown_once_and_revoked_after_a_second_look(office_desk: Desk, access: ScriptedAccess) -> None:
    session = arrive(office_desk, login="wei", page="account")
    do(office_desk, session, "wei", act="key-issue-open")
    do(office_desk, session, "wei", act="key-issue", label=" ", scope=["ask"], days="30")
    assert isinstance(session.dialog, IssueDialog)
    assert session.dialog.fault == WORDS["label_needed"].zh
    do(office_desk, session, "wei", act="key-issue", label="周报", days="30")
    assert isinstance(session.dialog, IssueDialog)
    assert (session.dialog.fault, session.dialog.label) == (WORDS["scope_needed"].zh, "周报")
    shown = do(office_desk, session, "wei", act="key-issue", label="周报", scope=["ask", "root"], days="30")
    assert "secret-key1" in shown["dialog"]
    (key,) = access.keys("wei", by=account(access, "wei"))
    assert (key.scopes, key.expires_at) == (("ask",), NOW.replace(month=12, day=2))
    do(office_desk, session, "wei", act="dialog-close")
    assert "secret-" not in "".join(session.drawn.values())
    do(office_desk, session, "wei", act="key-revoke")
    do(office_desk, session, "wei", act="key-revoke-open", ref="key1")
    assert access.keys("wei", by=account(access, "wei"))[0].revoked_at is None
    do(office_desk, session, "wei", act="key-revoke")
    assert access.keys("wei", by=account(access, "wei"))[0].revoked_at == NOW
    assert WORDS["key_is_revoked"].zh in session.drawn["account"]


def test_nobody_reaches_the_keys_of_another(office_desk: Desk, access: ScriptedAccess, told: list[str]) -> None:
    owner = arrive(office_desk, "a", login="wei")
    do(office_desk, owner, "wei", act="key-issue-open")
    do(office_desk, owner, "wei", act="key-issue", label="k", scope="ask", days="0")
    thief = arrive(office_desk, "b", login="lin")
    (key,) = access.keys("wei", by=account(access, "wei"))
    do(office_desk, thief, "lin", act="key-revoke-open", ref="key1")
    for back in ("", "wei"):
        thief.dialog = RevokeDialog(key=key, back=back)
        do(office_desk, thief, "lin", act="key-revoke")
    thief.dialog = KeysDialog(login="wei")
    shown = do(office_desk, thief, "lin", act="sync")
    assert "qx_key1" not in "".join(shown.values())
    assert [line for line in told if "revoked" in line] == []


def test_an_administrator_revokes_the_keys_of_others(office_desk: Desk, told: list[str]) -> None:
    owner = arrive(office_desk, "a", login="wei")
    do(office_desk, owner, "wei", act="key-issue-open")
    do(office_desk, owner, "wei", act="key-issue", label="k", scope="ask", days="0")
    session = arrive(office_desk, "b", login="ana", page="admin")
    do(office_desk, session, "ana", act="keys-open", ref="wei")
    do(office_desk, session, "ana", act="key-revoke-open", ref="key1")
    do(office_desk, session, "ana", act="key-revoke")
    assert told[-1] == "ana revoked key1"
    assert session.dialog == KeysDialog(login="wei")


def test_the_demo_has_no_keys_and_says_so(desk: Desk) -> None:
    session = arrive(desk, page="account")
    assert session.page == "account"
    do(desk, session, act="key-issue-open")
    do(desk, session, act="key-issue", label="k", scope="ask", days="0")
    assert isinstance(session.dialog, IssueDialog)
    assert session.dialog.fault
    assert "qunxiang users add" in session.drawn["account"]


# --- insights


def test_the_figures_are_those_of_the_period_and_data_set(office_desk: Desk) -> None:
    session = arrive(office_desk, login="ana", page="insights")
    found = session.insights.found
    assert found is not None
    assert (len(found.days), found.last) == (30, NOW.date())
    do(office_desk, session, "ana", act="insights-days", ref="7")
    do(office_desk, session, "ana", act="insights-days", ref="8")
    week = session.insights.found
    assert week is not None
    assert (len(week.days), session.insights.days) == (7, 7)
    do(office_desk, session, "ana", act="insights-data", ref="second")
    one = session.insights.found
    assert one is not None
    assert 0 < one.asked < week.asked
    do(office_desk, session, "ana", act="insights-data", ref="nothing")
    assert session.insights.data_set == "second"


def test_every_figure_of_the_pictures_stands_in_the_table(office_desk: Desk) -> None:
    session = arrive(office_desk, login="ana", page="insights")
    do(office_desk, session, "ana", act="insights-days", ref="7")
    found, drawn = session.insights.found, session.drawn["insights"]
    assert found is not None
    for day in found.days:
        assert day.day.isoformat() in drawn
        assert day.p95 is not None
        assert f"{day.p95:,.1f} 毫秒" in drawn
    assert f">{found.asked:,}<" in drawn
    assert drawn.count("<svg") == 2


def test_a_period_without_questions_says_where_to_look(
    workspace: ScriptedWorkspace, access: ScriptedAccess, desk: Desk
) -> None:
    quiet = Desk(workspace, access, desk._outbox, office=Office(), clock=lambda: NOW)
    session = arrive(quiet, login="ana", page="insights")
    do(quiet, session, "ana", act="sync")
    assert WORDS["nothing_used"].zh in session.drawn["insights"]
    assert 'data-ref="90"' in session.drawn["insights"]


def test_a_secret_is_gone_with_its_dialog(office_desk: Desk) -> None:
    session = arrive(office_desk, login="wei", page="account")
    session.dialog = SecretDialog(title="key_issued", note="key_once", who="k", secret="canary-secret")
    do(office_desk, session, "wei", act="sync")
    assert "canary-secret" in session.drawn["dialog"]
    do(office_desk, session, "wei", act="dialog-close")
    assert "canary-secret" not in "".join(session.drawn.values())
    assert keys.ACTIONS.keys().isdisjoint(administering.ACTIONS)
