"""Twenty questions over MetricFlow's own test tables, as each of the three layers is asked them.

Metrics have the same names for us as for MetricFlow, whose definitions we import. Boring-semantic-layer has no files of
definitions that the others read; its models are written by hand in `with_boring.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from semantic_layer.query.predicate import Among, Compare, Predicate
from semantic_layer.query.time import Grain, Span
from semantic_layer.query.types import ByField, ByTime, Query

IS_INSTANT, COUNTRY = "bookings_source.is_instant", "listings_latest.country_latest"
IS_LUX, HOME_STATE = "listings_latest.is_lux_latest", "users_latest.home_state_latest"
DAY, MONTH = ByTime(Grain.DAY), ByTime(Grain.MONTH)


@dataclass(frozen=True, slots=True)
class Boring:
    """A question to one of the models of `with_boring.py`; `only` keeps rows whose dimension has one of the values."""

    model: str
    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: str | None = None
    only: tuple[str, tuple[str | bool, ...]] | None = None
    span: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: to us, to MetricFlow (groups and a filter in its words), and to the third layer, or why it cannot be."""

    name: str
    ours: Query
    by: tuple[str, ...]
    boring: Boring | str
    where: str = ""


def _query(metric: str, *by: ByField | ByTime, where: Predicate | None = None, time: Span | None = None) -> Query:
    return Query(metrics=tuple(metric.split()), by=by, where=where, time=time)


_DIMENSION = "{{{{ Dimension('{}') }}}}".format
_NO_SPINE = "a window over periods is refused in a measure, and a result holds only periods that have rows"
SHARED = (
    Asked("total", _query("bookings"), (), Boring("bookings", ("bookings",))),
    Asked(
        "by day", _query("booking_value", DAY), ("metric_time__day",), Boring("bookings", ("booking_value",), ("ds",))
    ),
    Asked(
        "by month",
        _query("booking_value", MONTH),
        ("metric_time__month",),
        Boring("bookings", ("booking_value",), ("ds",), grain="TIME_GRAIN_MONTH"),
    ),
    Asked(
        "by day, two weeks",
        _query("bookings", DAY, time=Span(date(2020, 1, 1), date(2020, 1, 14))),
        ("metric_time__day",),
        Boring("bookings", ("bookings",), ("ds",), span=("2020-01-01", "2020-01-14")),
    ),
    Asked(
        "by a field of its own",
        _query("booking_value", ByField(IS_INSTANT)),
        ("booking__is_instant",),
        Boring("bookings", ("booking_value",), ("is_instant",)),
    ),
    Asked(
        "by a joined field",
        _query("bookings", ByField(COUNTRY)),
        ("listing__country_latest",),
        Boring("with listings", ("bookings.bookings",), ("listings.country",)),
    ),
    Asked(
        "two metrics by a joined field",
        _query("bookings booking_value", ByField(IS_LUX)),
        ("listing__is_lux_latest",),
        Boring("with listings", ("bookings.bookings", "bookings.booking_value"), ("listings.is_lux",)),
    ),
    Asked(
        "two joins away",
        _query("booking_value", ByField(HOME_STATE)),
        ("listing__user__home_state_latest",),
        Boring("with users", ("bookings.booking_value",), ("users.home_state",)),
    ),
    Asked(
        "by month and a joined field",
        _query("bookings", MONTH, ByField(COUNTRY)),
        ("metric_time__month", "listing__country_latest"),
        Boring("with listings", ("bookings.bookings",), ("bookings.ds", "listings.country"), grain="TIME_GRAIN_MONTH"),
    ),
    Asked("people by day", _query("bookers", DAY), ("metric_time__day",), Boring("bookings", ("bookers",), ("ds",))),
    Asked(
        "metric with a filter of its own",
        _query("instant_booking_value", DAY),
        ("metric_time__day",),
        Boring("bookings", ("booking_value",), ("ds",), only=("is_instant", (True,))),
    ),
    Asked(
        "filter on a field of its own",
        _query("bookings", ByField(COUNTRY), where=Compare(IS_INSTANT, "=", value=True)),
        ("listing__country_latest",),
        Boring("with listings", ("bookings.bookings",), ("listings.country",), only=("bookings.is_instant", (True,))),
        where=_DIMENSION("booking__is_instant"),
    ),
    Asked(
        "filter on a joined field",
        _query("booking_value", ByField(IS_INSTANT), where=Compare(COUNTRY, "=", "us")),
        ("booking__is_instant",),
        Boring(
            "with listings", ("bookings.booking_value",), ("bookings.is_instant",), only=("listings.country", ("us",))
        ),
        where=f"{_DIMENSION('listing__country_latest')} = 'us'",
    ),
    Asked(
        "ratio",
        _query("bookings_per_booker", DAY),
        ("metric_time__day",),
        Boring("bookings", ("bookings_per_booker",), ("ds",)),
    ),
    Asked(
        "ratio over two tables",
        _query("bookings_per_view", ByField(COUNTRY), where=Among(COUNTRY, ("us", "cote d'ivoire"))),
        ("listing__country_latest",),
        Boring(
            "star", ("bookings_per_view",), ("listings.country",), only=("listings.country", ("us", "cote d'ivoire"))
        ),
        where=f"{_DIMENSION('listing__country_latest')} IN ('us', 'cote d''ivoire')",
    ),
    Asked(
        "derived",
        _query("non_referred_bookings_pct", DAY),
        ("metric_time__day",),
        Boring("bookings", ("non_referred_bookings_pct",), ("ds",)),
    ),
    Asked("against two weeks before", _query("bookings_growth_2_weeks", DAY), ("metric_time__day",), _NO_SPINE),
    Asked("trailing two months", _query("trailing_2_months_revenue", DAY), ("metric_time__day",), _NO_SPINE),
    Asked("month to date", _query("revenue_mtd", DAY), ("metric_time__day",), _NO_SPINE),
    Asked(
        "conversion",
        _query("visit_buy_conversion_rate_7days"),
        (),
        "no measure of rows of one table that are followed by rows of another",
    ),
)
