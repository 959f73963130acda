"""Identity: the demo company's raw systems, FEBRL 3 and 4, and a million invented people from records to customers.

Nothing is trained on the truth: it is read only to score. The million run in a process of its own, whose largest memory is
what the figure says; `seconds` are from records in the warehouse file to customers committed in it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from importlib.metadata import version
from itertools import pairwise as pairwise_of
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.identity_demo import measure_demo
from benchmarks.identity_febrl import measure_febrl
from benchmarks.identity_people import make_records
from benchmarks.identity_scores import pairwise
from semantic_layer.ingestion.identity.resolving import resolve, resolve_new
from semantic_layer.ingestion.identity.rules import shipped_rules
from semantic_layer.ingestion.identity.tables import prepare
from semantic_layer.ingestion.warehouse import Warehouse

MILLION = 1_000_000
NEW = 1_000  # records that come later, for the incremental run
NOW = datetime(2026, 11, 1)  # noqa: DTZ001
GIB = 1024 * 1024  # kilobytes


def measure(*, people: int = MILLION) -> dict[str, object]:
    return {
        "demo": measure_demo(),
        "febrl3": measure_febrl("febrl3"),
        "febrl4": measure_febrl("febrl4"),
        "million": _in_a_child(people),
        "versions": {name: version(name) for name in ("splink", "pypinyin", "numpy")},
    }


def _in_a_child(people: int) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.identity", str(people)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        encoding="utf-8",
    )
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def million(people: int) -> dict[str, object]:
    """What the child measures."""
    made = make_records(people)
    with tempfile.TemporaryDirectory() as folder, Warehouse(Path(folder) / "warehouse.duckdb").writing() as connection:
        _take_in(connection, made.table)
        begun, cpu = time.perf_counter(), time.process_time()
        steps: list[tuple[str, float]] = []
        report = resolve(
            connection, shipped_rules(), now=NOW, progress=lambda what, *_: steps.append((what, time.perf_counter()))
        )
        seconds, used = time.perf_counter() - begun, time.process_time() - cpu
        scores = pairwise(made.person, _keys(connection, made.table))
        gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
        load = os.getloadavg()[0]
        again = resolve(connection, shipped_rules(), now=NOW, progress=lambda *_: None)
        later = _later(connection, made.table)
    return {
        "seconds": round(seconds, 1),
        "gib": round(gib, 2),
        "precision": scores["precision"],
        "recall": scores["recall"],
        "people": people,
        "records": report.records,
        "customers": report.customers,
        "largest_cluster": report.largest,
        "waiting": report.waiting,
        "cpu_seconds": round(used, 1),
        "load_of_the_machine": round(load, 1),
        "steps": {name: round(end - at, 1) for (name, at), (_, end) in pairwise_of(steps)},
        "ids_changed_by_a_second_run": again.born + again.merged + again.split,
        "new_records_seconds": round(later, 1),
    }


def _take_in(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
    prepare(connection)
    connection.register("made", table)
    names = ", ".join(table.column_names)
    connection.execute(f"INSERT INTO identity.records ({names}) SELECT {names} FROM made")
    connection.unregister("made")


def _keys(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> np.ndarray:
    connection.register(
        "made", table.select(["source", "record"]).append_column("place", pa.array(np.arange(table.num_rows)))
    )
    found = connection.execute(
        "SELECT coalesce(customer_key, -1)::BIGINT AS key FROM made LEFT JOIN identity.members USING (source, record) ORDER BY place"
    ).fetchnumpy()
    connection.unregister("made")
    return np.asarray(found["key"], dtype=np.int64)


def _later(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> float:
    """Seconds until new records of a fourth system, which repeat what others hold, have their customers."""
    connection.register("made", table.slice(0, NEW))
    connection.execute("CREATE TEMP TABLE later AS SELECT * REPLACE ('later' AS source) FROM made")
    connection.unregister("made")
    names = ", ".join(table.column_names)
    connection.execute(f"INSERT INTO identity.records ({names}) SELECT {names} FROM later")
    begun = time.perf_counter()
    resolve_new(connection, shipped_rules(), "later", now=NOW)
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps(million(int(sys.argv[1]))))
