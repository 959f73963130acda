"""What is published from a warehouse: counted by hand, from tables written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from semantic_layer.errors import Text
from semantic_layer.ingestion.privacy.sealing import EncryptedValues
from semantic_layer.ingestion.publishing import Tables, publish
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.warehouse import Warehouse
from semantic_layer.model.types import (
    Column,
    ColumnType,
    Entity,
    Relationship,
    SemanticModel,
    Sensitivity,
    Words,
)


def words(name: str) -> Words:
    return Words(label=Text(name, name))


def source(name: str, into: str, *fields: str, priority: int = 5) -> SourceSpec:
    return SourceSpec(
        name=name,
        label=Text(name, name),
        kind=SourceKind.CSV,
        address=f"{name}.csv",
        into=into,
        priority=priority,
        columns=tuple(ColumnMapping(column=field, field=field) for field in fields),
    )


CUSTOMER = Entity(
    name="customer",
    words=words("customer"),
    table="customers",
    primary_key=("customer_key",),
    columns=(
        Column(name="customer_key", type=ColumnType.INTEGER),
        Column(name="name", type=ColumnType.STRING, sensitivity=Sensitivity.PERSONAL),
        Column(name="city", type=ColumnType.STRING),
    ),
)
ORDER = Entity(
    name="order",
    words=words("order"),
    table="orders",
    primary_key=("order_id",),
    columns=(
        Column(name="order_id", type=ColumnType.STRING),
        Column(name="customer_key", type=ColumnType.INTEGER),
        Column(name="paid", type=ColumnType.DECIMAL),
        Column(name="ordered_at", type=ColumnType.TIMESTAMP),
    ),
)
VISIT = Entity(
    name="visit",
    words=words("visit"),
    table="visits",
    primary_key=("visit_id",),
    columns=(Column(name="visit_id", type=ColumnType.INTEGER), Column(name="page", type=ColumnType.STRING)),
)
MODEL = SemanticModel(
    name="shop",
    words=words("shop"),
    entities=(CUSTOMER, ORDER, VISIT),
    relationships=(
        Relationship(
            name="buyer",
            from_entity="order",
            to_entity="customer",
            from_columns=("customer_key",),
            to_columns=("customer_key",),
        ),
    ),
    dimensions=(),
    metrics=(),
)
SPECS = (
    source("crm", "customers", "name", "city"),
    source("mall", "orders", "order_id", "paid", "ordered_at", priority=2),
    source("till", "orders", "order_id", "paid", priority=1),
    source("web", "visits", "page"),
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(tmp_path / "warehouse.duckdb").writing() as opened:
        opened.execute("""
            CREATE TABLE clean.crm (_row VARCHAR, _load BIGINT, name VARCHAR, city VARCHAR);
            INSERT INTO clean.crm VALUES ('a', 1, '张伟', '上海'), ('b', 1, '李娜', '杭州');
            CREATE TABLE clean.mall (_row VARCHAR, _load BIGINT, order_id VARCHAR, paid DECIMAL(18,4), ordered_at TIMESTAMP);
            INSERT INTO clean.mall VALUES ('1', 1, 'o1', 10, '2026-10-01'), ('2', 1, 'o2', 20, '2026-10-02'),
                ('3', 2, 'o2', 21, '2026-10-03'), ('4', 2, 'o3', -5, '2026-10-04');
            CREATE TABLE clean.till (_row VARCHAR, _load BIGINT, order_id VARCHAR, paid DECIMAL(18,4));
            INSERT INTO clean.till VALUES ('1', 1, 'o1', 11), ('9', 1, 'o9', 90);
            CREATE TABLE clean.web (_row VARCHAR, _load BIGINT, page VARCHAR);
            INSERT INTO clean.web VALUES ('f:1', 1, 'home'), ('f:2', 1, 'home');
            CREATE TABLE work.quarantine (source VARCHAR, row VARCHAR, held BOOLEAN, settled_at TIMESTAMP);
            INSERT INTO work.quarantine VALUES ('mall', '4', true, NULL), ('mall', '1', false, NULL),
                ('till', '9', true, '2026-10-05'), ('web', '4', true, NULL);
            CREATE TABLE identity.members (source VARCHAR, record VARCHAR, customer_key INTEGER, tier VARCHAR);
            INSERT INTO identity.members VALUES ('crm', 'a', 1, 'exact'), ('crm', 'b', 2, 'exact'),
                ('mall', '1', 1, 'exact'), ('mall', '3', 2, 'strict'), ('till', '1', 2, 'exact');
            CREATE TABLE identity.golden (customer_key INTEGER, name VARCHAR, phone VARCHAR);
            INSERT INTO identity.golden VALUES (2, '李娜', NULL), (1, '张伟', '138');
        """)
        yield opened


def read(path: Path, statement: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as opened:
        return opened.execute(statement).fetchall()


def published(connection: duckdb.DuckDBPyConnection, path: Path, **changes: object) -> dict[str, int]:
    tables = replace(Tables(model=MODEL, specs=SPECS), **changes)  # type: ignore[arg-type]
    return dict(publish(connection, tables, path, progress=lambda *_: None))


def test_customers_are_the_golden_record_and_rows_get_their_customer(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "out.duckdb"
    assert published(connection, target) == {"customers": 2, "orders": 3, "visits": 2}
    assert read(target, "FROM customers") == [(1, "张伟", None), (2, "李娜", None)]
    assert read(target, "FROM orders ORDER BY order_id") == [
        ("o1", 2, Decimal("11.0000"), None),  # the till is trusted more than the mall
        ("o2", 2, Decimal("21.0000"), datetime(2026, 10, 3)),  # noqa: DTZ001  # of one source the newest
        ("o9", None, Decimal("90.0000"), None),  # settled; o3 is held back
    ]


def test_rows_without_a_key_get_one_that_stays(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    published(connection, tmp_path / "one.duckdb")
    published(connection, tmp_path / "two.duckdb")
    first = read(tmp_path / "one.duckdb", "SELECT visit_id, page FROM visits ORDER BY 1")
    assert len({key for key, _ in first}) == 2
    assert first == read(tmp_path / "two.duckdb", "SELECT visit_id, page FROM visits ORDER BY 1")


def test_keys_of_a_source_are_kept_where_no_identity_is_needed(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute("CREATE TABLE clean.own (_row VARCHAR, _load BIGINT, customer_key BIGINT, name VARCHAR)")
    connection.execute("INSERT INTO clean.own VALUES ('5', 1, 5, '王芳')")
    specs = (source("own", "customers", "customer_key", "name"), *SPECS[1:])
    published(connection, tmp_path / "out.duckdb", specs=specs)
    assert read(tmp_path / "out.duckdb", "FROM customers") == [(5, "王芳", None)]
    assert read(tmp_path / "out.duckdb", "SELECT DISTINCT customer_key FROM orders") == [(None,)]


def test_a_table_without_a_source_is_empty_and_personal_columns_are_sealed(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "out.duckdb"
    key = "a key of some length"
    counts = published(connection, target, specs=SPECS[:3], sealer=EncryptedValues(key))
    assert counts["visits"] == 0
    names = [name for (name,) in read(target, "SELECT name FROM customers ORDER BY customer_key")]
    assert [EncryptedValues(key).open(str(name)) for name in names] == ["张伟", "李娜"]
    assert "张伟" not in names
