"""The `boring-semantic-layer` package: the same models by hand in its own language, which stands on ibis."""

from __future__ import annotations

from pathlib import Path

import ibis
from boring_semantic_layer import time_dimension, to_semantic_table

from benchmarks.peers.asked import Asked, Boring

PACKAGE = "boring-semantic-layer"


class BoringSemanticLayer:
    """`database` is only asked which columns its tables have."""

    def __init__(self, database: Path) -> None:
        self._database = ibis.duckdb.connect(database, read_only=True)
        bookings, views, listings = self._bookings(), self._views(), self._listings()
        users = to_semantic_table(self._table("dim_users_latest"), name="users").with_dimensions(
            home_state=lambda t: t.home_state_latest
        )

        def same_listing(left, right):
            return left.listing_id == right.listing_id

        owned = listings.join_one(users, on=lambda left, right: left.user_id == right.user_id)
        star = listings.join_many(bookings, on=same_listing).join_many(views, on=same_listing)
        self._models = {
            "bookings": bookings,
            "with listings": bookings.join_one(listings, on=same_listing),
            "with users": bookings.join_one(owned, on=same_listing),
            "star": star.with_measures(bookings_per_view=lambda t: t["bookings.bookings"] / t["views.views"]),
        }

    def refuses(self, asked: Asked) -> str:
        """Why a question cannot be asked; empty when it can."""
        return asked.boring if isinstance(asked.boring, str) else ""

    def sql(self, asked: Asked) -> str:
        wanted = _wanted(asked)
        only = wanted.only
        found = self._models[wanted.model].query(
            dimensions=list(wanted.by),
            measures=list(wanted.measures),
            filters=None if only is None else [{"field": only[0], "operator": "in", "values": list(only[1])}],
            time_grain=wanted.grain,
            time_range=None if wanted.span is None else {"start": wanted.span[0], "end": wanted.span[1]},
        )
        return str(found.sql())

    def columns(self, asked: Asked) -> tuple[str, ...]:
        """What its result calls the columns of ours, in our order."""
        wanted = _wanted(asked)
        return (*wanted.by, *wanted.measures)

    def close(self) -> None:
        self._database.disconnect()

    def _table(self, name: str):
        return self._database.table(name)

    def _bookings(self):
        ds = time_dimension(lambda t: t.ds, smallest_time_grain="TIME_GRAIN_DAY")
        return (
            to_semantic_table(self._table("fct_bookings"), name="bookings")
            .with_dimensions(ds=ds, is_instant=lambda t: t.is_instant)
            .with_measures(
                bookings=lambda t: t.count(),
                booking_value=lambda t: t.booking_value.sum(),
                bookers=lambda t: t.guest_id.nunique(),
                referred=lambda t: t.referrer_id.count(),
            )
            .with_measures(
                bookings_per_booker=lambda t: t.bookings / t.bookers,
                non_referred_bookings_pct=lambda t: (t.bookings - t.referred) * 1.0 / t.bookings,
            )
        )

    def _views(self):
        return to_semantic_table(self._table("fct_views"), name="views").with_measures(views=lambda t: t.count())

    def _listings(self):
        return to_semantic_table(self._table("dim_listings_latest"), name="listings").with_dimensions(
            country=lambda t: t.country, is_lux=lambda t: t.is_lux
        )


def _wanted(asked: Asked) -> Boring:
    assert isinstance(asked.boring, Boring), asked.boring
    return asked.boring
