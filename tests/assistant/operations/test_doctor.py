"""Each check in good and in bad surroundings: what it found, in both languages, and what to do next."""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from assistant.channels.cli_operations import app
from assistant.observability.audit import sql_audit
from assistant.operations import checks_machine, checks_network, checks_settings, checks_state
from assistant.operations.checks import Check, Fetched, Finding, Outcome, Surroundings, ok
from assistant.operations.doctor import CHECKS, as_data, as_text, examine, is_well, summed
from assistant.operations.network import LiveNetwork
from assistant.settings import Settings
from semantic_layer.errors import DataError, DefinitionError, Issue, Text
from tests.assistant.interpreters.openai_server import OpenAIServer
from tests.assistant.interpreters.openai_server import says as talks
from tests.assistant.observability.test_audit import asked
from tests.state.test_migrations import RELEASED, load
from tools.storage import open_storage

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
GOOD, WARNED, BAD = Outcome.OK, Outcome.WARNING, Outcome.FAILED


@dataclass
class FakeNetwork:
    """A network that answers as it is told; what it is not told about cannot be reached."""

    pages: dict[str, Fetched] = field(default_factory=dict)
    open_at: tuple[tuple[str, int], ...] = ()
    taken: int = 0  # the error that listening ends with

    def fetch(self, url: str) -> Fetched:
        if url not in self.pages:
            raise OSError(errno.ECONNREFUSED, "Connection refused")
        return self.pages[url]

    def connect(self, host: str, port: int) -> None:
        if (host, port) not in self.open_at:
            raise OSError(errno.ECONNREFUSED, "Connection refused")

    def listen(self, host: str, port: int) -> None:
        if self.taken:
            raise OSError(self.taken, os.strerror(self.taken))


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    """A machine on which all is well."""
    for name in os.environ:
        if name.startswith("QUNXIANG_"):
            monkeypatch.delenv(name)
    return Surroundings(
        settings=Settings(home=tmp_path / "home", people=2000),
        environment={},
        network=FakeNetwork(),
        now=lambda: NOW,
        free_bytes=lambda _: 50 * 2**30,
    )


def having(around: Surroundings, **changes: object) -> Surroundings:
    """The same with other settings, read as from the environment."""
    return replace(around, settings=Settings(**(around.settings.model_dump() | changes)))


def says(finding: Finding, outcome: Outcome, *words: str) -> None:
    assert finding.outcome is outcome, finding
    said = f"{finding.found.en} {finding.advice.en}"
    for word in words:
        assert word in said, said
    assert finding.found.zh
    assert bool(finding.advice.zh) == bool(finding.advice.en) == (outcome is not GOOD)


def test_names_of_settings(around: Surroundings) -> None:
    given = {"QUNXIANG_PORT": "1", "HOME": "x", "QUNXIANG_TEST_GGUF": "x"}
    says(checks_settings.names(replace(around, environment=given)), GOOD, "1 settings")
    wrong = {"QUNXIANG_STATE_ULR": "secret", "QUNXIANG_XYZZY": "secret"}
    found = checks_settings.names(replace(around, environment=wrong))
    says(found, WARNED, "QUNXIANG_STATE_ULR → QUNXIANG_STATE_URL", "QUNXIANG_XYZZY")
    assert "secret" not in f"{found}"


@pytest.mark.parametrize(
    ("changes", "outcome", "word"),
    [
        ({"model_url": "http://m/v1", "model_file": "x.gguf"}, WARNED, "MODEL_FILE"),
        ({"model_key": "k", "model_key_file": os.devnull}, WARNED, "MODEL_KEY_FILE"),
        ({"model_key_file": "nothing-here"}, BAD, "cannot be read: No such file"),
        ({"mode": "offline", "model_url": "http://m/v1"}, WARNED, "not used"),
        ({"oidc_issuer": "https://id.example.com", "base_url": "https://a", "trusted_proxies": "10.0.0.1"}, BAD, "OIDC_CLIENT_ID"),
        ({"oidc_issuer": "https://id.example.com", "oidc_client_id": "q"}, BAD, "BASE_URL"),
        ({"session_hours": 1, "session_idle_minutes": 90}, WARNED, "no effect"),
        ({"base_url": "ask.example.com"}, BAD, "no address"),
        ({"base_url": "http://ask.example.com"}, WARNED, "in the clear"),
        ({"base_url": "https://ask.example.com"}, WARNED, "TRUSTED_PROXIES"),
    ],
)  # fmt: skip
def test_contradictions(around: Surroundings, changes: dict[str, object], outcome: Outcome, word: str) -> None:
    says(checks_settings.contradictions(around), GOOD)
    says(checks_settings.contradictions(having(around, **changes)), outcome, word)


