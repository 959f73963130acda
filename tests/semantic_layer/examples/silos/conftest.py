"""The company of raw systems, loaded once by its declarations alone, beside the truth that only these tests know."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.examples.retail.generate import generate
from semantic_layer.examples.silos.prepare import prepare
from semantic_layer.ingestion.blueprint import read_blueprint
from semantic_layer.ingestion.pipeline import Loaded, Pipeline, Surroundings
from semantic_layer.ingestion.tags import materialise_tags
from semantic_layer.ingestion.warehouse import Warehouse

PEOPLE = 1_000
NOW = datetime(2026, 11, 1, 8, 0)  # noqa: DTZ001  # times of a warehouse are UTC without a zone
Rows = list[tuple]


def quiet(*_: object) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Silos:
    """`raw` is a database with the exports as they are, `kept` one with what the load made of them, `published` the tables."""

    folder: Path
    snapshot: Path
    done: Loaded
    raw: duckdb.DuckDBPyConnection
    kept: duckdb.DuckDBPyConnection
    published: duckdb.DuckDBPyConnection


@pytest.fixture(scope="session")
def silos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Silos]:
    place = tmp_path_factory.mktemp("silos")
    folder, truth = place / "silos", place / "truth"
    generate(folder / "raw", people=PEOPLE, progress=quiet)
    (folder / "raw" / "truth").rename(truth)  # the load must do without
    prepare(folder, people=PEOPLE, progress=quiet)
    model, _ = load_definitions(folder / "model")
    around = Surroundings(now=lambda: NOW, variables={}, secret="a secret of the installation")
    pipeline = Pipeline(Warehouse(folder / "warehouse.duckdb"), read_blueprint(folder, model), around)
    done, snapshot = pipeline.load(progress=quiet), folder / "published.duckdb"
    pipeline.publish(snapshot, progress=quiet)
    materialise_tags(snapshot, model, progress=quiet)
    with (
        raw_systems(folder / "raw", truth) as raw,
        duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as kept,
        duckdb.connect(str(snapshot), read_only=True) as published,
    ):
        yield Silos(folder, snapshot, done, raw, kept, published)


def raw_systems(folder: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """The exports, cell by cell as each system wrote them, read without anything of the product."""
    found = duckdb.connect()
    for name, files in {
        "tills": sorted((folder / "pos").glob("*.csv")),
        "desk": [folder / "desk" / "tickets.csv"],
        "members": sorted((folder / "crm").glob("crm_members_*.csv")),
        "stores": [folder / "reference" / "stores.csv"],
    }.items():
        rows = [row for file in files for row in csv.DictReader(io.StringIO(decoded(file), newline=""))]
        found.register(
            f"{name}_cells", pa.Table.from_pylist(rows, schema=pa.schema([(key, pa.string()) for key in keys(rows)]))
        )
        found.execute(f"CREATE TABLE {name} AS FROM {name}_cells")
    parquet = {
        "mall_orders": "mall/orders_*.parquet",
        "mall_lines": "mall/order_lines_*.parquet",
        "products": "mall/products.parquet",
    }
    for name, pattern in parquet.items():
        found.execute(f"CREATE TABLE {name} AS FROM read_parquet('{folder}/{pattern}', union_by_name = true)")
    found.execute(
        f"CREATE TABLE app AS FROM read_json('{folder}/app/*.ndjson', format = 'newline_delimited', union_by_name = true)"
    )
    found.execute(f"CREATE TABLE truth AS FROM '{truth}/records/*.parquet'")
    found.execute(f"CREATE TABLE dirt AS FROM read_json('{truth}/dirt.json')")
    return found


def keys(rows: list[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def decoded(file: Path) -> str:
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def one(connection: duckdb.DuckDBPyConnection, statement: str) -> object:
    """The one value of a statement."""
    ((value,),) = connection.execute(statement).fetchall()
    return value
