"""The benchmark's data, made by its generator once and kept under build/, and the layer over it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from semantic_layer.definitions import load_definitions
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.segments import SegmentsInMemory

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "tpch"
TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")


def generator() -> str | None:
    """The benchmark's generator, of this environment or on the path; `None` when it is not installed."""
    own = Path(sys.executable).with_name("tpchgen-cli")
    return str(own) if own.exists() else shutil.which("tpchgen-cli")


def database(scale: float) -> Path:
    """A database file with the eight tables at `scale`; made on the first call."""
    path = BUILD / f"tpch_{scale:g}.duckdb"
    if path.exists():
        return path
    command = generator()
    if command is None:
        raise FileNotFoundError("tpchgen-cli")
    raw = BUILD / f"raw_{scale:g}"
    raw.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [command, "parquet", "-s", f"{scale:g}", "-o", str(raw), "--overwrite", "-q"], check=True, timeout=300
    )
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(str(unfinished)) as connection:
        for table in TABLES:
            file = str(raw / f"{table}.parquet")
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet(?)", [file])
    unfinished.rename(path)
    shutil.rmtree(raw)
    return path


def open_layer(path: Path) -> SemanticLayer:
    """The definitions of this folder over a database file, through the same policy and engine as any other data."""
    model, policy = load_definitions(HERE / "model")
    index = ModelIndex(model)
    engine = DuckDBEngine(path, policy.limits)
    return SemanticLayer(index, policy, engine, latest_day(index, engine), SegmentsInMemory({}))


def standard_rows(path: Path, number: int, scale: float) -> list[tuple[object, ...]]:
    """What the standard's own SQL gives. The fraction of question 11 depends on the scale, by the standard."""
    text = (HERE / "standard" / f"q{number:02}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(text.replace("$fraction", f"{0.0001 / scale:.10f}")).fetchall()
