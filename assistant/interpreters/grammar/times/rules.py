"""The time grammar as a table: sequences of pieces and what they build. `?` marks a piece that may be absent.

Three layers, each over the pieces of the ones below: points (a time by itself), ranges (from one point to another),
contrasts (held against another time). The order of rules does not matter; the longest phrase wins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.interpreters.grammar.times import contrasts, days, festivals, lengths, periods, ranges
from assistant.interpreters.grammar.times.phrase import Meanings, Phrase


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """`pattern` holds for each element its possible kinds and whether it may be absent."""

    pattern: tuple[tuple[tuple[str, ...], bool], ...]
    build: Callable[[Phrase], Meanings]


def _rule(pattern: str, builder: Callable[[Phrase], Meanings]) -> Rule:
    elements = tuple((tuple(each.rstrip("?").split("|")), each.endswith("?")) for each in pattern.split())
    return Rule(elements, builder)


_YEAR = "year|shortyear|bareyear"
_MONTH = "month|monthname"
_TAIL = "itself|presale|wave"

POINTS = (
    _rule("year", periods.whole_year),
    _rule("shortyear|bareyear", periods.doubtful_year),
    _rule("inword bareyear", periods.year_after_word),
    _rule("inword bareyear dash? quarter", periods.in_year_quarter),
    _rule("quarter theyear", periods.quarter_year),
    _rule("half theyear", periods.half_year_of),
    _rule("firstn num unit theyear", lengths.leading),
    _rule("num|nth dash monthname dash bareyear", days.dashed_day),
    _rule(f"at|between? {_MONTH} and {_MONTH} betweentail", periods.months),
    _rule(f"at|between? {_YEAR} {_MONTH} and {_MONTH} betweentail", periods.year_months),
    _rule("fiscalyear", periods.fiscal_year),
    _rule("weekno", periods.week),
    _rule(f"{_YEAR} dash? weekno", periods.week),
    _rule(f"weekno {_YEAR}|theyear", periods.week),
    _rule(f"inword {_YEAR} weekno", periods.week),
    _rule("weekend", days.weekend),
    _rule("decade", periods.decade),
    _rule("half", periods.half),
    _rule(f"{_YEAR} dash? half|shorthalf", periods.year_half),
    _rule(f"half|shorthalf {_YEAR}", periods.half_year_of),
    _rule("quarter", periods.quarter),
    _rule(f"{_YEAR} dash? quarter", periods.year_quarter),
    _rule(f"quarter dash? {_YEAR}", periods.quarter_year),
    _rule(f"{_YEAR}? quarter to quarter {_YEAR}?", periods.quarters),
    _rule(f"between quarter and quarter {_YEAR}?", periods.quarters),
    _rule(_MONTH, periods.month),
    _rule(f"{_YEAR} {_MONTH}", periods.year_month),
    _rule(f"{_MONTH} {_YEAR}", periods.month_year),
    _rule("lastword|thisword monthname", periods.near_month),
    _rule("ym", periods.figures_month),
    _rule(f"from? {_YEAR} {_MONTH} to {_MONTH}", periods.year_months),
    _rule(f"from? {_MONTH} to {_MONTH} {_YEAR}?", periods.months),
    _rule(f"between {_MONTH} and {_MONTH} {_YEAR}?", periods.months),
    _rule(f"from? {_YEAR}? num to month", periods.short_months),
    _rule(f"from? {_YEAR}? month num to day", days.short_days),
    _rule("third", periods.third),
    _rule("rel third", periods.relative_third),
    _rule("third rel", periods.third_relative),
    _rule(f"{_YEAR}? {_MONTH} third", periods.month_third),
    _rule("rel", periods.relative),
    _rule("bad", periods.bad),
    _rule(f"{_YEAR}? badmonth day?", periods.bad),
    _rule("date", days.day),
    _rule(f"{_YEAR} month day", days.year_month_day),
    _rule(f"{_YEAR} monthname num|nth", days.year_month_day),
    _rule("month day", days.month_day),
    _rule("monthname num|nth|nthword", days.month_day),
    _rule("nth|num monthname", days.day_month),
    _rule(f"monthname num|nth|nthword {_YEAR}", days.month_day_year),
    _rule(f"nth|num monthname {_YEAR}", days.day_month_year),
    _rule("weekday", days.weekday),
    _rule("lunar", days.lunar),
    _rule("lunar year? month? day|num?", days.lunar),
    _rule("nthword monthname", days.day_month),
    _rule(f"nthword monthname {_YEAR}", days.day_month_year),
    _rule("slashday", days.figures_day),
    _rule("year slashday|dotday", days.year_figures_day),
    _rule("rel day", days.relative_day),
    _rule("day", days.day_alone),
    _rule("from? month day to day", days.days),
    _rule("between month day and day betweentail?", days.days),
    _rule("from? month day to month day", days.days),
    _rule("between month day and month day betweentail?", days.days),
    _rule(f"from? {_YEAR} month day to day", days.year_days),
    _rule(f"from? {_YEAR} month day to month day", days.year_days),
    _rule("from? rel day to day", days.relative_days),
    _rule(f"from? monthname num|nth to monthname num|nth {_YEAR}?", days.days),
    _rule(f"between monthname num|nth and monthname num|nth {_YEAR}?", days.days),
    _rule(f"from? monthname num|nth to num|nth {_YEAR}?", days.days),
    _rule(f"between monthname num|nth and num|nth {_YEAR}?", days.days),
    _rule("from? slashday|dotday to slashday|dotday", days.days),
    _rule("from? year slashday|dotday to slashday|dotday", days.year_days),
    _rule("lately num unit|bareunit durationtail?", lengths.rolling),
    _rule("pastone unit", lengths.rolling_one),
    _rule("lately num hourunit durationtail?", lengths.rolling),
    _rule("pastone|lately hourunit", lengths.rolling_hour),
    _rule("lately halfyear durationtail?", lengths.rolling_half_year),
    _rule("lately halfmonth", lengths.rolling_half_month),
    _rule("within num unit", lengths.rolling_doubtful),
    _rule("num unit withintail", lengths.rolling_doubtful),
    _rule("num unit durationtail", lengths.since_duration),
    _rule("num unit ago", lengths.ago),
    _rule("year lead num unit|bareunit", lengths.leading),
    _rule("lead num unit|bareunit", lengths.leading),
    _rule(f"firstn num unit {_YEAR}", lengths.leading),
    _rule(f"fest {_TAIL}?", festivals.festival),
    _rule(f"fest wave {_TAIL}", festivals.festival),
    _rule(f"{_YEAR} fest {_TAIL}?", festivals.year_festival),
    _rule(f"{_YEAR} fest wave {_TAIL}", festivals.year_festival),
    _rule(f"fest {_YEAR} {_TAIL}?", festivals.festival_year),
    _rule(f"fest presale|wave {_YEAR}", festivals.festival_tail_year),
    _rule(f"presaleof fest {_YEAR}?", festivals.presale_of),
    _rule(f"presaleof {_YEAR} fest", festivals.presale_of),
    _rule(f"wave fest {_YEAR}?", festivals.wave_of),
    _rule(f"{_YEAR}? fest around num unit", festivals.around),
    _rule(f"fest itself {_YEAR}", festivals.festival_day_year),
    _rule(f"lastword|thisword fest {_TAIL}?", festivals.near_festival),
    _rule(f"dayof fest {_YEAR}?", festivals.day_of_festival),
)

RANGES = (
    _rule("from? point to point", ranges.across),
    _rule("between point and point", ranges.across),
    _rule("at|between? point and point betweentail", ranges.across),
    _rule("weekday point", days.named_day),
    _rule("point weekday", days.named_day),
    _rule("between bareyear and bareyear", ranges.bare_years),
    _rule("from bareyear to bareyear", ranges.bare_years),
    _rule("since point", ranges.since),
    _rule("since point sincetail", ranges.since),
    _rule("from? point sincetail", ranges.since_tail),
    _rule("from? point to now", ranges.until_now),
    _rule("between point and now", ranges.until_now),
    _rule("from? bareyear|shortyear to year", ranges.year_range),
    _rule("between bareyear|shortyear and year betweentail?", ranges.year_range),
    _rule("shortyear beforetail", ranges.before_year),
    _rule("shortyear aftertail", ranges.after_year),
    _rule("since bareyear", ranges.since_bare_year),
    _rule("since bareyear sincetail", ranges.since_bare_year),
    _rule("before point", ranges.before),
    _rule("point beforetail", ranges.before),
    _rule("before bareyear", ranges.before_bare_year),
    _rule("until point endword?", ranges.until),
    _rule("until|to? point untiltail", ranges.until),
    _rule("upto point", ranges.reached),
    _rule("until now", ranges.up_to_now),
    _rule("until bareyear", ranges.until_bare_year),
    _rule("after point", ranges.after),
    _rule("point aftertail", ranges.after),
    _rule("after bareyear", ranges.after_bare_year),
    _rule("point aftertail num unit", ranges.just_after),
    _rule("num unit after point", ranges.just_after),
    _rule("point beforetail num unit", ranges.just_before),
    _rule("num unit before point", ranges.just_before),
)

CONTRASTS = (
    _rule("contrast", contrasts.contrast),
    _rule("contrast|samebefore align", contrasts.same_weekdays),
    _rule("contrast|samebefore lp align|alignbare rp", contrasts.same_weekdays),
    _rule("align contrast|samebefore", contrasts.same_weekdays),
    _rule("contrast|samebefore? lp? alignby fest aligntail rp? contrast?", contrasts.around_festival),
    _rule("contrast|samebefore? lp? alignto fest rp?", contrasts.around_festival),
    _rule("fest aligntail contrast", contrasts.around_festival),
    _rule("samebefore", contrasts.same_before_alone),
    _rule("samebefore compared", contrasts.same_before),
    _rule("with samebefore compared", contrasts.same_before),
    _rule("versus samebefore compared?", contrasts.same_before_versus),
    _rule("sametime", contrasts.same_time),
    _rule("sametime compared", contrasts.same_time),
    _rule("with sametime compared", contrasts.same_time),
    _rule("versus sametime compared?", contrasts.same_time),
    _rule("contrast point", contrasts.against),
    _rule("overword samebefore", contrasts.same_before),
    _rule("with periodbefore|unitbefore compared", contrasts.period_before),
    _rule("versus periodbefore|unitbefore compared?", contrasts.period_before),
    _rule("with point compared", contrasts.against),
    _rule("versus point compared?", contrasts.against),
    _rule("withword samebefore", contrasts.same_before_with),
    _rule("withword point", contrasts.against_with),
    _rule("versus bareyear", contrasts.against_bare_year),
)
