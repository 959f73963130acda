"""The time grammar as a table: sequences of pieces and what they build. `?` marks a piece that may be absent.

Three layers, each over the pieces of the ones below: points (a time by itself), ranges (from one point to another),
contrasts (held against another time). The order of rules does not matter; the longest phrase wins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.interpreters.grammar import times_build as build


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` holds for each element its possible kinds and whether it may be absent."""

    pattern: tuple[tuple[tuple[str, ...], bool], ...]
    build: Callable[[build.Phrase], build.Meanings]


def _rule(pattern: str, builder: Callable[[build.Phrase], build.Meanings]) -> Rule:
    elements = tuple((tuple(each.rstrip("?").split("|")), each.endswith("?")) for each in pattern.split())
    return Rule(elements, builder)


_YEAR = "year|shortyear|bareyear"
_MONTH = "month|monthname"

POINTS = (
    _rule("year", build.whole_year),
    _rule("shortyear|bareyear", build.doubtful_year),
    _rule("inword bareyear", build.year_after_word),
    _rule("inword bareyear dash? quarter", build.in_year_quarter),
    _rule("quarter theyear", build.quarter_year),
    _rule("half theyear", build.half_year_of),
    _rule("firstn num unit theyear", build.leading),
    _rule("num|nth dash monthname dash bareyear", build.dashed_day),
    _rule(f"at|between? {_MONTH} and {_MONTH} betweentail", build.months),
    _rule(f"at|between? {_YEAR} {_MONTH} and {_MONTH} betweentail", build.year_months),
    _rule("fiscalyear", build.fiscal_year),
    _rule("decade", build.decade),
    _rule("half", build.half),
    _rule(f"{_YEAR} dash? half|shorthalf", build.year_half),
    _rule(f"half|shorthalf {_YEAR}", build.half_year_of),
    _rule("quarter", build.quarter),
    _rule(f"{_YEAR} dash? quarter", build.year_quarter),
    _rule(f"quarter dash? {_YEAR}", build.quarter_year),
    _rule(f"{_YEAR}? quarter to quarter {_YEAR}?", build.quarters),
    _rule(f"between quarter and quarter {_YEAR}?", build.quarters),
    _rule(_MONTH, build.month),
    _rule(f"{_YEAR} {_MONTH}", build.year_month),
    _rule(f"{_MONTH} {_YEAR}", build.month_year),
    _rule(f"lastword|thisword monthname", build.near_month),
    _rule("ym", build.figures_month),
    _rule(f"from? {_YEAR} {_MONTH} to {_MONTH}", build.year_months),
    _rule(f"from? {_MONTH} to {_MONTH} {_YEAR}?", build.months),
    _rule(f"between {_MONTH} and {_MONTH} {_YEAR}?", build.months),
    _rule(f"from? {_YEAR}? num to month", build.short_months),
    _rule(f"from? {_YEAR}? month num to day", build.short_days),
    _rule("third", build.third),
    _rule("rel third", build.relative_third),
    _rule("third rel", build.third_relative),
    _rule(f"{_YEAR}? {_MONTH} third", build.month_third),
    _rule("rel", build.relative),
    _rule("bad", build.bad),
    _rule(f"{_YEAR}? badmonth day?", build.bad),
    _rule("date", build.day),
    _rule(f"{_YEAR} month day", build.year_month_day),
    _rule(f"{_YEAR} monthname num|nth", build.year_month_day),
    _rule("month day", build.month_day),
    _rule("monthname num|nth|nthword", build.month_day),
    _rule("nth|num monthname", build.day_month),
    _rule(f"monthname num|nth|nthword {_YEAR}", build.month_day_year),
    _rule(f"nth|num monthname {_YEAR}", build.day_month_year),
    _rule("weekday", build.weekday),
    _rule("lunar", build.lunar),
    _rule("lunar year? month? day|num?", build.lunar),
    _rule("nthword monthname", build.day_month),
    _rule(f"nthword monthname {_YEAR}", build.day_month_year),
    _rule("slashday", build.figures_day),
    _rule("year slashday|dotday", build.year_figures_day),
    _rule("rel day", build.relative_day),
    _rule("day", build.day_alone),
    _rule("from? month day to day", build.days),
    _rule("between month day and day betweentail?", build.days),
    _rule("from? month day to month day", build.days),
    _rule("between month day and month day betweentail?", build.days),
    _rule(f"from? {_YEAR} month day to day", build.year_days),
    _rule(f"from? {_YEAR} month day to month day", build.year_days),
    _rule("from? rel day to day", build.relative_days),
    _rule(f"from? monthname num|nth to monthname num|nth {_YEAR}?", build.days),
    _rule(f"between monthname num|nth and monthname num|nth {_YEAR}?", build.days),
    _rule(f"from? monthname num|nth to num|nth {_YEAR}?", build.days),
    _rule(f"between monthname num|nth and num|nth {_YEAR}?", build.days),
    _rule("from? slashday|dotday to slashday|dotday", build.days),
    _rule("from? year slashday|dotday to slashday|dotday", build.year_days),
    _rule("lately num unit|bareunit durationtail?", build.rolling),
    _rule("pastone unit", build.rolling_one),
    _rule("lately halfyear durationtail?", build.rolling_half_year),
    _rule("lately halfmonth", build.rolling_half_month),
    _rule("within num unit", build.rolling_doubtful),
    _rule("num unit withintail", build.rolling_doubtful),
    _rule("num unit durationtail", build.since_duration),
    _rule("num unit ago", build.ago),
    _rule("year lead num unit|bareunit", build.leading),
    _rule("lead num unit|bareunit", build.leading),
    _rule(f"firstn num unit {_YEAR}", build.leading),
    _rule("fest itself?", build.festival),
    _rule(f"{_YEAR} fest itself?", build.year_festival),
    _rule(f"fest {_YEAR} itself?", build.festival_year),
    _rule(f"fest itself {_YEAR}", build.festival_day_year),
    _rule("lastword|thisword fest itself?", build.near_festival),
    _rule(f"dayof fest {_YEAR}?", build.day_of_festival),
)

