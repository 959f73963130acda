"""Every schema that was ever released is brought forward with every row; what cannot be is refused in words.

`released/NNNN.sql` is a database as the version with that schema wrote it: frozen, never to be edited.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.memory.sql_store import SqlFeedbackStore
from assistant.observability.audit import sql_audit
from semantic_layer.errors import DataError
from tests.state.server import PostgresServer
from tools.segments import SqlSegmentStore
from tools.storage import Schema, connect_storage, migrate, open_storage, reading, schema_of, transaction

RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))
ROOT = Path(__file__).resolve().parents[2]
Rows = dict[str, list[dict[str, object]]]


def load(dump: Path, url: str) -> None:
    """The database of a release. PostgreSQL had the same tables, so there its rows are put into them."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file)
        connection.executescript(dump.read_text(encoding="utf-8"))
        connection.close()
        return
    engine = connect_storage(url)
    rows = [line for line in dump.read_text(encoding="utf-8").splitlines() if line.startswith("INSERT INTO")]
    rows.sort(key=lambda line: "segment_changes" in line)  # they point at segments
    with transaction(engine) as written:
        migrate(written, dump.stem)
        for row in rows:
            if "alembic_version" not in row:
                written.exec_driver_sql(row.replace("%", "%%"))
    engine.dispose()


def rows_of(url: str) -> Rows:
    """Every row of every table, by the names of columns, in one order."""
    engine = connect_storage(url)
    tables = [name for name in sa.inspect(engine).get_table_names() if name != "alembic_version"]
    with reading(engine) as connection:
        found = {
            name: sorted(
                (dict(row._mapping) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))), key=repr
            )
            for name in tables
        }
    engine.dispose()
    return found


def schema(url: str) -> Schema:
    engine = connect_storage(url)
    with reading(engine) as connection:
        found = schema_of(connection)
    engine.dispose()
    return found


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_every_released_schema_goes_forward_with_every_row(dump: Path, state_url: str) -> None:
    load(dump, state_url)
    before = rows_of(state_url)
    assert sum(map(len, before.values())) >= 9
    engine = open_storage(state_url)
    after = rows_of(state_url)
    for table, rows in before.items():
        assert len(after[table]) == len(rows), table
        kept = [{name: row[name] for name in rows[0]} for row in after[table]]
        assert sorted(kept, key=repr) == rows, table
    assert schema(state_url).current == schema(state_url).newest
    audit = sql_audit(engine)
    assert [one.id for one in audit.questions()] == ["q2", "q1"]
    assert [one.id for one in audit.proofs()] == ["e1"]
    assert audit.verify().intact
    assert [(s.name, s.deleted_at is None) for s in SqlSegmentStore(engine).load("retail")] == [
        ("上海 客户", True),
        ("Old O'Hara", False),
    ]
    if dump.stem >= "0002":
        assert [one.comment for one in SqlFeedbackStore(engine).feedback("retail")] == ["很好"]
    engine.dispose()


def test_the_frozen_databases_are_of_the_schemas_that_they_are_named_after() -> None:
    assert [path.stem for path in RELEASED][:2] == ["0001", "0002"]
    for path in RELEASED:
        assert re.search(rf"INSERT INTO \"alembic_version\" VALUES\('{path.stem}'\)", path.read_text(encoding="utf-8"))


def test_a_newer_schema_is_refused_and_left_alone(state_url: str) -> None:
    open_storage(state_url).dispose()
    engine = connect_storage(state_url)
    with transaction(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DataError, match="9999, newer than") as caught:
        open_storage(state_url)
    assert "没有改动" in caught.value.message.zh
    assert schema(state_url).current == "9999"
    engine.dispose()


def test_opening_again_changes_nothing(state_url: str) -> None:
    open_storage(state_url).dispose()
    before = rows_of(state_url), schema(state_url)
    open_storage(state_url).dispose()
    assert (rows_of(state_url), schema(state_url)) == before


def test_several_that_open_at_once_migrate_once(state_url: str) -> None:
    load(RELEASED[0], state_url)
    started = threading.Barrier(4)

    def opened(_: int) -> None:
        started.wait()
        open_storage(state_url).dispose()

    with ThreadPoolExecutor(4) as openers:
        list(openers.map(opened, range(4)))
    assert schema(state_url).current == schema(state_url).newest


