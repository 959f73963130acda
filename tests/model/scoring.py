"""Says of a reply whether it is right: held against rows that a query written by hand gave, never against a plan."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol, assert_never

import duckdb
import yaml

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.core import Assistant
from semantic_layer.errors import Language, UserError
from semantic_layer.query.plan import Audience, ListPeople, Plan
from semantic_layer.table import Cell, Table

HERE = Path(__file__).parent
TOLERANCE = 1e-6
MOST_ROWS = 12  # a number is looked for in a table that one can take in at a glance
CERTAIN = 1000  # a smaller whole number stands in a table of several rows by chance
NUMBERS = ("metric", "previous", "change", "change_rate", "share", "rank")
UNKNOWN = ("", "未知", "unknown")

Row = tuple[Any, ...]
Label = tuple[str, ...]


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"  # an answer that does not hold what the query gave
    ASKED = "asked"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question in one language; `oracles` name the blocks of which any is right."""

    id: str
    kind: str
    language: Language
    text: str
    shape: Literal["number", "groups", "people", "values"]
    oracles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`first_right`: of a question back, the first meaning offered is the right one."""

    verdict: Verdict
    first_right: bool = False


class Reads(Protocol):
    """What judging needs besides the reply itself."""

    def keys(self, audience: Audience) -> Collection[Cell]:
        """Keys of the people of an audience."""
        ...

    def reply_to(self, plan: Plan, language: Language) -> Reply:
        """The reply that choosing an option gives."""
        ...

    def stored(self, source: str, shown: str) -> str:
        """The stored value behind a label of a field, or the label itself."""
        ...


class Company:
    """`Reads` through an open assistant."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        model = assistant.resources.layer.index.model
        self._stored = {
            (field.qualified, label): str(value.value)
            for field in (*model.dimensions, *model.tags)
            for value in field.values
            for label in (value.label.zh, value.label.en)
        }

    def keys(self, audience: Audience) -> Collection[Cell]:
        try:
            return frozenset(self._assistant.resources.layer.keys(audience, self._assistant.user))
        except UserError:  # who cannot be listed is nobody; the other questions are still to be asked
            return frozenset()

    def reply_to(self, plan: Plan, language: Language) -> Reply:
        return self._assistant.run(plan, language=language)

    def stored(self, source: str, shown: str) -> str:
        return self._stored.get((source, shown), shown)


def questions(part: Literal["declined", "answered"] = "declined") -> tuple[Question, ...]:
    """The questions of a part of `declined.yml`, one a language, in the order of the file."""
    rows = yaml.safe_load((HERE / "declined.yml").read_text(encoding="utf-8"))[part]
    return tuple(
        Question(
            id=row["id"],
            kind=row["kind"],
            language=language,
            text=row[language],
            shape=row["shape"],
            oracles=(row["oracle"],) if isinstance(row["oracle"], str) else tuple(row["oracle"]),
        )
        for row in rows
        for language in ("zh", "en")
        if language in row
    )


def right_rows(snapshot: Path) -> dict[str, list[Row]]:
    """What every named block of `oracles.sql` gives over a loaded company."""
    text = (HERE / "oracles.sql").read_text(encoding="utf-8")
    blocks = re.findall(r"-- (name|view): (\w+)\n(.*?)(?=\n-- (?:name|view):|\Z)", text, re.DOTALL)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{snapshot}' AS demo (READ_ONLY)")
        connection.execute("SET search_path = 'demo.main,memory.main'")
        for kind, name, body in blocks:
            if kind == "view":
                connection.execute(f"CREATE TABLE memory.main.{name} AS {body}")
        return {name: connection.execute(body).fetchall() for kind, name, body in blocks if kind == "name"}


def judge(reply: Reply, question: Question, expected: Sequence[Sequence[Row]], reads: Reads) -> Judgement:
    """The verdict on one reply; `expected` are the rows of each of the question's oracles."""
    match reply:
        case Answer():
            return Judgement(verdict=Verdict.RIGHT if _right(reply, question, expected, reads) else Verdict.WRONG)
        case Clarification(options=options):
            chosen = reads.reply_to(options[0].plan, reply.language) if options else None
            right = isinstance(chosen, Answer) and _right(chosen, question, expected, reads)
            return Judgement(verdict=Verdict.ASKED, first_right=right)
        case Refusal():
            return Judgement(verdict=Verdict.DECLINED)
        case _:
            assert_never(reply)


def _right(answer: Answer, question: Question, expected: Sequence[Sequence[Row]], reads: Reads) -> bool:
    match question.shape:
        case "number":
            return any(_holds_numbers(answer, rows[0]) for rows in expected)
        case "groups":
            return any(_holds_groups(answer, rows, reads) for rows in expected)
        case "people":
            return any(_holds_people(answer, rows, reads) for rows in expected)
        case "values":
            return any(_holds_values(answer, rows) for rows in expected)
        case _:
            assert_never(question.shape)