RANGES = (
    _rule("from? point to point", build.across),
    _rule("between point and point", build.across),
    _rule("at|between? point and point betweentail", build.across),
    _rule("weekday point", build.named_day),
    _rule("point weekday", build.named_day),
    _rule("between bareyear and bareyear", build.bare_years),
    _rule("from bareyear to bareyear", build.bare_years),
    _rule("since point", build.since),
    _rule("since point sincetail", build.since),
    _rule("from? point sincetail", build.since_tail),
    _rule("from? point to now", build.until_now),
    _rule("between point and now", build.until_now),
    _rule("from? bareyear|shortyear to year", build.year_range),
    _rule("between bareyear|shortyear and year betweentail?", build.year_range),
    _rule("shortyear beforetail", build.before_year),
    _rule("shortyear aftertail", build.after_year),
    _rule("since bareyear", build.since_bare_year),
    _rule("since bareyear sincetail", build.since_bare_year),
    _rule("before point", build.before),
    _rule("point beforetail", build.before),
    _rule("before bareyear", build.before_bare_year),
    _rule("until point endword?", build.until),
    _rule("until? point untiltail", build.until),
    _rule("until bareyear", build.until_bare_year),
    _rule("after point", build.after),
    _rule("point aftertail", build.after),
    _rule("after bareyear", build.after_bare_year),
    _rule("point aftertail num unit", build.just_after),
    _rule("num unit after point", build.just_after),
    _rule("point beforetail num unit", build.just_before),
    _rule("num unit before point", build.just_before),
)

CONTRASTS = (
    _rule("contrast", build.contrast),
    _rule("samebefore", build.same_before_alone),
    _rule("samebefore compared", build.same_before),
    _rule("with samebefore compared", build.same_before),
    _rule("versus samebefore compared?", build.same_before),
    _rule("overword samebefore", build.same_before),
    _rule("with periodbefore|unitbefore compared", build.period_before),
    _rule("versus periodbefore|unitbefore compared?", build.period_before),
    _rule("with point compared", build.against),
    _rule("versus point compared?", build.against),
    _rule("withword samebefore", build.same_before_with),
    _rule("withword point", build.against_with),
    _rule("versus bareyear", build.against_bare_year),
)
