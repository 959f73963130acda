"""What belongs to the company, as forms: conventions, ambiguous words, near misses, festivals, samples."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from semantic_layer.interchange.native.forms import Form, form, perhaps, some, unless, words_form
from semantic_layer.model.grain import FiscalWeeks
from semantic_layer.model.read_calendar import MONTHS, WEEKDAYS
from semantic_layer.model.types import Ambiguity, Conventions, Festival, NearMiss, SampleQuestion


def conventions_form(conventions: Conventions) -> Form:
    """Only what differs from the conventions of a company that says nothing."""
    usual = Conventions()
    weeks = conventions.fiscal_weeks
    return form(
        {
            "time_zone": unless(conventions.time_zone, usual.time_zone),
            "week_start": unless(conventions.week_start, usual.week_start),
            "fiscal_year_start": unless(conventions.fiscal_year_start, usual.fiscal_year_start),
            "fiscal_calendar": _fiscal_weeks(weeks) if weeks else None,
            "default_window": unless(conventions.default_window, usual.default_window),
            "as_of": conventions.as_of,
            "as_of_from": conventions.as_of_from,
            "currency": unless(conventions.currency, usual.currency),
            "missing": unless(conventions.missing, usual.missing),
            "minimum_group": unless(conventions.minimum_group, usual.minimum_group),
        }
    )


def _fiscal_weeks(weeks: FiscalWeeks) -> Form:
    weekday, month = WEEKDAYS[weeks.weekday - 1], MONTHS[weeks.month - 1]
    ends = f"last {weekday} of {month}" if weeks.rule == "last" else f"{weekday} nearest the end of {month}"
    pattern = "-".join(str(count) for count in weeks.pattern)
    return form({"pattern": pattern, "ends": ends, "named_by": unless(weeks.named_by, "end")})


def ambiguity_forms(ambiguities: Iterable[Ambiguity]) -> list[Form]:
    """Words that stand together and mean the same share one entry."""
    return [
        form({"words": [item.word for item in group], "meanings": list(meanings), "default": default})
        for (meanings, default), group in groupby(ambiguities, key=lambda item: (item.meanings, item.default))
    ]


def near_miss_form(miss: NearMiss) -> Form:
    return form({"words": list(miss.words), "offer": list(miss.offer), "why": perhaps(miss.why)})


def festival_form(festival: Festival) -> Form:
    days = festival.days or tuple(last for _, last in festival.spans)
    presales = festival.presales or (None,) * len(festival.spans)
    occurrences = [
        form(
            {
                "from": first,
                "to": last,
                "day": unless(day, last),
                "presale": {"from": presale[0], "to": presale[1]} if presale else None,
            }
        )
        for (first, last), day, presale in zip(festival.spans, days, presales, strict=True)
    ]
    return form({"name": festival.name, **words_form(festival.words), "occurrences": some(occurrences)})


def sample_form(sample: SampleQuestion) -> Form:
    return {"zh": sample.text.zh, "en": sample.text.en}