def test_a_secret_that_everybody_can_read(around: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k")
    (tmp_path / "key").chmod(0o644)
    says(checks_settings.contradictions(having(around, model_key_file=tmp_path / "key")), WARNED, "chmod 600")
    (tmp_path / "key").chmod(0o600)
    says(checks_settings.contradictions(having(around, model_key_file=tmp_path / "key")), GOOD)


def test_accounts(around: Surroundings) -> None:
    says(checks_settings.accounts(around), GOOD, "this machine alone")
    for wide in ({"host": "0.0.0.0"}, {"base_url": "https://ask.example.com"}, {"sign_in": "always"}):
        says(checks_settings.accounts(having(around, **wide)), BAD, "qunxiang users add")
    engine = open_storage(around.settings.address_of_state())
    columns = sa.inspect(engine).get_columns("accounts")
    row = {one["name"]: "1" if "CHAR" in str(one["type"]) or "TEXT" in str(one["type"]) else 1 for one in columns}
    with engine.begin() as connection:
        table = sa.Table("accounts", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table).values(row))
    engine.dispose()
    says(checks_settings.accounts(having(around, host="0.0.0.0")), GOOD, "1 accounts")


@pytest.mark.parametrize(
    ("changes", "outcome", "word"),
    [
        ({}, GOOD, "not in use"),
        ({"slack": "socket", "slack_bot_token": "xoxb-1-a", "slack_app_token": "xapp-1-a"}, GOOD, "look right"),
        ({"slack": "socket", "slack_bot_token": "xoxb-1-a"}, BAD, "Missing: QUNXIANG_SLACK_APP_TOKEN"),
        ({"slack": "socket", "slack_bot_token": "xapp-hunter2", "slack_app_token": "xoxb-hunter2"}, BAD, "shape"),
        ({"slack": "http", "slack_bot_token": "xoxb-1-a", "slack_signing_secret": "0" * 32}, GOOD, "look right"),
        ({"slack": "http", "slack_bot_token": "xoxb-1-a", "slack_signing_secret": "hunter2"}, BAD, "SIGNING_SECRET"),
    ],
)
def test_slack(around: Surroundings, changes: dict[str, object], outcome: Outcome, word: str) -> None:
    found = checks_settings.slack(having(around, **changes))
    says(found, outcome, word)
    assert "hunter2" not in f"{found}"


def test_python_and_packages(around: Surroundings) -> None:
    says(checks_machine.python(around), GOOD, "qunxiang", "duckdb", "Python 3.1")


def test_home(around: Surroundings, tmp_path: Path) -> None:
    says(checks_machine.home(around), GOOD, "can be written")
    (tmp_path / "file").write_text("")
    says(
        checks_machine.home(having(around, home=tmp_path / "file" / "home")), BAD, "cannot be written", "QUNXIANG_HOME"
    )
    open_storage(around.settings.address_of_state()).dispose()
    says(checks_machine.home(having(around, host="0.0.0.0")), GOOD)
    (around.settings.home / "state.sqlite").chmod(0o644)
    around.settings.home.chmod(0o755)
    says(checks_machine.home(having(around, host="0.0.0.0")), WARNED, "chmod 700")


@pytest.mark.parametrize(("free", "outcome"), [(50 * 2**30, GOOD), (2**30, WARNED), (100 * 2**20, BAD)])
def test_disk(around: Surroundings, free: int, outcome: Outcome) -> None:
    says(checks_machine.disk(replace(around, free_bytes=lambda _: free)), outcome, "GB left")


def test_space_left_is_what_the_system_says(tmp_path: Path) -> None:
    assert checks_machine.left(tmp_path) > 0


def test_port(around: Surroundings) -> None:
    says(checks_machine.port(around), GOOD, "127.0.0.1:7860 is free")
    says(checks_machine.port(replace(around, network=FakeNetwork(taken=errno.EADDRINUSE))), WARNED, "taken")
    says(checks_machine.port(replace(around, network=FakeNetwork(taken=errno.EACCES))), BAD, "Permission denied")


