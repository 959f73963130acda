"""What belongs to the company rather than to one entity: conventions, ambiguous words, near misses, samples."""

from __future__ import annotations

from typing import Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from semantic_layer.errors import Text
from semantic_layer.model.read_calendar import check_day, read_fiscal_weeks
from semantic_layer.model.section import Section
from semantic_layer.model.types import Ambiguity, Conventions, NearMiss, SampleQuestion


def read_conventions(section: Section) -> Conventions:
    basis = Conventions()
    fiscal = section.section("fiscal_calendar")
    found = Conventions(
        time_zone=section.text_of("time_zone", default=basis.time_zone),
        week_start=cast(
            "Literal['monday', 'sunday']", section.word_of("week_start", ("monday", "sunday"), default=basis.week_start)
        ),
        fiscal_year_start=section.whole("fiscal_year_start", default=basis.fiscal_year_start),
        fiscal_weeks=read_fiscal_weeks(fiscal) if fiscal else None,
        default_window=section.text_of("default_window", default=basis.default_window),
        as_of=section.text_of("as_of") or None,
        as_of_from=section.text_of("as_of_from") or None,
        currency=section.text_of("currency", default=basis.currency),
        missing=cast(
            "Literal['zero', 'unknown']", section.word_of("missing", ("zero", "unknown"), default=basis.missing)
        ),
        minimum_group=section.whole("minimum_group", default=basis.minimum_group),
    )
    if not 1 <= found.fiscal_year_start <= 12:
        section.report("fiscal_year_start", f"There is no month {found.fiscal_year_start}.", "Write a month, 1 to 12.")
    if fiscal is not None and section.has("fiscal_year_start"):
        message = "The fiscal year begins with a month, and by 'fiscal_calendar' it is made of weeks."
        section.report("fiscal_year_start", message, "Keep one of the two.")
    if found.as_of is not None:
        check_day(section, "as_of", found.as_of)
    try:
        ZoneInfo(found.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        section.report("time_zone", f"There is no time zone {found.time_zone!r}.", "Write one such as Asia/Shanghai.")
    section.finish()
    return found


def read_ambiguity(section: Section) -> tuple[Ambiguity, ...]:
    """One entry may name several words (客单, unit price) that share their meanings."""
    words = section.texts("words", required=True)
    meanings = section.texts("meanings", required=True)
    default = section.text_of("default") or None
    if default is not None and default not in meanings:
        section.report("default", f"{default!r} is not one of the meanings.", f"Write one of {', '.join(meanings)}.")
    if len(meanings) == 1:
        section.report("meanings", "One meaning is not ambiguous.", "Add a second one, or make the word a synonym.")
    section.finish()
    return tuple(Ambiguity(word=word, meanings=meanings, default=default) for word in words or ("",))


def read_near_miss(section: Section) -> NearMiss:
    found = NearMiss(
        words=section.texts("words", required=True),
        offer=section.texts("offer"),
        why=section.bilingual("why"),
    )
    section.finish()
    return found


def read_sample(section: Section) -> SampleQuestion:
    found = SampleQuestion(text=Text(section.text_of("zh", required=True), section.text_of("en", required=True)))
    section.finish()
    return found