@pytest.mark.slow
def test_two_processes_that_open_at_once_migrate_once(state_url: str) -> None:
    load(RELEASED[0], state_url)
    code = "import sys; from tools.storage import open_storage; input(); open_storage(sys.argv[1]).dispose()"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, state_url], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
        )
        for _ in range(2)
    ]
    for each in both:
        assert each.stdin is not None
        each.stdin.write(b"\n")
        each.stdin.flush()
    told = [each.communicate(timeout=60)[1].decode() for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    assert schema(state_url).current == schema(state_url).newest


# Counts the statements of a migration, and kills itself at one of them. A fork for each, so that imports are paid once.
KILLED = """
import os, signal, sys
import sqlalchemy as sa
from tools.storage import open_storage

def opened(url, moment):
    seen = 0
    def count(*_):
        nonlocal seen
        seen += 1
        if seen == moment:
            os.kill(os.getpid(), signal.SIGKILL)
    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    open_storage(url).dispose()

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        opened(sys.argv[1], int(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.slow
def test_a_migration_that_is_killed_is_done_whole_or_not_at_all(state_url: str) -> None:
    killed_everywhere(state_url, every=1)


def test_a_migration_that_is_killed_here_and_there_is_done_whole_or_not_at_all(tmp_path: Path) -> None:
    killed_everywhere(f"sqlite:///{tmp_path / 'state' / 'app.db'}", every=12)


def killed_everywhere(state_url: str, *, every: int) -> None:
    """Kill a migration at one statement after another, until it comes to its end."""
    load(RELEASED[0], state_url)
    before = rows_of(state_url)
    command = [sys.executable, "-c", KILLED, state_url]
    ends: list[int] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for moment in range(1, 1000, every):
            child.stdin.write(f"{moment}\n")
            child.stdin.flush()
            ends.append(int(child.stdout.readline()))
            if ends[-1] == 0:
                break
            assert (schema(state_url).current, rows_of(state_url)) == ("0001", before), moment
        child.stdin.close()
    assert ends[-1] == 0
    assert set(ends[:-1]) == {-9}
    assert len(ends) > 2
    assert schema(state_url).current == schema(state_url).newest


def test_addresses_of_other_kinds_are_refused_with_what_is_allowed() -> None:
    for url in ("mysql://a:b@h/d", "postgresql+psycopg://a:hunter2@h/d", "duckdb:///x", "sqlite+aiosqlite:///x"):
        with pytest.raises(DataError, match="postgresql://USER") as caught:
            open_storage(url)
        assert "hunter2" not in str(caught.value)
        assert "sqlite:///" in caught.value.message.zh


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        open_storage("state.sqlite with hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(DataError, match=r"127\.0\.0\.1 and port 1") as caught:
        open_storage("postgresql://ana:hunter2@127.0.0.1:1/state")
    assert "refused" in str(caught.value)
    assert "hunter2" not in f"{caught.value.message} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("query", "near"), [("sslmod=require", "sslmode"), ("sslmode=verify-ful", "verify-full"), ("passwordfile=x", "password_file")]
)  # fmt: skip
def test_options_of_an_address_that_are_not_known_are_told_with_the_nearest(query: str, near: str) -> None:
    with pytest.raises(DataError) as caught:
        open_storage(f"postgresql://ana:hunter2@127.0.0.1:1/state?{query}")
    assert near in caught.value.suggestions


def test_a_wrong_password_is_told_and_not_shown(postgres: PostgresServer) -> None:
    with pytest.raises(DataError, match="password authentication failed") as caught:
        open_storage(f"postgresql://qunxiang:hunter2@127.0.0.1:{postgres.port}/postgres")
    assert "hunter2" not in f"{caught.value.message} {caught.value.__cause__!r}"


def test_the_password_may_stand_in_a_file(postgres: PostgresServer, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{postgres.password}\n")
    where = f"127.0.0.1:{postgres.port}/postgres?password_file={tmp_path / 'password'}"
    engine = connect_storage(f"postgresql://qunxiang@{where}")
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
    engine.dispose()
    with pytest.raises(DataError, match="No such file"):
        connect_storage(f"postgresql://qunxiang@h/d?password_file={tmp_path / 'nothing'}")


def test_a_unix_socket(postgres: PostgresServer) -> None:
    engine = connect_storage(
        f"postgresql://qunxiang:{postgres.password}@:{postgres.port}/postgres?host={postgres.folder}"
    )
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT inet_server_addr()")).scalar() is None
    engine.dispose()


def test_a_server_without_encryption_is_refused_where_it_is_asked_for(postgres: PostgresServer) -> None:
    address = f"{postgres.address('postgres')}?sslmode=require"
    with pytest.raises(DataError, match="SSL"):
        open_storage(address)
