"""The commands of accounts and keys: what they print, what they refuse, and that no secret is an option."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer
from click.testing import Result
from typer.testing import CliRunner

from assistant.accounts.opening import stored_access
from assistant.accounts.passwords import CheapHasher
from assistant.channels import cli_accounts, cli_keys, cli_users
from assistant.settings import Settings
from tools.ledger import SqlLedger
from tools.storage import open_storage

from .conftest import PASSWORD, START, known_roles

Run = Callable[..., Result]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'state.sqlite'}"
    monkeypatch.setenv("QUNXIANG_STATE_URL", url)
    monkeypatch.setenv("LOGNAME", "operator")
    # Reading the definitions of all examples takes longer than all else here; `test_opening.py` does it once.
    monkeypatch.setattr(cli_accounts, "roles_of", lambda settings: known_roles)
    return url


@pytest.fixture
def run(state: str) -> Run:
    app = typer.Typer()
    app.add_typer(cli_users.app, name="users")
    app.add_typer(cli_keys.app, name="keys")

    def invoked(*words: str, said: str = "") -> Result:
        return CliRunner().invoke(app, list(words), input=said)

    return invoked


@pytest.fixture(scope="module")
def ann_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the first administrator, made once."""
    file = tmp_path_factory.mktemp("cli") / "state.sqlite"
    engine = open_storage(f"sqlite:///{file}")
    access = stored_access(
        engine,
        settings=Settings(),
        clock=lambda: START,
        new_id=lambda: "first",
        known_roles=known_roles,
        hasher=CheapHasher(),
    )
    access.first_administrator("ann", "Ann", PASSWORD)
    engine.dispose()
    return file


@pytest.fixture
def with_ann(run: Run, ann_file: Path, tmp_path: Path) -> Run:
    shutil.copy(ann_file, tmp_path / "state.sqlite")
    return run


