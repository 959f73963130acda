"""Calendars of a company's own: fiscal years made of weeks, and tables that name its periods (seasons, 4-4-5 months)."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, cast

from semantic_layer.model.grain import FiscalWeeks, Grain, OwnPeriod, TimeSpine
from semantic_layer.model.nearest import nearest
from semantic_layer.model.read_entities import read_name
from semantic_layer.model.section import Section
from semantic_layer.model.types import Festival

_PATTERNS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ENDS = re.compile(
    r"(?P<last>last )?(?P<weekday>[a-z]+)(?: of|(?P<nearest> nearest(?: to)?)(?: the)? end of) (?P<month>[a-z]+)"
)
_HOW_ENDS = "Write it as 'last saturday of january' or 'saturday nearest the end of january'."


def read_fiscal_weeks(section: Section) -> FiscalWeeks | None:
    """`fiscal_calendar: {pattern: 4-4-5, ends: last saturday of january, named_by: start}`; `None` when it is faulty."""
    pattern = section.word_of("pattern", tuple(_PATTERNS))
    named_by = section.word_of("named_by", ("end", "start"), default="end")
    text = section.text_of("ends", required=True)
    section.finish()
    found = _ENDS.fullmatch(" ".join(text.casefold().split())) if text else None
    if found is None or bool(found["last"]) == bool(found["nearest"]):
        if text:
            section.report("ends", f"{text!r} does not say on which day the fiscal year ends.", _HOW_ENDS)
        return None
    weekday, month = _known(section, found["weekday"], WEEKDAYS), _known(section, found["month"], MONTHS)
    if weekday is None or month is None:
        return None
    return FiscalWeeks(
        pattern=_PATTERNS[pattern],
        weekday=weekday,
        month=month,
        rule="nearest" if found["nearest"] else "last",
        named_by=cast("Literal['end', 'start']", named_by),
    )


def _known(section: Section, word: str, names: tuple[str, ...]) -> int | None:
    """The place of a name, from 1; its first three letters are enough."""
    if len(word) >= 3:
        for place, name in enumerate(names, 1):
            if name.startswith(word):
                return place
    near = nearest(word, names, limit=1)
    kind = "weekday" if names is WEEKDAYS else "month"
    section.report("ends", f"{word!r} is no {kind}.", f"Did you mean {near[0]!r}?" if near else _HOW_ENDS)
    return None


def read_time_spine(section: Section) -> TimeSpine:
    """`{table: calendar, column: day, grain: day, periods: [{name: season, label: {zh: 季节, en: season}}]}`."""
    periods = tuple(_own_period(item) for item in section.sections("periods"))
    found = TimeSpine(
        table=section.text_of("table", required=True),
        column=section.text_of("column", required=True),
        grain=section.choice("grain", Grain, default=Grain.DAY),
        periods=periods,
    )
    section.finish()
    return found


def _own_period(section: Section) -> OwnPeriod:
    """The column is called like the period when nothing else is said."""
    words, name = section.words(), read_name(section)
    found = OwnPeriod(
        name=name, column=section.text_of("column", default=name), label=words.label, synonyms=words.synonyms
    )
    section.finish()
    return found


def read_festival(section: Section) -> Festival:
    """`occurrences` lists the years: `{from: 2026-06-01, to: 2026-06-18, day: 2026-06-18}`, and where orders are taken
    ahead of it `presale: {from: 2026-05-13, to: 2026-05-31}`. Several of one year are waves of the festival.
    """
    spans: list[tuple[str, str]] = []
    days: list[str] = []
    presales: list[tuple[str, str] | None] = []
    for item in section.sections("occurrences", required=True):
        first, last = item.text_of("from", required=True), item.text_of("to", required=True)
        day = item.text_of("day", default=last)
        known = [check_day(item, name, text) for name, text in (("from", first), ("to", last), ("day", day))]
        if all(known) and not first <= day <= last:
            item.report("to", f"{first}, {day}, {last} do not follow each other.", "Put from first, then day, then to.")
        presale = item.section("presale")
        presales.append(_presale(presale, first if known[0] else "") if presale else None)
        item.finish()
        spans.append((first, last))
        days.append(day)
    given = tuple(presales) if any(presales) else ()
    name = read_name(section)
    festival = Festival(name=name, words=section.words(), spans=tuple(spans), days=tuple(days), presales=given)
    section.finish()
    return festival


def _presale(section: Section, begins: str) -> tuple[str, str]:
    first, last = section.text_of("from", required=True), section.text_of("to", required=True)
    known = [check_day(section, name, text) for name, text in (("from", first), ("to", last))]
    if all(known) and first > last:
        section.report("to", f"The presale ends on {last}, before it begins on {first}.", "Swap from and to.")
    elif all(known) and begins and first >= begins:
        message = f"The presale begins on {first}, when the festival itself has begun ({begins})."
        section.report("from", message, "Give a day before the festival's own first day.")
    section.finish()
    return first, last


def check_day(section: Section, name: str, text: str) -> bool:
    """Whether `text` is a day; reports it when it is not."""
    if not text:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        section.report(name, f"{text!r} is not a day of the calendar.", "Write it as 2026-06-18.")
        return False
    return True