def test_a_port_that_is_really_taken(around: Surroundings) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        real = replace(having(around, port=holder.getsockname()[1]), network=LiveNetwork())
        says(checks_machine.port(real), WARNED, "taken")


def test_fonts(around: Surroundings) -> None:
    says(checks_machine.fonts(around), GOOD, "Noto Sans SC")


def test_clock(around: Surroundings) -> None:
    says(checks_machine.clock(around), GOOD, "2026-11-20 08:00")
    says(checks_machine.clock(replace(around, now=lambda: datetime(1970, 1, 1, tzinfo=UTC))), BAD, "timedatectl")
    engine = open_storage(around.settings.address_of_state())
    sql_audit(engine).record(replace(asked("q1"), at=NOW + timedelta(minutes=5)))
    engine.dispose()
    says(checks_machine.clock(around), BAD, "earlier than what was already written")


def test_the_database(around: Surroundings, tmp_path: Path) -> None:
    says(checks_state.database(around), GOOD, "no database yet")
    assert not around.settings.home.exists()
    load(RELEASED[0], around.settings.address_of_state())
    says(checks_state.database(around), WARNED, "0001", "qunxiang backup")
    engine = open_storage(around.settings.address_of_state())
    says(checks_state.database(around), GOOD, "sqlite, schema")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    says(checks_state.database(around), BAD, "newer than")


def test_the_ledger(around: Surroundings) -> None:
    says(checks_state.ledger(around), GOOD, "nothing is written")
    engine = open_storage(around.settings.address_of_state())
    for number in range(3):
        sql_audit(engine).record(asked(f"q{number}"))
    says(checks_state.ledger(around), GOOD, "3 entries")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER ledger_no_UPDATE"))
        connection.execute(sa.text("UPDATE ledger SET who = 'bo' WHERE seq = 2"))
    engine.dispose()
    says(checks_state.ledger(around), BAD, "From entry 2 on", "qunxiang restore")


def test_definitions(around: Surroundings, tmp_path: Path) -> None:
    says(checks_state.definitions(around), GOOD, "retail:", "metrics")
    (tmp_path / "shop" / "model").mkdir(parents=True)
    (tmp_path / "shop" / "model" / "a.yml").write_text("entities: 3\n")
    says(checks_state.definitions(having(around, data=str(tmp_path / "shop"))), BAD, "faults", "a.yml:1")


def test_the_snapshot(around: Surroundings) -> None:
    found = checks_state.snapshot(around)
    says(found, WARNED, "not loaded yet", "qunxiang load --data retail")
    from assistant.datasets import source_of
    from semantic_layer.definitions import load_definitions

    source = source_of("retail", 2000)
    model, _ = load_definitions(source.definitions)
    path = around.settings.home / "retail" / f"snapshot_{source.key}_{model.version[:12]}.duckdb"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    for days, outcome in ((1, GOOD), (60, WARNED)):
        at = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
        says(checks_state.snapshot(around), outcome, f"{days} days old")


def test_the_model(around: Surroundings, tmp_path: Path) -> None:
    says(checks_network.model(around), GOOD, "rules alone")
    down = having(around, model_url="http://127.0.0.1:1/v1", model_name="m", model_seconds=2)
    says(checks_network.model(down), BAD, "qunxiang model check")
    with OpenAIServer([talks("yes")]) as server:
        there = having(around, model_url=server.url, model_name=server.models[0], model_seconds=10)
        says(checks_network.model(there), GOOD, "answers")
        assert len(server.asked) <= 2
    (tmp_path / "m.gguf").write_bytes(b"no model")
    with pytest.raises(DataError):
        checks_network.model(having(around, model_file=tmp_path / "m.gguf"))


ISSUER = "https://id.example.com/realm"
PAGE = f"{ISSUER}/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("pages", "outcome", "word"),
    [
        ({PAGE: Fetched(status=200, body=json.dumps({"issuer": ISSUER, "authorization_endpoint": "x"}).encode())}, GOOD, "answers"),
        ({}, BAD, "Connection refused"),
        ({PAGE: Fetched(status=404, body=b"")}, BAD, "answers 404"),
        ({PAGE: Fetched(status=200, body=b"<html>")}, BAD, "no OpenID provider"),
        ({PAGE: Fetched(status=200, body=json.dumps({"issuer": "https://other", "authorization_endpoint": "x"}).encode())}, BAD, "calls itself https://other"),
    ],
)  # fmt: skip
def test_sign_in(around: Surroundings, pages: dict[str, Fetched], outcome: Outcome, word: str) -> None:
    says(checks_network.sign_in(around), GOOD, "none is set")
    there = replace(having(around, oidc_issuer=f"{ISSUER}/"), network=FakeNetwork(pages=pages))
    says(checks_network.sign_in(there), outcome, word)