@pytest.fixture
def book(state: str) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What the ledger says, oldest first."""
    engines: list[sa.Engine] = []

    def bodies() -> list[dict[str, object]]:
        engines.append(open_storage(state))
        entries = SqlLedger(engines[-1]).entries(kind="account")
        return [{"who": entry.who} | entry.read() for entry in reversed(entries)]

    yield bodies
    for engine in engines:
        engine.dispose()


def test_from_no_accounts_to_two_and_back(run: Run, book: Callable[[], list[dict[str, object]]]) -> None:
    assert "qunxiang users add" in run("users", "list", "--language", "zh").stdout
    # The password of the first is asked for, twice and unseen.
    first = run("users", "add", "Ann", "--name", "Ann A.", "--role", "admin", said=f"{PASSWORD}\n{PASSWORD}\n")
    assert first.exit_code == 0, first.output
    assert "administrator" in first.stdout
    assert PASSWORD not in first.output
    made = run("users", "add", "bo", "--name", "Bo", "--role", "marketer", "--role", "editor@books", "--json")
    bo = json.loads(made.stdout)
    assert (bo["login"], bo["roles"], bo["must_change_password"]) == ("bo", ["marketer", "editor@books"], True)
    assert len(bo["password"]) == 23
    steps = (
        (("users", "grant", "bo", "analyst@retail"), "analyst@retail"),
        (("users", "revoke-role", "bo", "marketer"), "editor@books, analyst@retail"),
        (("users", "change", "bo", "--email", "bo@example.com", "--administrator"), "bo@example.com"),
        (("users", "close", "bo"), "closed"),
        (("users", "reopen", "bo"), "open again"),
        (("users", "unlock", "bo"), "sign in again at once"),
    )
    for words, shown in steps:
        result = run(*words)
        assert result.exit_code == 0, result.output
        assert shown in result.stdout
    listed = json.loads(run("users", "list", "--json").stdout)
    assert [(one["login"], one["administrator"], one["active"]) for one in listed] == [
        ("ann", True, True),
        ("bo", True, True),
    ]
    entries = book()
    assert {(entry["who"], entry["via"], entry["by_name"]) for entry in entries} == {("console", "cli", "operator")}
    assert [entry["what"] for entry in entries] == ["created", "created", *["changed"] * 5, "unlocked"]


def test_a_first_password_is_shown_once_and_works(with_ann: Run, book: Callable[[], list[dict[str, object]]]) -> None:
    made = with_ann("users", "add", "bo", "--name", "Bo")
    assert "shown only now" in made.stdout
    password = made.stdout.rsplit(": ", 1)[1].strip()
    reset = json.loads(with_ann("users", "reset-password", "bo", "--json").stdout)["password"]
    assert password != reset
    everything = with_ann("users", "list", "--json").stdout + json.dumps(book())
    assert password not in everything
    assert reset not in everything
    assert PASSWORD not in everything


def test_no_command_takes_a_secret_as_an_option(run: Run) -> None:
    for command in ("add", "reset-password"):
        shown = run("users", command, "--help").stdout
        assert "--password " not in shown
    assert run("users", "add", "bo", "--password", "x").exit_code == 2


def test_an_account_without_a_password(with_ann: Run) -> None:
    refused = with_ann("users", "add", "robot", "--no-password", "--language", "zh")
    assert refused.exit_code == 1
    assert "外部身份" in refused.stdout
    made = with_ann("users", "add", "robot", "--no-password", "--identity", "oidc:I|7", "--json")
    robot = json.loads(made.stdout)
    assert (robot["has_password"], robot["identities"], "password" in robot) == (False, ["oidc:I|7"], False)


@pytest.mark.parametrize(
    ("words", "en", "zh"),
    [
        (("users", "add", "bo", "--role", "markter"), "Did you mean 'marketer'", "您是不是指marketer"),
        (("users", "add", "b o"), "'bo' would do", "可以用「bo」"),
        (("users", "add", "ANN"), "'ann' is taken", "已经有了"),
        (("users", "grant", "anm", "marketer"), "'ann'", "ann"),
        (("users", "revoke-role", "ann", "marketer"), "'marketer'", "marketer"),
        (("users", "close", "ann"), "last active administrator", "最后一个"),
        (("users", "change", "ann", "--no-administrator"), "last active administrator", "最后一个"),
        (("users", "unlock", "nobody"), "'nobody'", "nobody"),
        (("keys", "issue", "ann", "report", "--scope", "aks"), "Did you mean 'ask'", "您是不是指ask"),
        (("keys", "issue", "nobody", "report", "--scope", "ask"), "'nobody'", "nobody"),
        (("keys", "list", "nobody"), "'nobody'", "nobody"),
        (("keys", "revoke", "qx_00000000"), "'qx_00000000'", "qx_00000000"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_both_languages(with_ann: Run, words: tuple[str, ...], en: str, zh: str) -> None:
    refused = with_ann(*words, "--json")
    assert refused.exit_code == 1, refused.output
    told = json.loads(refused.stdout)
    assert en in told["error"]
    assert zh in told["error_zh"]


def test_a_weak_first_password_makes_no_account(run: Run) -> None:
    refused = run("users", "add", "ann", "--password-stdin", said="1234567890\n")
    assert refused.exit_code == 1
    assert "common" in refused.stdout
    assert json.loads(run("users", "list", "--json").stdout) == []


def test_a_database_that_cannot_be_opened_is_said_to_be(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNXIANG_STATE_URL", "nonsense://x")
    assert run("users", "list").exit_code == 2
    assert "error" in json.loads(run("keys", "list", "--json").stdout)


def test_keys_are_issued_listed_and_revoked(with_ann: Run, book: Callable[[], list[dict[str, object]]]) -> None:
    assert "no API keys" in with_ann("keys", "list").stdout
    made = with_ann("keys", "issue", "ann", "nightly report", "--scope", "ask", "--scope", "export", "--json")
    key = json.loads(made.stdout)
    assert key["secret"].startswith(f"{key['hint']}_")
    assert (key["scopes"], key["usable"], key["label"]) == (["ask", "export"], True, "nightly report")
    for_ever = with_ann("keys", "issue", "ann", "x", "--scope", "ask", "--days", "0", "--language", "zh")
    assert "不会到期" in for_ever.stdout
    assert f"密钥（只显示这一次）：{for_ever.stdout.rsplit('：', 1)[1].strip()}" in for_ever.stdout
    assert key["secret"] not in with_ann("keys", "list").stdout + json.dumps(book())
    revoked = with_ann("keys", "revoke", key["hint"])
    assert revoked.exit_code == 0
    listed = {one["hint"]: one for one in json.loads(with_ann("keys", "list", "ann", "--json").stdout)}
    assert (listed[key["hint"]]["usable"], len(listed)) == (False, 2)
    assert "revoked" in with_ann("keys", "list").stdout


def test_every_command_has_an_example(run: Run) -> None:
    for group, typer_app in (("users", cli_users.app), ("keys", cli_keys.app)):
        assert "Example" in run(group, "--help").stdout
        for command in typer_app.registered_commands:
            name = command.name or command.callback.__name__  # type: ignore[union-attr]
            assert f"Example: qunxiang {group} {name}" in " ".join((command.callback.__doc__ or "").split()), name


def test_a_role_that_is_gone_is_marked(with_ann: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with_ann("users", "add", "bo", "--role", "marketer", "--role", "analyst")
    monkeypatch.setattr(cli_accounts, "roles_of", lambda settings: lambda data_set: ("analyst",))
    assert "marketer?, analyst" in with_ann("users", "list").stdout
    bo = json.loads(with_ann("users", "list", "--json").stdout)[1]
    assert (bo["roles"], bo["vanished"]) == (["marketer", "analyst"], ["marketer"])
