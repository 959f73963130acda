"""How fast questions are answered: interpretation, compilation with authorisation, whole answers, and SQL beside SQL by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb

from assistant.bootstrap import open_assistant, prepare_data
from assistant.core import Assistant
from assistant.evaluation.cases import Case, read_cases
from assistant.interpreters.base import Context, Understood
from assistant.settings import Settings
from benchmarks.sql import PAIRS, Pair
from benchmarks.timing import milliseconds, paired_ratio, spread
from semantic_layer.query.plan import ListPeople
from semantic_layer.query.time import Span
from semantic_layer.query.types import Audience, Query

ROUNDS = 5
PAIRED_ROUNDS = 15
MILLION = 1_000_000


def measure(home: Path, *, million: bool) -> dict[str, object]:
    """All figures; `million` adds those with one million people, which takes minutes to generate the first time."""
    demo = open_assistant(Settings(data="retail", home=home, role="admin"))
    cases = tuple(case for case in read_cases(demo.own_cases()) if not case.before)
    found: dict[str, object] = {
        "interpret_ms": interpretation(demo, cases),
        "compile_ms": compilation(demo, cases),
        "demo_s": whole(demo, cases),
    }
    large = demo
    if million:
        settings = Settings(data="retail", home=home, role="admin", people=MILLION, memory_mb=6144)
        prepare_data(settings)
        large = open_assistant(settings)
        found["million_s"] = whole(large, cases)
        found["million_rows"] = sizes(large)
    found["sql_ratio"] = ratios(large)
    return found


def interpretation(assistant: Assistant, cases: tuple[Case, ...]) -> dict[str, float]:
    """Milliseconds from text to outcome."""
    interpret = assistant.resources.interpreter.interpret
    return spread(
        [milliseconds(lambda case=case: interpret(case.question, Context())) for _ in range(ROUNDS) for case in cases]
    )


def compilation(assistant: Assistant, cases: tuple[Case, ...]) -> dict[str, float]:
    """Milliseconds from step to authorised SQL, for every example that is understood as numbers or people."""
    steps = list(_steps(assistant, cases))
    return spread([milliseconds(lambda step=step: _text(assistant, step)) for _ in range(ROUNDS) for step in steps])


def whole(assistant: Assistant, cases: tuple[Case, ...]) -> dict[str, float]:
    """Seconds from text to the first useful reply: sentence, number, table, picture, chips."""
    taken = []
    for case in cases:
        events = assistant.stream(case.question, conversation=uuid.uuid4().hex)
        taken.append(milliseconds(lambda events=events: _until_reply(events)) / 1000)
    return {key: round(value, 3) for key, value in spread(taken).items()} | {"max": round(max(taken), 3)}


def _until_reply(events: Iterator[object]) -> object:
    from assistant.answer import Finished

    return next(event for event in events if isinstance(event, Finished))


def sizes(assistant: Assistant) -> dict[str, int]:
    """How many people, orders, order lines and app events there are."""
    everything = Query(metrics=("customers", "orders", "quantity_bought", "app_events"), time=Span(None, None))
    table = assistant.resources.layer.run(everything, assistant.user).table
    return {column.name: int(str(cell)) for column, cell in zip(table.columns, table.rows[0], strict=True)}


def ratios(assistant: Assistant) -> dict[str, float]:
    """For each kind of question: run time of our SQL over that of the best SQL by hand."""
    texts = {pair.kind: _text(assistant, pair.step) for pair in PAIRS}
    engine = assistant.resources.layer.engine
    engine.close()  # one process opens a file under one configuration only
    with duckdb.connect(str(engine.path), read_only=True, config={"threads": 2}) as connection:

        def run(sql: str) -> object:
            return connection.execute(sql).fetchall()

        found = {}
        for pair in PAIRS:
            text = texts[pair.kind]
            _same(pair, run(text), run(pair.by_hand))
            found[pair.kind] = paired_ratio(
                lambda text=text: run(text), lambda pair=pair: run(pair.by_hand), PAIRED_ROUNDS
            )
        return found


def _same(pair: Pair, ours: object, by_hand: object) -> None:
    """Both must give as many rows with the same first figures, or the ratio means nothing."""
    assert isinstance(ours, list)
    assert isinstance(by_hand, list)
    left = sorted(
        str(round(float(v), 6)) for row in ours for v in row[:2] if isinstance(v, int | float) or hasattr(v, "as_tuple")
    )
    right = sorted(
        str(round(float(v), 6))
        for row in by_hand
        for v in row[:2]
        if isinstance(v, int | float) or hasattr(v, "as_tuple")
    )
    if left != right:
        raise AssertionError(f"{pair.kind}: different answers: {ours[:3]} and {by_hand[:3]}")


def _text(assistant: Assistant, step: Query | Audience) -> str:
    return assistant.resources.layer.statement(step, assistant.user).text


def _steps(assistant: Assistant, cases: tuple[Case, ...]) -> Iterator[Query | Audience]:
    for case in cases:
        outcome = assistant.resources.interpreter.interpret(case.question, Context())
        if isinstance(outcome, Understood):
            step = outcome.reading.plan.steps[0]
            if isinstance(step, Query):
                yield step
            elif isinstance(step, ListPeople):
                yield step.audience
