"""Questions in English on databases that nobody has modelled: a draft of each is asked, and its rows are compared.

The layer is drafted mechanically from the published description of the tables and from the data. An answer is right when
its rows are the expected ones as a multiset: the order of rows and columns is free, fractions may differ by 1e-6 of
themselves, a number may be written as text and a day as its midnight. Columns that explain an answer (the number that it
is ranked by) may stand beside those that were asked for. Four figures are reported: right, wrong, asked back, declined.

`python -m tests.conformance.spider_customer [DATABASE …]` prints them with every wrong answer; without names it writes
benchmarks/results/spider.json too.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from itertools import permutations
from pathlib import Path
from typing import Any, Final

from assistant.answer import Answer, Clarification, Finished, Reply
from assistant.bootstrap import open_resources
from assistant.core import Assistant
from assistant.interpreters.grammar import cues
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.language import language_of
from assistant.settings import Settings
from semantic_layer.errors import UserError
from semantic_layer.ingestion.draft.placing import draft_folder
from semantic_layer.ingestion.draft.types import DeclaredLink, Described
from semantic_layer.query.plan import ListPeople
from tests.conformance.material import ROOT, Score, folder, json_lines

SECONDS: Final = 30  # for one question
TODAY: Final = date(2026, 1, 1)  # of databases without any dates
RESULT: Final = ROOT / "benchmarks" / "results" / "spider.json"
KINDS: Final = ("right", "wrong", "asked_back", "declined")
_MOST_COLUMNS: Final = 7
Cell = str | float | None
Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question; `told` is what was answered or why it was not."""

    id: str
    kind: str
    question: str
    told: str


def described(tables: Mapping[str, Any]) -> Described:
    """The published description of one database: readable names, keys and foreign keys."""
    names = [str(name).lower() for name in tables["table_names_original"]]
    columns = [(names[at] if at >= 0 else "", str(name).lower()) for at, name in tables["column_names_original"]]
    readable = [str(name) for _, name in tables["column_names"]]
    return Described(
        tables=dict(zip(names, map(str, tables["table_names"]), strict=True)),
        columns={place: said for place, said in zip(columns, readable, strict=True) if place[0]},
        keys={columns[at][0]: (columns[at][1],) for at in tables["primary_keys"]},
        links=tuple(
            DeclaredLink(columns[at][0], (columns[at][1],), columns[to][0], (columns[to][1],))
            for at, to in tables["foreign_keys"]
        ),
    )


# ---- rows


