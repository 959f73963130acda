"""The company's own calendar holds together: period tables, festivals, fiscal weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from semantic_layer.errors import Issue
from semantic_layer.model.grain import Grain, OwnPeriod, TimeSpine
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.rules.words import spoken
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import Festival, SemanticModel

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def time_spines(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Columns of a time spine whose table is modelled exist in it; no two spines have the same table or grain."""
    tables = {entity.table: [column.name for column in entity.columns] for entity in model.entities}
    seen: set[tuple[str, str]] = set()
    for spine in model.time_spines:
        columns = tables.get(spine.table)
        if columns is not None:
            yield from _columns_exist(spine, columns, sources)
        for key, value in (("table", spine.table), ("grain", spine.grain.value)):
            if (key, value) in seen:
                message = f"Two time spines have the {key} {value!r}."
                yield sources.issue("time_spine", spine.table, (key,), message, "Join them into one.")
            seen.add((key, value))


def _columns_exist(spine: TimeSpine, columns: list[str], sources: Sources) -> Iterator[Issue]:
    named: list[tuple[tuple[str | int, ...], str]] = [(("column",), spine.column)]
    named += [(("periods", at, "column"), period.column) for at, period in enumerate(spine.periods)]
    for path, column in named:
        if column and column not in columns:
            message = f"The table {spine.table!r} has no column {column!r}."
            remedy = did_you_mean(column, columns, allowed="columns")
            yield sources.issue("time_spine", spine.table, path, message, remedy)


def own_periods(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """A company's own period has a name and words that nothing else has: no grain, metric, tag, dimension or period."""
    taken = _words_of_the_model(model)
    names: set[str] = {grain.value for grain in Grain}
    for spine in model.time_spines:
        for at, period in enumerate(spine.periods):
            if period.name in names:
                message = f"{period.name!r} is already the name of a period."
                yield sources.issue("time_spine", spine.table, ("periods", at, "name"), message, "Choose another name.")
            names.add(period.name)
            for word in _words(period):
                owner = taken.setdefault(spoken(word), f"the period {period.name!r}")
                if owner != f"the period {period.name!r}":
                    message = f"The word {word!r} of the period {period.name!r} already means {owner}."
                    remedy = "Remove it from one of the two."
                    yield sources.issue("time_spine", spine.table, ("periods", at), message, remedy)


def _words(period: OwnPeriod) -> tuple[str, ...]:
    return tuple(word for word in (period.label.zh, period.label.en, *period.synonyms) if word)


def _words_of_the_model(model: SemanticModel) -> dict[str, str]:
    named = (
        *((f"the metric {each.name!r}", each.words) for each in model.metrics),
        *((f"the tag {each.name!r}", each.words) for each in model.tags),
        *((f"the dimension {each.qualified!r}", each.words) for each in model.dimensions),
    )
    return {
        spoken(word): name
        for name, words in named
        for word in (words.label.zh, words.label.en, *words.synonyms)
        if word
    }


def festival_occurrences(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Occurrences of one festival do not overlap, and no word means two festivals."""
    claimed: dict[str, str] = {}
    for festival in model.festivals:
        yield from _overlapping(festival, sources)
        for word in (festival.words.label.zh, festival.words.label.en, *festival.words.synonyms):
            owner = claimed.setdefault(spoken(word), festival.name) if word else festival.name
            if owner != festival.name:
                message = f"The word {word!r} already means the festival {owner!r}."
                yield sources.issue("festival", festival.name, ("synonyms",), message, "Remove it from one of the two.")


def _overlapping(festival: Festival, sources: Sources) -> Iterator[Issue]:
    ordered = sorted(range(len(festival.spans)), key=lambda at: festival.spans[at])
    for before, after in pairwise(ordered):
        (first, last), (start, _) = festival.spans[before], festival.spans[after]
        if start <= last:
            message = f"The days from {start} overlap with those from {first} to {last}."
            remedy = "Give each occurrence its own days."
            yield sources.issue("festival", festival.name, ("occurrences", after, "from"), message, remedy)


def fiscal_weeks(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Warns when fiscal weeks begin on another day than the weeks that results are grouped by."""
    weeks = model.conventions.fiscal_weeks
    if weeks is None:
        return
    begins = _WEEKDAYS[weeks.weekday % 7]  # the day after the one on which the year ends
    if begins != model.conventions.week_start:
        message = f"Fiscal weeks begin on {begins}, other weeks on {model.conventions.week_start}."
        remedy = "Set week_start to the same day, or let the year end on the day before, so that weeks make up fiscal months."
        issue = sources.issue("conventions", "", ("fiscal_calendar",), message, remedy)
        yield replace(issue, severity="warning")
