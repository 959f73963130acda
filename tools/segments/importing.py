"""A list of identifiers against the customers: who is meant, and every value that names nobody, twice the same, or several."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyroaring import BitMap

from semantic_layer.errors import Language, Text
from semantic_layer.model.nearest import nearest
from tools.export.files import neutral
from tools.segments.given import Given, plain
from tools.segments.identifiers import Known, is_hash, loosely

_MOST_NEAREST: Final = 20
"""Values for which near ones are looked for: each is held against all."""
_SAME_LENGTH: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A value that names nobody; `near` are values that differ little."""

    row: int
    value: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A value that names several customers."""

    row: int
    value: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A value that stood before; `first` is the row in which it did."""

    row: int
    value: str
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of each row: `rows == matched + blank + repeated + unmatched + doubtful`.

    `keys` are the customers; several values may name one. `loosely` are the matched rows whose value was written otherwise.
    """

    field: str
    rows: int
    keys: BitMap
    matched: int
    loosely: tuple[int, ...]
    blank: tuple[int, ...]
    repeated: tuple[Repeated, ...]
    unmatched: tuple[Unmatched, ...]
    doubtful: tuple[Doubt, ...]
    source: str = ""

    @property
    def whole(self) -> bool:
        """Whether every row named one customer."""
        return self.matched == self.rows


def matched(given: Given, known: Known, field: str) -> Report:
    """Looks up every value; none is left out of the report."""
    keys = BitMap()
    found, blank, loose = 0, [], []
    repeated: list[Repeated] = []
    missing: list[tuple[int, str]] = []
    doubtful: list[Doubt] = []
    seen: dict[str, int] = {}
    for row, raw in given.values:
        value = plain(raw)
        if not value:
            blank.append(row)
            continue
        form = value.lower() if is_hash(value) else value
        if form in seen:
            repeated.append(Repeated(row=row, value=value, first=seen[form]))
            continue
        seen[form] = row
        people, by_form = known.find(value)
        if len(people) > 1:
            doubtful.append(Doubt(row=row, value=value, people=len(people)))
        elif not people:
            missing.append((row, value))
        else:
            found += 1
            keys.update(people)
            if by_form:
                loose.append(row)
    return Report(
        field=field,
        rows=len(given.values),
        keys=keys,
        matched=found,
        loosely=tuple(loose),
        blank=tuple(blank),
        repeated=tuple(repeated),
        unmatched=tuple(_with_near(missing, known)),
        doubtful=tuple(doubtful),
        source=given.source,
    )


def _with_near(missing: Sequence[tuple[int, str]], known: Known) -> Iterator[Unmatched]:
    values = known.values() if missing else ()
    for place, (row, value) in enumerate(missing):
        near: tuple[str, ...] = ()
        if place < _MOST_NEAREST and not is_hash(value):
            alike = [one for one in values if abs(len(one) - len(value)) <= _SAME_LENGTH and _begins_alike(one, value)]
            near = nearest(value, alike)
        yield Unmatched(row=row, value=value, near=near)


def _begins_alike(one: str, other: str) -> bool:
    """A slip is seldom at both ends, so one half is the same; what is not alike there need not be compared."""
    first, second = loosely(one), loosely(other)
    half = max(1, len(second) // 2)
    return first[:half] == second[:half] or first[-half:] == second[-half:]


def report_text(report: Report) -> Text:
    """The report in a sentence or two."""
    zh = [f"共 {report.rows:,} 行，{report.matched:,} 行对上 {len(report.keys):,} 位客户"]
    en = [f"{report.rows:,} rows: {report.matched:,} name {len(report.keys):,} customers"]
    for count, said in (
        (len(report.unmatched), Text("行没有对上", "name nobody")),
        (len(report.doubtful), Text("行对上不止一位客户", "name several")),
        (len(report.repeated), Text("行与前面重复", "repeat one before")),
        (len(report.blank), Text("行是空的", "are blank")),
    ):
        if count:
            zh.append(f"{count:,} {said.zh}")
            en.append(f"{count:,} {said.en}")
    if report.loosely:
        zh.append(f"其中 {len(report.loosely):,} 行写法不同但能认出")
        en.append(f"{len(report.loosely):,} were written otherwise and recognised")
    return Text("，".join(zh) + "。", ", ".join(en) + ".")


def report_csv(report: Report, language: Language) -> str:
    """Every row that did not count, with why, as CSV."""
    head = (Text("行", "row"), Text("值", "value"), Text("原因", "why"), Text("相近的值", "near"))
    rows: list[tuple[int, str, Text, str]] = [
        *((row, "", Text("空", "blank"), "") for row in report.blank),
        *(
            (one.row, one.value, Text(f"与第 {one.first} 行重复", f"repeats row {one.first}"), "")
            for one in report.repeated
        ),
        *((one.row, one.value, Text("没有这位客户", "names nobody"), " ".join(one.near)) for one in report.unmatched),
        *(
            (one.row, one.value, Text(f"对上 {one.people} 位客户", f"names {one.people} customers"), "")
            for one in report.doubtful
        ),
    ]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([cell.in_(language) for cell in head])
    for row, value, why, near in sorted(rows, key=lambda one: one[0]):
        writer.writerow([row, neutral(value), why.in_(language), neutral(near)])
    return file.getvalue()