def plain(value: object) -> Cell:
    """A value as it is compared: numbers as such, days and moments as text."""
    match value:
        case None:
            return None
        case bool() | int() | float() | Decimal():
            return float(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")[:19]
        case date():
            return value.isoformat()
    text = str(value).strip()
    try:
        return float(text)
    except ValueError:
        return text.removesuffix(" 00:00:00")


def alike(mine: Sequence[Row], wanted: Sequence[Row]) -> bool:
    """The same rows, as multisets, by some choice of as many columns of `mine` as were wanted."""
    if len(mine) != len(wanted):
        return False
    if not wanted:
        return True
    goal = _in_order([[plain(cell) for cell in row] for row in wanted])
    rows = [[plain(cell) for cell in row[:_MOST_COLUMNS]] for row in mine]
    chosen = permutations(range(len(rows[0])), len(goal[0]))
    return any(_equal(_in_order([[row[at] for at in columns] for row in rows]), goal) for columns in chosen)


def _in_order(rows: list[list[Cell]]) -> list[list[Cell]]:
    return sorted(rows, key=lambda row: [_place(cell) for cell in row])


def _place(cell: Cell) -> tuple[int, float, str]:
    if cell is None:
        return (0, 0.0, "")
    return (1, round(cell, 4), "") if isinstance(cell, float) else (2, 0.0, cell)


def _equal(left: list[list[Cell]], right: list[list[Cell]]) -> bool:
    return all(_same(a, b) for mine, wanted in zip(left, right, strict=True) for a, b in zip(mine, wanted, strict=True))


def _same(left: Cell, right: Cell) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-6 * max(1.0, abs(left), abs(right))
    return left == right


# ---- questions


def ask(assistant: Assistant, question: str) -> Reply | None:
    """The reply as soon as its rows are there; what may be asked next is not looked for."""
    reply: Reply | None = None
    for event in assistant.stream(question):
        if isinstance(event, Finished):
            reply = event.reply
            waits = isinstance(reply, Answer) and isinstance(reply.plan.steps[0], ListPeople) and reply.people is None
            if not waits:
                return reply
    return reply


def judged(reply: Reply | None, row: Mapping[str, Any]) -> Outcome:
    number, question = str(row["id"]), str(row["en"])
    if isinstance(reply, Answer):
        table = reply.table or reply.people
        right = table is not None and alike(table.rows, row["gold_rows"])
        told = reply.text if table is None else str(table.rows[:3])
        return Outcome(number, "right" if right else "wrong", question, f"{told} instead of {row['gold_rows'][:3]}")
    if isinstance(reply, Clarification):
        unknown = ", ".join(reply.unexplained)
        return Outcome(number, "asked_back", question, f"not understood: {unknown}" if unknown else reply.question)
    return Outcome(number, "declined", question, reply.reason if reply else "no reply")


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raises `TimeoutError` inside when it takes longer."""

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def database(name: str, tables: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """Draft one database and ask all its questions, as the administrator, for personal columns are asked for too."""
    material = folder("spider_customer")
    assert material is not None, "the material is not there"
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / name
        source = material / "databases" / f"{name}.sqlite"
        draft_folder(source, target, today=TODAY, progress=lambda *_: None, described=described(tables))
        settings = Settings(data=str(target), home=Path(place) / "home", mode="offline", role="admin", threads=1)
        resources, user = open_resources(settings, by_meaning=False)
        assistant = Assistant(resources, user=user)
        return [_answered(assistant, row) for row in rows]


def _unread(interpreter: GrammarInterpreter, question: str) -> str | None:
    """What becomes of a question that has no reading, before anybody looks for what could have been meant instead, which
    takes most of the time and changes none of the figures. `None` when it has one or several.
    """
    parts, normalised, language = interpreter._parts, normalise(question), language_of(question)
    text = normalised.text
    if cues.declined(text, language, parts.linker.names(text), parts.linker.recurring(text)) is not None:
        return "declined"
    mentions = parts.linker.link(normalised)
    if parts.decider.refused(normalised, mentions, language) is not None:
        return "declined"
    return None if parts.parser.readings(mentions) else "asked_back"


def _answered(assistant: Assistant, row: Mapping[str, Any]) -> Outcome:
    try:
        with at_most(SECONDS):
            unread = _unread(assistant.resources.interpreter, str(row["en"]))
            if unread is not None:
                return Outcome(str(row["id"]), unread, str(row["en"]), "not read")
            return judged(ask(assistant, str(row["en"])), row)
    except TimeoutError:
        return Outcome(str(row["id"]), "declined", str(row["en"]), f"no reply within {SECONDS} seconds")
    except UserError as error:
        return Outcome(str(row["id"]), "declined", str(row["en"]), error.message.en)


def outcomes(wanted: Sequence[str] = ()) -> list[Outcome]:
    """Of all databases, or of those that are named; each in a process of its own, which gives its memory back."""
    material = folder("spider_customer")
    assert material is not None, "the material is not there"
    tables = json.loads((material / "tables.json").read_text(encoding="utf-8"))
    rows: list[Mapping[str, Any]] = list(json_lines(material / "questions.jsonl"))
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1), max_tasks_per_child=1) as pool:
        names = [one["db_id"] for one in tables if not wanted or one["db_id"] in wanted]
        several = [[row for row in rows if row["db_id"] == name] for name in names]
        known = {one["db_id"]: one for one in tables}
        found: list[Outcome] = []
        for name, some in zip(names, pool.map(database, names, [known[n] for n in names], several), strict=True):
            counted = Counter(one.kind for one in some)
            print(f"{name:35} {' '.join(f'{counted[kind]:5} {kind}' for kind in KINDS)}", flush=True)
            found.extend(some)
    return found


def suite() -> Score:
    score = Score(informative=True)
    found = outcomes()
    for one in found:
        score.judge(f"{one.kind} · {one.id} · {one.question} · {one.told}", right=one.kind == "right")
    score.wrong.sort(key=lambda line: not line.startswith("wrong"))
    counted = Counter(one.kind for one in found)
    score.note = ", ".join(f"{counted[kind]} {kind}" for kind in KINDS)
    return score


SUITES: Mapping[str, Callable[[], Score]] = {"spider_customer": suite}


def main(wanted: Sequence[str]) -> int:
    found = outcomes(wanted)
    counted = Counter(one.kind for one in found)
    for one in found:
        if one.kind == "wrong":
            print(f"wrong: {one.id} {one.question} → {one.told}")
    print(", ".join(f"{counted[kind]} {kind}" for kind in KINDS), f"of {len(found)}")
    if not wanted:
        figures = {kind: counted[kind] for kind in KINDS}
        about = {
            "date": datetime.now(UTC).date().isoformat(),
            "reader": "rules, without a language model",
            "versions": {name: version(name) for name in ("qunxiang", "duckdb", "sqlglot")},
        }
        result = {"questions": len(found), **figures, "about": about}
        RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
