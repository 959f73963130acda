"""No secret of the settings shows in what is printed, logged, raised or kept: each has a value of its own that is looked for.

The doctor runs with everything failing, and questions are asked with a model that does not answer, in processes whose
whole output and log is read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from assistant.observability.audit import sql_audit
from assistant.operations.backup import Place, backup
from assistant.settings import Settings
from semantic_layer.errors import DataError
from tests.assistant.operations.test_backup import AT, quiet
from tests.state.conftest import postgres  # noqa: F401  # the fixture
from tests.state.server import PostgresServer
from tools.storage import open_storage, transaction

ROOT = Path(__file__).resolve().parents[3]
MARK = "canary"
LOUD = "import logging; logging.basicConfig(level=logging.DEBUG); from assistant.channels.{module} import app; app()"
SECRETS = sorted(name for name, one in Settings.model_fields.items() if one.annotation is SecretStr)
FILES = {
    "data_key_file": "data_key",
    "model_key_file": "model_key",
    "oidc_secret_file": "oidc_client_secret",
}  # instead of which setting
ELSEWHERE = {
    "oidc_issuer": "https://127.0.0.1:1",
    "oidc_client_id": "q",
    "base_url": "https://ask.example.com",
    "slack": "socket",
    "slack_api_url": "http://127.0.0.1:1/",
    "otel_url": "http://127.0.0.1:1",
    "model_url": "http://127.0.0.1:1/v1",
    "model_name": "m",
    "model_seconds": "2",
}


def canary(name: str) -> str:
    return f"{MARK}-{name.replace('_', '-')}-7f3a"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Every secret of the settings set, once as itself and once as a file."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("QUNXIANG_")}
    for name in SECRETS:
        given[f"QUNXIANG_{name.upper()}"] = canary(name)
    for name in FILES:
        (tmp_path / name).write_text(canary(name))
        given[f"QUNXIANG_{name.upper()}"] = str(tmp_path / name)
    home = {"home": str(tmp_path / "home"), "people": "2000"}
    return given | {f"QUNXIANG_{name.upper()}": value for name, value in (ELSEWHERE | home).items()}


def run(module: str, environment: dict[str, str], *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", LOUD.format(module=module), *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_secret_is_looked_for() -> None:
    assert set(FILES.values()) < set(SECRETS)
    assert {name for name in Settings.model_fields if name.endswith("_file") and name != "model_file"} == set(FILES)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://qx:{}@127.0.0.1:1/state",
        pytest.param("mysql://qx:{}@h/d", marks=pytest.mark.slow),
        pytest.param("nonsense {}", marks=pytest.mark.slow),
    ],
)
def test_the_doctor_tells_no_secret(environment: dict[str, str], address: str) -> None:
    given = environment | {"QUNXIANG_STATE_URL": address.format(canary("state"))}
    code, said = run("cli_operations", given, "doctor", "--language", "zh")
    assert code == 1
    assert "✗" in said
    assert MARK not in said


def test_the_settings_themselves_tell_none(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.model_key.get_secret_value() == canary("model_key")
    assert MARK not in f"{settings} {settings!r} {settings.model_dump()}"


def test_an_error_of_the_database_tells_none(postgres: PostgresServer) -> None:  # noqa: F811
    where = f"127.0.0.1:{postgres.port}"
    for url in (
        f"postgresql://qunxiang:{canary('state')}@{where}/postgres",
        f"postgresql://qunxiang:{canary('state')}@127.0.0.1:1/postgres",
        f"postgresql://qunxiang:{canary('state')}@{where}/postgres?sslmode=requir",
        f"postgresql://qunxiang:{canary('state')}@{where}/postgres?sslmode=require",
    ):
        with pytest.raises(DataError) as caught:
            open_storage(url)
        assert MARK not in "".join(traceback.format_exception(caught.value))
        assert MARK not in f"{caught.value.message}"


def test_what_was_to_be_written_does_not_show_in_an_error(postgres: PostgresServer) -> None:  # noqa: F811
    """Statements carry digests of passwords; errors of the database do not repeat them."""
    engine = open_storage(postgres.database())
    with pytest.raises(DataError) as caught, transaction(engine) as connection:
        connection.exec_driver_sql("SELECT 1 / (CASE WHEN %s = '' THEN 1 ELSE 0 END)", (canary("digest"),))
    assert canary("digest") not in "".join(traceback.format_exception(caught.value))
    engine.dispose()


@pytest.mark.slow
def test_a_question_tells_no_secret(
    environment: dict[str, str], settings: Settings, retail_snapshot: Path, tmp_path: Path
) -> None:
    state = f"sqlite:///{tmp_path / 'state.sqlite'}"
    given = environment | {"QUNXIANG_HOME": str(settings.home), "QUNXIANG_STATE_URL": state, "QUNXIANG_PEOPLE": "20000"}
    code, said = run("cli", given, "ask", "上海有多少高价值客户？", "gimme the moolah by channel", "--json")
    assert code in (0, 1), said[-2000:]
    assert '"question"' in said or '"text"' in said
    assert MARK not in said
    engine = open_storage(state)
    assert len(sql_audit(engine).questions()) == 2
    engine.dispose()
    path, _ = backup(Place(state_url=state, home=tmp_path), tmp_path / "kept.zip", at=AT, progress=quiet)
    assert MARK.encode() not in path.read_bytes() + (tmp_path / "state.sqlite").read_bytes()
