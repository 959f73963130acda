"""Funnels over a few moments, against counts worked out by hand and against a slow and obvious search over all ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise, product
from random import Random

import duckdb
import pytest

from semantic_layer.compiler.funnel import compile_funnel
from semantic_layer.errors import InvalidPlanError
from semantic_layer.query.plan import Funnel, Occurrence
from semantic_layer.query.predicate import Compare, Not
from semantic_layer.query.time import Calendar, Grain, Span
from semantic_layer.table import Cell
from tests.semantic_layer.compiler import tiny

SEEN, WEB, SHOP = (
    Occurrence(entity="visit"),
    Occurrence(entity="purchase", where=Compare("purchase.channel", "=", "web")),
    Occurrence(entity="purchase", where=Compare("purchase.channel", "=", "shop")),
)
BOUGHT = Occurrence(entity="purchase")
START = datetime.fromisoformat("2026-01-01")
JANUARY = Span(date(2026, 1, 1), date(2026, 1, 31))

# visits and purchases: (member, "day hour:minute" in January 2026); a purchase has a channel
VISITS = [
    (1, "1 09:00"),
    (2, "1 09:00"),
    (2, "20 09:00"),
    (3, "5 09:00"),
    (4, "2 09:00"),
    (None, "3 09:00"),
    (5, "31 23:00"),
]
PURCHASES = [
    (1, "3 09:00", "web"), (1, "4 09:00", "shop"),  # all three, in order
    (2, "22 09:00", "web"), (2, "23 09:00", "shop"),  # only from the second visit on is there time for both
    (3, "5 09:00", "web"),  # at the very moment of the visit, so not after it
    (4, "4 09:00", "shop"), (4, "6 09:00", "web"),  # the shop came before the web
    (5, "32 23:00", "web"),  # on the first of February, within a day of the visit
    (None, "4 09:00", "web"),
]  # fmt: skip


def moment(said: str) -> datetime:
    day, clock = said.split()
    hour, minute = clock.split(":")
    return START + timedelta(days=int(day) - 1, hours=int(hour), minutes=int(minute))


@pytest.fixture
def data() -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny.database() as connection:
        fill(connection, [(who, moment(at)) for who, at in VISITS], [(w, moment(at), c) for w, at, c in PURCHASES])
        yield connection


def fill(
    data: duckdb.DuckDBPyConnection,
    visits: Sequence[tuple[int | None, datetime]],
    purchases: Sequence[tuple[int | None, datetime, str]],
) -> None:
    data.execute("DELETE FROM visits")
    data.execute("DELETE FROM purchases")
    data.executemany("INSERT INTO visits VALUES (?, ?, ?)", [(n, *row) for n, row in enumerate(visits)])
    rows = [(n, who, at, channel, 1, False) for n, (who, at, channel) in enumerate(purchases)]
    data.executemany("INSERT INTO purchases VALUES (?, ?, ?, ?, ?, ?)", rows)


def run(data: duckdb.DuckDBPyConnection, *steps: Occurrence, **parts: object) -> list[tuple[Cell, ...]]:
    step = Funnel(steps=steps, **{"time": JANUARY, **parts})  # type: ignore[arg-type]
    return tiny.run(data, compile_funnel(step, tiny.context()))


def test_each_step_comes_after_the_one_before(data: duckdb.DuckDBPyConnection) -> None:
    # Seen: 1, 2, 3, 4, 5. Then on the web: all but 3. Then in the shop: 1 and 2.
    assert run(data, SEEN, WEB, SHOP, within=(30, Grain.DAY)) == [
        (1, 5, 1.0, None),
        (2, 4, 0.8, 0.8),
        (3, 2, 0.4, 0.5),
    ]


def test_the_start_that_gets_furthest_counts(data: duckdb.DuckDBPyConnection) -> None:
    # Within 4 days of the first visit 2 bought nothing; of the second visit, both.
    assert [row[:2] for row in run(data, SEEN, WEB, SHOP, within=(4, Grain.DAY))] == [(1, 5), (2, 4), (3, 2)]
    # Within 2 days the shop is out of reach for all, and 4 came to the web on the fourth day.
    assert [row[:2] for row in run(data, SEEN, WEB, SHOP, within=(2, Grain.DAY))] == [(1, 5), (2, 3), (3, 0)]


def test_the_time_counts_from_the_first_step_and_its_end_is_inside(data: duckdb.DuckDBPyConnection) -> None:
    # 1: visit on the 1st at 9, shop on the 4th at 9: exactly three days.
    assert run(data, SEEN, WEB, SHOP, within=(3, Grain.DAY))[2][1] == 2
    assert run(data, SEEN, WEB, SHOP, within=(71, Grain.HOUR))[2][1] == 0


def test_only_the_first_step_must_lie_inside_the_time(data: duckdb.DuckDBPyConnection) -> None:
    first_days = Span(date(2026, 1, 1), date(2026, 1, 1))
    assert [row[1] for row in run(data, SEEN, WEB, SHOP, time=first_days)] == [2, 2, 2]
    last_day = Span(date(2026, 1, 31), date(2026, 1, 31))
    assert [row[1] for row in run(data, SEEN, WEB, time=last_day, within=(1, Grain.DAY))] == [1, 1]


def test_the_same_thing_twice_must_happen_twice(data: duckdb.DuckDBPyConnection) -> None:
    assert [row[1] for row in run(data, SEEN, SEEN)] == [5, 1]
    assert [row[1] for row in run(data, BOUGHT, BOUGHT, BOUGHT)] == [4, 3, 0]


def test_people_are_split_by_a_field_of_theirs_and_the_unknown_are_a_group(data: duckdb.DuckDBPyConnection) -> None:
    # Shanghai (east): 1 and 2; Beijing (north): 3; no town: 4 and 5.
    assert run(data, SEEN, WEB, SHOP, by="town.region") == [
        ("east", 1, 2, 1.0, None), ("east", 2, 2, 1.0, 1.0), ("east", 3, 2, 1.0, 1.0),
        (None, 1, 2, 1.0, None), (None, 2, 2, 1.0, 1.0), (None, 3, 0, 0.0, 0.0),
        ("north", 1, 1, 1.0, None), ("north", 2, 0, 0.0, 0.0), ("north", 3, 0, 0.0, None),
    ]  # fmt: skip


def test_conditions_on_people_hold_for_the_start(data: duckdb.DuckDBPyConnection) -> None:
    east = Compare("town.region", "=", "east")
    assert [row[1] for row in run(data, SEEN, WEB, where=east)] == [2, 2]
    assert [row[1] for row in run(data, SEEN, WEB, where=Not(east))] == [3, 2]


def test_registration_may_be_a_step(data: duckdb.DuckDBPyConnection) -> None:
    # Nobody of January registered then; in 2025 it was 1, who was seen a year later.
    year = Span(date(2025, 1, 1), date(2025, 12, 31))
    found = run(data, Occurrence(entity="member"), SEEN, time=year, within=(2, Grain.YEAR))
    assert [row[1] for row in found] == [1, 1]


def test_nobody_at_the_first_step_is_no_row(data: duckdb.DuckDBPyConnection) -> None:
    assert run(data, SEEN, WEB, time=Span(date(2026, 3, 1), date(2026, 3, 31))) == []


def test_those_who_have_had_less_than_the_whole_time_are_told() -> None:
    late = compile_funnel(Funnel(steps=(SEEN, WEB), time=Calendar(Grain.MONTH, 0)), tiny.context())
    assert any("less than the whole time" in note.en for note in late.notes)
    assert compile_funnel(Funnel(steps=(SEEN, WEB), time=JANUARY), tiny.context()).notes == ()


def furthest(ways: Sequence[Sequence[datetime]], first: tuple[datetime, datetime], within: timedelta) -> int:
    """How far a person gets, by trying every way through the moments of every step."""
    best = 0
    for depth in range(1, len(ways) + 1):
        for way in product(*ways[:depth]):
            in_order = all(a < b for a, b in pairwise(way))
            if first[0] <= way[0] < first[1] and in_order and way[-1] - way[0] <= within:
                best = depth
    return best


@pytest.mark.parametrize("seed", range(12))
def test_it_agrees_with_trying_every_way(data: duckdb.DuckDBPyConnection, seed: int) -> None:
    random = Random(seed)

    def any_moment() -> datetime:
        return START + timedelta(hours=12 * random.randrange(70))

    visits = [(random.randint(1, 5), any_moment()) for _ in range(12)]
    purchases = [(random.randint(1, 5), any_moment(), random.choice(["web", "shop"])) for _ in range(24)]
    fill(data, visits, purchases)
    days = random.choice([2, 5, 11])
    found = [row[1] for row in run(data, SEEN, WEB, SHOP, within=(days, Grain.DAY))]
    span = (START, datetime.fromisoformat("2026-02-01"))
    depths = [
        furthest(
            (
                [at for member, at in visits if member == who],
                [at for member, at, channel in purchases if member == who and channel == "web"],
                [at for member, at, channel in purchases if member == who and channel == "shop"],
            ),
            span,
            timedelta(days=days),
        )
        for who in range(1, 6)
    ]
    assert (found or [0, 0, 0]) == [sum(depth >= step for depth in depths) for step in (1, 2, 3)]


@pytest.mark.parametrize(
    ("steps", "parts", "said"),
    [
        ((SEEN,), {}, "2 to 10"),
        ((SEEN,) * 11, {}, "2 to 10"),
        ((SEEN, WEB), {"within": (0, Grain.DAY)}, "at least 1"),
        ((SEEN, WEB), {"by": "purchase.channel"}, "purchase"),
        ((SEEN, WEB), {"where": Compare("purchase.channel", "=", "web")}, "steps"),
        ((SEEN, Occurrence(entity="town")), {}, "town"),
    ],
)
def test_what_cannot_be_is_told(steps: tuple[Occurrence, ...], parts: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidPlanError, match=said):
        compile_funnel(Funnel(steps=steps, **parts), tiny.context())  # type: ignore[arg-type]
