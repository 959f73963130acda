"""The page behind the real sign-in, over accounts that are really kept: from the first administrator to a revoked key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from assistant.accounts.in_memory import access_in_memory
from assistant.accounts.port import Access
from assistant.accounts.types import Account, Grant, KeyRefusedError
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.office import Office
from assistant.channels.gradio.office_state import AccountDialog, SecretDialog
from assistant.channels.gradio.page import PageBlocks, build, mount
from assistant.channels.gradio.session import Session
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.scripted_office import ScriptedUsage, roles
from assistant.channels.web.application import Rooms, web_application
from assistant.channels.web.guests import login_of
from assistant.channels.web.readiness import Readiness
from assistant.channels.web.sessions import form_tokens
from assistant.settings import Settings
from tests.assistant.channels.conftest import NOW, SVG
from tests.assistant.channels.desks import arrive, do

PASSWORD = "long enough and known to nobody"
HOST = "http://testserver"


@pytest.fixture(scope="module")
def accounts() -> Access:
    access = access_in_memory(clock=lambda: NOW)
    ana = access.first_administrator("ana", "Ana", f"{PASSWORD} ana")
    access.update(replace(ana, grants=(Grant("analyst"),)), by=ana)
    access.create("wei", name="王伟", grants=[Grant("analyst", "retail")], by=ana, password=PASSWORD)
    access.change_password("wei", PASSWORD, f"{PASSWORD} wei", address="127.0.0.1")
    return access


@pytest.fixture(scope="module")
def blocks(accounts: Access, tmp_path_factory: pytest.TempPathFactory) -> PageBlocks:
    folder = tmp_path_factory.mktemp("page")
    workspace = ScriptedWorkspace(folder, picture=lambda chart, dark: SVG)
    office = Office(roles=roles, usage=ScriptedUsage(NOW), picture=lambda chart, dark: SVG)
    outbox = folder / "outbox"
    outbox.mkdir()
    return build(workspace, accounts, outbox, office=office, form_token=form_tokens(accounts), clock=lambda: NOW)


@pytest.fixture(scope="module")
def site(accounts: Access, blocks: PageBlocks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    outbox = tmp_path_factory.mktemp("outbox")
    app = web_application(
        access=accounts,
        settings=Settings(base_url=HOST, _env_file=None),  # type: ignore[call-arg]  # of pydantic
        rooms=Rooms(
            mount_page=lambda into: mount(into, blocks, outbox, who=login_of), pages=("/", "/config"), outbox=outbox
        ),
        ready=lambda: Readiness(()),
        clock=lambda: NOW,
        new_number=lambda: "1",
    )
    with TestClient(app, base_url=HOST, follow_redirects=False) as opened:
        yield opened


def sign_in(site: TestClient, login: str) -> None:
    site.cookies.clear()
    fields = {"login": login, "password": f"{PASSWORD} {login}"}
    assert site.post("/sign-in", data=fields, headers={"origin": HOST}).status_code == 303


def test_nobody_sees_the_page_before_they_signed_in(site: TestClient) -> None:
    site.cookies.clear()
    answer = site.get("/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert site.get("/config").status_code in (303, 401)


def test_the_page_is_that_of_whoever_signed_in_and_its_form_signs_out(site: TestClient, blocks: PageBlocks) -> None:
    sign_in(site, "wei")
    assert site.get("/", headers={"accept": "text/html"}).status_code == 200
    cookies = "; ".join(f"{name}={value}" for name, value in site.cookies.items())
    session = arrive(blocks.desk, "tab of wei", "wei")
    token = form_tokens(session.access)(cookies)
    assert token
    assert site.head(f"/?visit={session.visit}").status_code == 204
    assert site.post("/sign-out", data={"form_token": "made up"}, headers={"origin": HOST}).status_code != 303
    assert site.head(f"/?visit={session.visit}").status_code == 204
    site.post("/sign-out", data={"form_token": token}, headers={"origin": HOST})
    assert site.head(f"/?visit={session.visit}").status_code in (303, 401)


def test_another_who_signs_in_in_the_same_browser_does_not_get_the_tab(site: TestClient, blocks: PageBlocks) -> None:
    session = arrive(blocks.desk, "tab of wei", "wei")
    sign_in(site, "ana")
    assert site.head(f"/?visit={session.visit}").status_code == 403


# --- the pages over accounts that are really kept


def stored(accounts: Access, login: str) -> Account:
    account = accounts.account(login)
    assert account is not None
    return account


def secret(session: Session) -> str:
    assert isinstance(session.dialog, SecretDialog)
    return session.dialog.secret


def test_a_person_is_made_works_and_is_closed(accounts: Access, blocks: PageBlocks) -> None:
    desk: Desk = blocks.desk
    admin = arrive(desk, "admin", "ana", page="admin")
    do(desk, admin, "ana", act="account-new")
    do(desk, admin, "ana", act="account-save", login="Mia ", name="Mia", grant="retail analyst")
    first = secret(admin)
    ticket = accounts.sign_in("mia", first, address="127.0.0.1")
    assert ticket.account.must_change_password
    mia = arrive(desk, "mia", "mia")
    do(desk, admin, "ana", act="account-edit", ref="mia")
    do(desk, admin, "ana", act="account-save", name="Mia", grant="retail analyst")
    assert admin.dialog is None
    assert accounts.account("mia") is None
    assert "您已退出登录" in do(desk, mia, "mia", act="stop")["closed"]


def test_two_administrators_at_once_over_the_real_store(accounts: Access, blocks: PageBlocks) -> None:
    desk = blocks.desk
    session = arrive(desk, "first", "ana", page="admin")
    do(desk, session, "ana", act="account-edit", ref="wei")
    by = stored(accounts, "ana")
    from dataclasses import replace

    accounts.update(replace(stored(accounts, "wei"), email="w@example.com"), by=by)
    fields = {"act": "account-save", "name": "王伟伟", "grant": "retail analyst", "active": "yes"}
    do(desk, session, "ana", **fields)
    assert isinstance(session.dialog, AccountDialog)
    assert session.dialog.meanwhile == ("邮箱：– → w@example.com",)
    do(desk, session, "ana", **fields, email=session.dialog.typed.email)
    assert session.dialog is None
    assert (stored(accounts, "wei").name, stored(accounts, "wei").email) == ("王伟伟", "w@example.com")


def test_a_key_opens_until_it_is_revoked(accounts: Access, blocks: PageBlocks) -> None:
    desk = blocks.desk
    session = arrive(desk, "keys", "wei", page="account")
    do(desk, session, "wei", act="key-issue-open")
    do(desk, session, "wei", act="key-issue", label="周报", scope=["ask"], days="90")
    key = secret(session)
    assert accounts.key(key).account.login == "wei"
    do(desk, session, "wei", act="dialog-close")
    assert key not in "".join(session.drawn.values())
    (found,) = re.findall(r'data-act="key-revoke-open" data-ref="([^"]+)"', session.drawn["account"])
    do(desk, session, "wei", act="key-revoke-open", ref=found)
    do(desk, session, "wei", act="key-revoke")
    with pytest.raises(KeyRefusedError):
        accounts.key(key)


def test_the_last_administrator_stays_over_the_real_store(accounts: Access, blocks: PageBlocks) -> None:
    desk = blocks.desk
    session = arrive(desk, "last", "ana", page="admin")
    do(desk, session, "ana", act="account-edit", ref="ana")
    do(desk, session, "ana", act="account-save", name="Ana", grant="* analyst", active="yes")
    assert isinstance(session.dialog, AccountDialog)
    assert session.dialog.fault
    assert stored(accounts, "ana").administrator
