"""Microsoft's Recognizers-Text cases, run as a report: how much of general phrasing the time and number readers know.

There is no bar. Phrases about hours, about the future, and calendars we do not keep are left out and counted as such.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.numbers import NumberKind, find_numbers
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.calendar.arithmetic import BEGINNING
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.model.types import Conventions

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "recognizers_text"
HOUR_KINDS = {"datetime", "datetimerange", "time", "timerange", "duration", "set", "datetimealt"}

Days = tuple[date | None, date | None]


@dataclass
class Tally:
    """Results of one suite. `examples` holds a few wrong cases for whoever improves the readers."""

    passed: int = 0
    wrong: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, right: bool, example: str) -> None:
        self.passed += right
        self.wrong += not right
        if not right:
            self.examples.append(example)

    def as_dict(self) -> dict[str, Any]:
        left_out = [f"{why}: {count}" for why, count in sorted(self.excluded.items())]
        return {"passed": self.passed, "total": self.passed + self.wrong, "wrong": self.wrong, "excluded": left_out}


def cases(name: str) -> Iterator[Mapping[str, Any]]:
    with (FOLDER / name).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def today_of(reference: str | None) -> date:
    return date(2026, 10, 31) if reference is None else datetime.fromisoformat(reference).date()


def finder(reference: str | None) -> TimeFinder:
    return TimeFinder(CompanyCalendar(Conventions(), (), today_of(reference)))


def found_days(text: str, reference: str | None) -> set[tuple[Days, Days]]:
    """For each surest time in the text: the days meant, and the same cut at the reference day."""
    found = finder(reference)
    best: dict[tuple[int, int], tuple[Days, Days]] = {}
    for mention in found.find(normalise(text).text):
        if mention.time is not None and mention.confidence > 0.5:
            whole, cut = found.calendar.whole(mention.time), found.calendar.resolve(mention.time)
            start = None if whole.start == BEGINNING else whole.start
            best.setdefault((mention.start, mention.end), ((start, whole.end), (start, cut.end)))
    return set(best.values())


def expected_days(case: Mapping[str, Any]) -> list[list[Days]] | str:
    """The days of each span, all its readings; or the reason why the case is left out."""
    spans: list[list[Days]] = []
    for result in case["results"]:
        if result["type"] in HOUR_KINDS:
            return "time of day or duration"
        readings = []
        for each in result["ranges"]:
            start = None if each["start"] is None else datetime.fromisoformat(each["start"])
            end = None if each["end_exclusive"] is None else datetime.fromisoformat(each["end_exclusive"])
            if any(edge is not None and edge.time() != datetime.min.time() for edge in (start, end)):
                return "time of day or duration"
            last = None if end is None else end.date() - timedelta(days=1)
            readings.append((None if start is None else start.date(), last))
        spans.append(readings)
    today = today_of(case["ref"])
    if any(all(start is not None and start > today for start, _ in readings) for readings in spans):
        return "in the future"
    return spans


def agrees(found: set[tuple[Days, Days]], expected: list[list[Days]], today: date) -> bool:
    """Every span is found with one of its readings, and nothing else is found."""
    left = set(found)
    for readings in expected:
        wanted = {(start, end or today) for start, end in readings}
        hit = next((each for each in left if each[0] in wanted or each[1] in wanted), None)
        if hit is None:
            return False
        left.discard(hit)
    return not left


def score_times(language: str) -> tuple[Tally, Tally]:
    """Ranges, and sentences that hold no date."""
    ranges, negatives = Tally(), Tally()
    for case in cases(f"datetime_{language}.jsonl"):
        if case["kind"] == "other":
            ranges.excluded["time of day or duration"] += 1
            continue
        try:
            found = found_days(case["input"], case["ref"])
        except (TypeError, ValueError, KeyError) as error:
            raise AssertionError(f"{case['id']}: {case['input']!r} raised {error!r}") from error
        shown = f"{case['input']} -> {sorted(map(str, found))}"
        if case["kind"] == "negative":
            negatives.add(not found, shown)
            continue
        expected = expected_days(case)
        if isinstance(expected, str):
            ranges.excluded[expected] += 1
            continue
        today = today_of(case["ref"])
        ranges.add(agrees(found, expected, today), f"{shown} | expected {expected} at {today}")
    return ranges, negatives


def score_numbers(language: str) -> Tally:
    """Numbers, ordinals and percents: the values, in order."""
    tally = Tally()
    kinds = {"NumberModel": None, "OrdinalModel": NumberKind.ORDINAL, "PercentModel": NumberKind.PERCENT}
    for case in cases(f"number_{language}.jsonl"):
        if case["kind"] not in kinds:
            tally.excluded[case["kind"]] += 1
            continue
        wanted = [_value(result["resolution"].get("value", "")) for result in case["results"]]
        if any(value is None for value in wanted):
            tally.excluded["no single value"] += 1
            continue
        want_kind = kinds[case["kind"]]
        mentions = find_numbers(normalise(case["input"]).text)
        values = [m.value * (100 if want_kind is NumberKind.PERCENT else 1) for m in mentions if want_kind is None or m.kind is want_kind]
        right = len(values) == len(wanted) and all(
            abs(mine - theirs) <= 1e-6 * max(1.0, abs(theirs)) for mine, theirs in zip(values, wanted, strict=True) if theirs is not None
        )
        tally.add(right, f"{case['kind']} {case['input']} -> {values} | expected {wanted}")
    return tally


def _value(written: str | None) -> float | None:
    try:
        return float((written or "").rstrip("%"))
    except ValueError:
        return None


def score() -> dict[str, dict[str, Any]]:
    """All suites, for the conformance runner."""
    results: dict[str, dict[str, Any]] = {}
    for language in ("zh", "en"):
        ranges, negatives = score_times(language)
        results[f"recognizers_times_{language}"] = ranges.as_dict()
        results[f"recognizers_no_time_{language}"] = negatives.as_dict()
        results[f"recognizers_numbers_{language}"] = score_numbers(language).as_dict()
    return results


@pytest.mark.skipif(not FOLDER.exists(), reason="the public conformance suites are not beside the project")
def test_reads_general_phrasings_without_failing() -> None:
    results = score()
    assert set(results) == {f"recognizers_{what}_{language}" for what in ("times", "no_time", "numbers") for language in ("zh", "en")}
    for name, result in results.items():
        assert result["total"] > 0, name
        assert result["passed"] > 0, name
