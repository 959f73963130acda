"""MetricFlow's own integration tests: its manifests imported, each case asked as a `Query`, rows compared with its own.

`python -m tests.conformance.metricflow --failures [part of a name …]` shows each case that fails: our error or the
first rows that differ, our SQL and theirs.
"""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import yaml

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import QunxiangError
from semantic_layer.interchange.dbt import open_dbt
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import ColumnType
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.segments import SegmentsInMemory
from tests.conformance.material import MATERIAL, Score
from tests.conformance.metricflow_query import Case, Mapped, Mapper, NotMappedError
from tests.conformance.metricflow_rows import Rows, difference

PLACE = MATERIAL / "metricflow"
EXCEPTIONS = Path(__file__).with_name("metricflow_exceptions.yml")
MANIFESTS = {
    "SIMPLE_MODEL": "simple_manifest",
    "EXTENDED_DATE_MODEL": "extended_date_manifest",
    "SCD_MODEL": "scd_manifest",
    "UNPARTITIONED_MULTI_HOP_JOIN_MODEL": "multi_hop_join_manifest",
    "PARTITIONED_MULTI_HOP_JOIN_MODEL": "partitioned_multi_hop_join_manifest",
    "SIMPLE_MODEL_NON_DS": "non_sm_manifest",
}
TYPES = {
    "VARCHAR": ColumnType.STRING,
    "BIGINT": ColumnType.INTEGER,
    "DOUBLE": ColumnType.FLOAT,
    "BOOLEAN": ColumnType.BOOLEAN,
    "TIMESTAMP": ColumnType.TIMESTAMP,
}
EVERYTHING = User(name="conformance", roles=("owner",))
POLICY = Policy(roles=(RolePolicy(name="owner", see_personal=True, see_contact=True),))


def cases() -> tuple[Case, ...]:
    """The cases that upstream itself can run on this engine."""
    with (PLACE / "cases.jsonl").open(encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return tuple(case for case in found if not case.get("gold_error"))


def table_columns() -> Mapping[str, Mapping[str, ColumnType]]:
    schema = json.loads((PLACE / "tables" / "schema.json").read_text(encoding="utf-8"))
    return {name: {column: TYPES[kind] for column, kind in table["columns"]} for name, table in schema.items()}


@dataclass(frozen=True)
class Outcome:
    """What came of a case: `fault` is empty when the rows are right."""

    case: Case
    fault: str
    sql: str = ""
    mapped: Mapped | None = None


class Bench:
    """The tables in a locked snapshot for us, and in schema `s` for upstream's own statements."""

    def __init__(self, folder: Path) -> None:
        path = folder / "snapshot_1.duckdb"
        tables = sorted((PLACE / "tables").glob("*.parquet"))
        with duckdb.connect(str(path)) as connection:
            for table in tables:
                connection.read_parquet(str(table)).create(table.stem)
            (self._today,) = connection.table("mf_time_spine").max("CAST(ds AS DATE)").fetchall()[0]
        self._theirs = duckdb.connect()
        self._theirs.execute("CREATE SCHEMA s")
        for table in tables:
            self._theirs.read_parquet(str(table)).create(f"s.{table.stem}")
        self._engine = DuckDBEngine(path)
        self._columns = table_columns()
        self._asked: dict[str, tuple[Mapper, SemanticLayer]] = {}

    def model(self, name: str) -> tuple[Mapper, SemanticLayer]:
        if name not in self._asked:
            manifest = PLACE / "semantic_manifests" / MANIFESTS[name]
            project = open_dbt(manifest, columns=self._columns, as_of=self._today.isoformat())
            index = ModelIndex(project.imported.model)
            layer = SemanticLayer(index, POLICY, self._engine, self._today, SegmentsInMemory({}))
            self._asked[name] = Mapper(project), layer
        return self._asked[name]

    def outcome(self, case: Case) -> Outcome:
        """Asks one case. Errors of ours are faults with their text; anything else is a fault with its place."""
        mapper, layer = self.model(case["model"])
        mapped: Mapped | None = None
        sql = ""
        try:
            mapped = mapper.map(case)
            result = layer.run(mapped.query, EVERYTHING)
            sql = result.sql
            return Outcome(
                case, difference(self._ours(case, mapped, result.table.rows), self.gold(case), case), sql, mapped
            )
        except (NotMappedError, QunxiangError) as error:
            return Outcome(case, f"{type(error).__name__}: {error}", sql, mapped)
        except Exception as error:  # noqa: BLE001  # one broken case must not hide the others
            place = traceback.extract_tb(error.__traceback__)[-1]
            fault = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
            return Outcome(case, fault, sql, mapped)

    def _ours(self, case: Case, mapped: Mapped, rows: Sequence[tuple[object, ...]]) -> Rows:
        places = [mapped.columns[name] for name in case["gold_columns"]]
        return [tuple(row[place] for place in places) for row in rows]

    def gold(self, case: Case) -> Rows:
        rows = case["gold_rows"]
        return (
            self._theirs.execute(case["gold_sql_duckdb"]).fetchall() if rows is None else [tuple(row) for row in rows]
        )

    def close(self) -> None:
        self._engine.close()
        self._theirs.close()


def outcomes(wanted: Sequence[str] = ()) -> Iterator[Outcome]:
    """Every case, or those whose id holds one of the words."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            for case in cases():
                if not wanted or any(word in case["id"] for word in wanted):
                    yield bench.outcome(case)
        finally:
            bench.close()


def exceptions() -> Mapping[str, str]:
    """Cases that are known not to pass, each with the reason."""
    return yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8")) or {}


def judged(found: Iterator[Outcome]) -> Score:
    """Every case counts. A listed case that passes is wrong, and so is an unlisted one that does not."""
    listed = dict(exceptions())
    score = Score()
    for outcome in found:
        name = outcome.case["id"]
        reason = listed.pop(name, None)
        score.total += 1
        score.passed += not outcome.fault
        if outcome.fault and reason is None:
            score.wrong.append(f"{name}: {outcome.fault}")
        elif outcome.fault:
            score.excluded.append(f"{name}: {reason}")
        elif reason is not None:
            score.wrong.append(f"{name} passes, but is listed in {EXCEPTIONS.name}")
    score.wrong += [f"{name} is listed in {EXCEPTIONS.name}, but is no case" for name in listed]
    score.note = f"{len(score.excluded)} of {score.total} cases are listed with the reason why they do not pass"
    return score


@cache
def _whole() -> Score:
    return judged(outcomes())


SUITES: Mapping[str, Callable[[], Score]] = {"metricflow": _whole}


def show(outcome: Outcome, theirs: str) -> None:
    print(f"\n=== {outcome.case['id']}\n{outcome.fault}")
    asked = ("metrics", "group_bys", "group_by_objs", "where_filter_rendered", "time_constraint", "order_bys")
    print("asked:", {key: outcome.case[key] for key in asked if key in outcome.case})
    if outcome.mapped is not None:
        print("query:", outcome.mapped.query)
    if outcome.sql:
        print("--- ours\n" + outcome.sql)
    print("--- theirs\n" + theirs)


def main(arguments: Sequence[str]) -> int:
    listing = "--failures" in arguments
    passed = total = 0
    for outcome in outcomes([word for word in arguments if not word.startswith("--")]):
        total += 1
        passed += not outcome.fault
        if outcome.fault and listing:
            show(outcome, outcome.case["gold_sql_duckdb"])
        elif outcome.fault:
            print(f"{outcome.case['id']}: {outcome.fault[:200]}")
    print(f"\n{passed} of {total} pass")
    return 0 if passed == total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
