"""How compilation and loading grow with the number of definitions: companies of 10, 100 and 1,000 metrics.

Every statement is also prepared by the engine over empty tables, so that only questions that can be answered are timed.
Times are the processor's. The time that the library takes to parse the printed statement is measured in the same run, for
comparison between machines.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import duckdb
from sqlglot import parse_one

from benchmarks.company import create_tables, write_definitions
from benchmarks.questions import questions
from benchmarks.timing import cpu_milliseconds, spread
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.query import compile_query
from semantic_layer.definitions import load_definitions
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from semantic_layer.query.types import Query

SIZES = (10, 100, 1000)
QUESTIONS, ROUNDS, LOADS = 200, 5, 3
SEED = 20261031
ANALYST = User(name="analyst", roles=("analyst",))
POLICY = Policy(
    roles=(RolePolicy(name="analyst", row_filters=(RowFilter(entity="customer", where="category_0 <> '值'"),)),)
)


def measure(sizes: Sequence[int] = SIZES, asked: int = QUESTIONS) -> dict[str, object]:
    """By number of metrics: milliseconds to compile, to compile and authorise, and to load the definitions."""
    return {f"{size} metrics": of_size(size, asked) for size in sizes}


def of_size(metrics: int, asked: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        lines = write_definitions(folder, metrics)
        model, _ = load_definitions(folder)
        loads = [cpu_milliseconds(lambda: load_definitions(folder)) for _ in range(LOADS)]
        indexing = [cpu_milliseconds(lambda: (ModelIndex(model), Catalog.from_model(model))) for _ in range(LOADS)]
    context = CompileContext(
        index=ModelIndex(model), calendar=CompanyCalendar(model.conventions, (), date(2026, 10, 31))
    )
    catalog = Catalog.from_model(model)

    def compiled(query: Query) -> AuthorisedSql:
        found = compile_query(query, context)
        return authorise(found.tree, ANALYST, catalog, POLICY, uses=found.computed, listed=found.listed)

    drawn = list(questions(context.index, asked, SEED))
    first = [cpu_milliseconds(lambda query=query: compile_query(query, context)) for query in drawn]
    texts = [compiled(query).text for query in drawn]
    with duckdb.connect() as connection:
        create_tables(connection, model)
        for text in texts:
            connection.execute(f"EXPLAIN {text}")
    alone = _best([lambda query=query: compile_query(query, context) for query in drawn])
    both = _best([lambda query=query: compiled(query) for query in drawn])
    parsed = _best([lambda text=text: parse_one(text, dialect="duckdb") for text in texts])
    return {
        "size": {"entities": len(model.entities), "fields": len(model.dimensions), "lines of YAML": lines},
        "compile, the first time, ms": spread(first),
        "compile, ms": spread(alone),
        "compile and authorise, ms": spread(both),
        "compile, as a part of the time to parse its SQL": spread(
            [mine / other for mine, other in zip(alone, parsed, strict=True)]
        ),
        "open, ms": {"load definitions": round(min(loads), 1), "index": round(min(indexing), 1)},
    }


def _best(works: Sequence[Callable[[], object]]) -> list[float]:
    """The least of some rounds for each: whatever else the machine does can only lengthen them."""
    rounds = [[cpu_milliseconds(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]