def test_traces(around: Surroundings) -> None:
    says(checks_network.traces(around), GOOD, "nothing is sent")
    there = having(around, otel_url="http://127.0.0.1:4318")
    says(checks_network.traces(there), WARNED, "cannot be reached: Connection refused")
    says(checks_network.traces(replace(there, network=FakeNetwork(open_at=(("127.0.0.1", 4318),)))), GOOD)
    with pytest.raises(DataError, match="is not an address"):
        checks_network.traces(having(around, otel_url="collector:4318"))


def raising(error: Exception) -> Callable[[Surroundings], Finding]:
    def look(_: Surroundings) -> Finding:
        raise error

    return look


def test_one_that_breaks_keeps_nobody_from_the_next(around: Surroundings) -> None:
    label = Text("看", "look")
    issue = Issue(file="a.yml", line=3, key="x", message="bad", remedy="Mend it.")
    checks = [
        Check(name="a", label=label, look=raising(DataError(Text("坏了", "broken")))),
        Check(name="b", label=label, look=raising(DefinitionError([issue]))),
        Check(name="c", label=label, look=raising(OSError(errno.EIO, "Input/output error"))),
        Check(name="d", label=label, look=lambda _: ok("好", "well")),
    ]
    found = list(examine(around, checks))
    assert [one.finding.outcome for one in found] == [BAD, BAD, BAD, GOOD]
    assert as_text(found[0], "zh") == "✗ 看: 坏了\n  → 按上面说的修好后再试一次"
    assert as_text(found[3], "en") == "✓ look: well"
    assert "a.yml:3" in as_text(found[1], "en")
    assert "Input/output error" in as_text(found[2], "en")
    assert summed(found, "en") == "1 ok, 0 warnings, 3 failed"
    assert not is_well(found)
    assert is_well(found[3:])
    assert as_data(found[0])["outcome"] == "failed"


def test_every_check_has_a_name_of_its_own_in_both_languages() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS) >= 15
    assert all(check.label.zh and check.label.en for check in CHECKS)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("QUNXIANG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QUNXIANG_PEOPLE", "2000")

    def command(*words: str, **settings: str) -> tuple[int, str]:
        for name, value in settings.items():
            monkeypatch.setenv(f"QUNXIANG_{name.upper()}", value)
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.output

    return command


def test_the_command_says_what_is_wrong_and_exits_with_one(run: Callable[..., tuple[int, str]]) -> None:
    code, said = run("doctor", "--language", "zh", host="0.0.0.0", prot="1")
    assert code == 1
    assert "QUNXIANG_PROT → QUNXIANG_PORT" in said
    assert "✗ 账号" in said
    assert "项失败" in said.splitlines()[-1]


def test_the_command_for_machines(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    code, said = run("doctor", "--json")
    found = json.loads(said)
    assert code == 0, [one for one in found if one["outcome"] == "failed"]
    assert [one["check"] for one in found] == [check.name for check in CHECKS]


def test_settings_that_cannot_be_read_are_told_without_their_value(run: Callable[..., tuple[int, str]]) -> None:
    code, said = run("doctor", port="hunter2")
    assert code == 2
    assert "QUNXIANG_PORT" in said
    assert "hunter2" not in said


def test_backup_and_restore_by_command(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'home' / 'state.sqlite'}")
    sql_audit(engine).record(asked("q1"))
    engine.dispose()
    code, said = run("backup", str(tmp_path / "kept.zip"))
    assert (code, "Backed up" in said) == (0, True)
    assert run("restore", str(tmp_path / "kept.zip"), "--check")[0] == 0
    code, said = run("restore", str(tmp_path / "kept.zip"))
    assert (code, "--replace" in said) == (1, True)
    code, said = run("restore", str(tmp_path / "kept.zip"), "--replace", "--language", "zh")
    assert (code, "已恢复" in said, "原来的内容备份在" in said) == (0, True, True)
    code, said = run("restore", str(tmp_path / "nothing.zip"))
    assert (code, "No such file" in said) == (1, True)
