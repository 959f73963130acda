"""Microsoft's Recognizers-Text cases, run as a report: how much of general phrasing the time and number readers know.

There is no bar: ranges end inside here and outside there, "last n days" holds today here, and so on. Phrases about hours, about the future, and calendars we do not keep are left out and counted as such.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.numbers import NumberKind, find_numbers
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.calendar.arithmetic import BEGINNING
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.model.types import Conventions
from tests.conformance.material import Score, folder

HOUR_KINDS = {"datetime", "datetimerange", "time", "timerange", "duration", "set", "datetimealt"}

Days = tuple[date | None, date | None]


def report() -> Score:
    return Score(informative=True, note="a report without a bar")


def cases(name: str) -> Iterator[Mapping[str, Any]]:
    material = folder("recognizers_text")
    assert material is not None, "the material is not there"
    with (material / name).open(encoding="utf-8") as lines:
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


def times(language: str) -> Score:
    """Sentences with dates: every date found, and nothing else."""
    score = report()
    for case in cases(f"datetime_{language}.jsonl"):
        if case["kind"] == "negative":
            continue
        expected = "time of day or duration" if case["kind"] == "other" else expected_days(case)
        if isinstance(expected, str):
            score.excluded.append(f"{case['id']}: {expected}")
            continue
        found = found_days(case["input"], case["ref"])
        score.judge(f"{case['id']}: {case['input']}", right=agrees(found, expected, today_of(case["ref"])))
    return score


def no_times(language: str) -> Score:
    """Sentences in which upstream finds no date; some hold one that upstream does not know (Sales for last quarter)."""
    score = report()
    for case in cases(f"datetime_{language}.jsonl"):
        if case["kind"] == "negative":
            score.judge(f"{case['id']}: {case['input']}", right=not found_days(case["input"], case["ref"]))
    return score


KINDS = {"NumberModel": None, "OrdinalModel": NumberKind.ORDINAL, "PercentModel": NumberKind.PERCENT}


def numbers(language: str) -> Score:
    """Numbers, ordinals and percents: the values, in order."""
    score = report()
    for case in cases(f"number_{language}.jsonl"):
        wanted = [_value(result["resolution"].get("value", "")) for result in case["results"]]
        if case["kind"] not in KINDS or None in wanted:
            score.excluded.append(f"{case['id']}: {case['kind']}")
            continue
        kind = KINDS[case["kind"]]
        scale = 100 if kind is NumberKind.PERCENT else 1
        mentions = find_numbers(normalise(case["input"]).text)
        values = [mention.value * scale for mention in mentions if kind is None or mention.kind is kind]
        score.judge(
            f"{case['id']}: {case['input']}", right=_alike(values, [value for value in wanted if value is not None])
        )
    return score


def _alike(values: list[float], wanted: list[float]) -> bool:
    if len(values) != len(wanted):
        return False
    return all(abs(mine - theirs) <= 1e-6 * max(1.0, abs(theirs)) for mine, theirs in zip(values, wanted, strict=True))


def _value(written: str | None) -> float | None:
    try:
        return float((written or "").rstrip("%"))
    except ValueError:
        return None


SUITES: Mapping[str, Callable[[], Score]] = {
    f"recognizers_{name}_{language}": partial(suite, language)
    for language in ("zh", "en")
    for name, suite in (("times", times), ("no_times", no_times), ("numbers", numbers))
}