def _holds_numbers(answer: Answer, wanted: Row) -> bool:
    if len(wanted) == 1 and 0 < wanted[0] < 1 and _tells_share(answer.text, float(wanted[0])):
        return True
    rows = len(answer.table) if answer.table is not None else 0
    if rows > MOST_ROWS or (rows > 1 and not any(_certain(number) for number in wanted)):
        return False
    found = [float(cell) for cell in _figures(answer.table)] + _headline(answer)
    return all(_within(number, found) for number in wanted)


def _holds_groups(answer: Answer, rows: Sequence[Row], reads: Reads) -> bool:
    """Every known group with its numbers and no other; the one at the top may be followed by the rest of the ranking."""
    found = _groups(answer.table, reads) if answer.table is not None else {}
    wanted = dict(filter(_tells, (_split(row) for row in rows)))
    if len(wanted) == 1 and found:
        found = dict([next(iter(found.items()))])
    return found.keys() == wanted.keys() and all(
        _within(number, found[label]) for label, numbers in wanted.items() for number in numbers
    )


def _holds_people(answer: Answer, rows: Sequence[Row], reads: Reads) -> bool:
    lists = [step for step in answer.plan.steps if isinstance(step, ListPeople)]
    if lists:
        wanted = {key for (key,) in rows}
        return any(set(reads.keys(step.audience)) == wanted for step in lists)
    return _holds_numbers(answer, (len(rows),))


def _holds_values(answer: Answer, rows: Sequence[Row]) -> bool:
    cells = [str(cell) for row in answer.table or () for cell in row]
    told = [answer.text, *(value for section in answer.sections for _, value in section.lines)]
    return all(
        str(value) in cells or any(str(value) in words or _in_chinese(value) in words for words in told)
        for row in rows
        for value in row
    )


def _groups(table: Table, reads: Reads) -> dict[Label, list[float]]:
    """Label → numbers of each row whose labels are known and which counts something."""
    labels = [(i, column) for i, column in enumerate(table.columns) if column.role in ("group", "time")]
    numbers = [i for i, column in enumerate(table.columns) if column.role in NUMBERS]
    rows = (
        (
            tuple(sorted(_label(reads.stored(column.source, str(row[i])), row[i]) for i, column in labels)),
            [float(cell) for i in numbers if _is_number(cell := row[i])],
        )
        for row in table
    )
    return dict(filter(_tells, rows)) if labels else {}


def _split(row: Row) -> tuple[Label, list[float]]:
    """An oracle's row: texts and days in front are its label, numbers follow."""
    first = next((i for i, cell in enumerate(row) if _is_number(cell)), len(row))
    return (
        tuple(sorted(_label(str(cell), cell) for cell in row[:first])),
        [float(cell) for cell in row[first:] if cell is not None],
    )


def _tells(group: tuple[Label, list[float]]) -> bool:
    label, numbers = group
    return not any(part in UNKNOWN for part in label) and any(number != 0 for number in numbers)


def _label(stored: str, cell: Cell) -> str:
    """One way of writing a label: periods by their first day, nothing as nothing."""
    if cell is None:
        return ""
    if month := re.fullmatch(r"(\d{4})-(\d\d)", stored):
        return f"{month[1]}-{month[2]}-01"
    if quarter := re.fullmatch(r"(\d{4}) Q([1-4])", stored):
        return f"{quarter[1]}-{int(quarter[2]) * 3 - 2:02}-01"
    return stored[:10] if isinstance(cell, date) else stored


def _figures(table: Table | None) -> list[int | float | Decimal]:
    if table is None:
        return []
    columns = [i for i, column in enumerate(table.columns) if column.role in NUMBERS]
    return [cell for row in table for i in columns if _is_number(cell := row[i])]


def _headline(answer: Answer) -> list[float]:
    """The big number, as it is written in full: ¥823,858.10."""
    exact = answer.headline.exact if answer.headline is not None else ""
    number = re.search(r"-?\d[\d,]*(?:\.\d+)?", exact)
    if number is None:
        return []
    return [float(number[0].replace(",", "")) / (100 if "%" in exact else 1)]


def _tells_share(text: str, share: float) -> bool:
    """Of all customers, a part is told beside every count of people, to one decimal."""
    return re.search(rf"(?<![\d.]){re.escape(f'{share:.1%}')}", text) is not None


def _within(number: Any, found: Sequence[float]) -> bool:
    return any(math.isclose(float(number), other, rel_tol=TOLERANCE, abs_tol=1e-9) for other in found)


def _certain(number: Any) -> bool:
    return abs(number) >= CERTAIN or not float(number).is_integer()


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def _in_chinese(value: Any) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, date) else str(value)
