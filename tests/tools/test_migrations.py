"""Migrations: what was kept before is still there after, and every table is as the stores expect on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql

import tools.migrations
from assistant.memory import sql_store
from tools.storage import open_storage

SCRIPTS = Path(str(tools.migrations.__file__)).parent
BY_HAND = "INSERT INTO ledger VALUES (1, 'e1', 'question', '2026-11-01', 'ana', '{}', '0', '1')"


def move(engine: sa.Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        if revision < "0002":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def test_feedback_comes_beside_what_is_there(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'app.db'}"
    engine = open_storage(address)
    with engine.begin() as connection:
        connection.execute(sa.text(BY_HAND))
    move(engine, "0001")
    assert {"feedback", "review_items"}.isdisjoint(sa.inspect(engine).get_table_names())
    engine.dispose()
    engine = open_storage(address)
    assert {"feedback", "review_items", "ledger", "segments"} <= set(sa.inspect(engine).get_table_names())
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT id FROM ledger")).scalars().all() == ["e1"]
    move(engine, "0002")
    engine.dispose()


@pytest.mark.parametrize("table", [sql_store._FEEDBACK, sql_store._ITEMS], ids=lambda table: table.name)
def test_the_stores_know_every_column(table: sa.Table) -> None:
    engine = open_storage()
    columns = {column["name"] for column in sa.inspect(engine).get_columns(table.name)}
    assert columns == {column.name for column in table.columns}
    engine.dispose()


@pytest.mark.parametrize("table", [sql_store._FEEDBACK, sql_store._ITEMS], ids=lambda table: table.name)
def test_statements_can_be_said_to_postgresql(table: sa.Table) -> None:
    for statement in (sa.select(table), sa.insert(table), sa.update(table), sa.delete(table)):
        assert table.name in str(statement.compile(dialect=postgresql.dialect()))
