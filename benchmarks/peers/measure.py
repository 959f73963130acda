"""Compile and run times of the shared questions, ours over theirs, in one run.

Every statement runs on the same engine in the same process, over the same tables. Before anything is timed, both must
give the same rows. "Compile" is the processor's time from a question in a layer's own form to the text of its SQL: for
us with the rights of the user worked in. "Run" is the time on the clock.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import duckdb

from benchmarks.peers import tables, with_boring, with_metricflow
from benchmarks.peers.asked import SHARED, Asked
from benchmarks.peers.ours import Ours
from benchmarks.timing import Paired, cpu_milliseconds, paired
from tests.conformance.metricflow_rows import difference

COMPILE_ROUNDS, RUN_ROUNDS = 15, 15
DEFINITIONS = "semantic_manifests/simple_manifest"


class Peer(Protocol):
    def refuses(self, asked: Asked) -> str: ...
    def sql(self, asked: Asked) -> str: ...
    def columns(self, asked: Asked) -> Sequence[str]: ...


def measure(material: Path) -> dict[str, object]:
    """For each of the two layers: ratios by question, their geometric means, and what it cannot be asked.

    Raises `AssertionError` where the two give different rows.
    """
    with tempfile.TemporaryDirectory() as place:
        published, enlarged = Path(place) / "published.duckdb", Path(place) / "enlarged.duckdb"
        tables.write(material, published, {})
        tables.write(material, enlarged, tables.TIMES_OVER)
        ours = Ours(material / DEFINITIONS, material)
        looked_at = Path(place) / "looked_at.duckdb"  # ibis holds its file open under a configuration of its own
        tables.write(material, looked_at, {})
        boring = with_boring.BoringSemanticLayer(looked_at)
        peers: dict[str, Peer] = {
            with_metricflow.PACKAGE: with_metricflow.MetricFlow(material / DEFINITIONS),
            with_boring.PACKAGE: boring,
        }
        gc.collect()
        gc.freeze()  # so that nobody's timed work pays for looking through the objects that the three have built
        try:
            with _opened(published) as small, _opened(enlarged) as large:
                return {name: _beside(ours, peer, small, large) for name, peer in peers.items()}
        finally:
            gc.unfreeze()
            boring.close()


def versions() -> dict[str, str]:
    return {name: version(name) for name in (with_metricflow.PACKAGE, with_boring.PACKAGE)}


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True, config={"threads": 2})


def _beside(
    ours: Ours, peer: Peer, small: duckdb.DuckDBPyConnection, large: duckdb.DuckDBPyConnection
) -> dict[str, object]:
    refused = {asked.name: reason for asked in SHARED if (reason := peer.refuses(asked))}
    found: dict[str, dict[str, Paired]] = {}
    for asked in SHARED:
        if asked.name in refused:
            continue
        mine, theirs = ours.sql(asked), peer.sql(asked)
        for connection in (small, large):
            _same(asked, peer, connection, mine, theirs)
        found[asked.name] = {
            "compile": _compiles(ours, peer, asked),
            "run, tables as published": _runs(small, mine, theirs),
            "run, facts many times over": _runs(large, mine, theirs),
        }
    kinds = list(next(iter(found.values())))
    return {
        "questions": len(found),
        "ratio, geometric mean": {
            kind: round(statistics.geometric_mean(one[kind].ratio for one in found.values()), 3) for kind in kinds
        },
        "median ms": {
            kind: {
                "ours": round(statistics.median(one[kind].ours for one in found.values()), 2),
                "theirs": round(statistics.median(one[kind].theirs for one in found.values()), 2),
            }
            for kind in kinds
        },
        "ratio by question": {name: {kind: one[kind].ratio for kind in kinds} for name, one in found.items()},
        "cannot be asked": refused,
    }


def _compiles(ours: Ours, peer: Peer, asked: Asked) -> Paired:
    return paired(lambda: ours.sql(asked), lambda: peer.sql(asked), COMPILE_ROUNDS, clock=cpu_milliseconds)


def _runs(connection: duckdb.DuckDBPyConnection, mine: str, theirs: str) -> Paired:
    return paired(
        lambda: connection.execute(mine).fetchall(), lambda: connection.execute(theirs).fetchall(), RUN_ROUNDS
    )


def _same(asked: Asked, peer: Peer, connection: duckdb.DuckDBPyConnection, mine: str, theirs: str) -> None:
    our_rows = connection.execute(mine).fetchall()
    answer = connection.execute(theirs)
    names = [column[0] for column in answer.description or ()]
    places = [names.index(name) for name in peer.columns(asked)]
    rows = [tuple(row[place] for place in places) for row in answer.fetchall()]
    found = difference(our_rows, rows, {})
    assert any(row[-1] is not None for row in our_rows), f"{asked.name}: no figures"
    assert not found, f"{asked.name}, {type(peer).__name__}: {found}"
