"""The facade on a real, locked engine: every way in goes through the policy, and rows come back as they were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count

import duckdb
import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import CancelledError, NotAllowedError, UnknownNameError
from semantic_layer.ingestion.tags import materialise_tags
from semantic_layer.layer import SemanticLayer, ValueCount, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, InSegment, Not, conjuncts
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Audience, ByField, ByTime, Order, Query
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.compiler import tiny

POLICY = Policy(
    roles=(
        RolePolicy(name="analyst"),
        RolePolicy(name="manager", see_personal=True),
        RolePolicy(name="east", row_filters=(RowFilter(entity="member", where="town.region = 'east'"),)),
        RolePolicy(name="members_only", entities=("member", "town")),
    )
)
ANALYST = User(name="Ana", roles=("analyst",))
MANAGER = User(name="Max", roles=("manager",))
EAST = User(name="Eva", roles=("east",))
SHANGHAI = Compare("member.town", "=", "Shanghai")
SEPTEMBER = Calendar(Grain.MONTH, -1)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    path = tmp_path_factory.mktemp("layer") / "snapshot_1.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(tiny.TABLES)
    materialise_tags(path, tiny.MODEL, progress=lambda _stage, _done, _total: None, as_of=tiny.TODAY)
    engine = DuckDBEngine(path)
    segments = SegmentsInMemory({"regulars": Audience(where=Did(entity="purchase", count=2), entity="member")})
    ticks = count()
    yield SemanticLayer(ModelIndex(tiny.MODEL), POLICY, engine, tiny.TODAY, segments, clock=lambda: next(ticks) / 1000)
    engine.close()


def people(where: object = None, as_of: date | None = None) -> Audience:
    return Audience(where=where, entity="member", as_of=as_of)  # type: ignore[arg-type]


def test_a_query_gives_a_table_with_its_sql_and_what_it_rests_on(layer: SemanticLayer) -> None:
    result = layer.run(Query(metrics=("basket",), by=(ByField("town.region"),), time=SEPTEMBER), ANALYST)
    assert result.table.rows == (("east", 60.0), (None, 20.0))
    assert [column.label.zh for column in result.table.columns] == ["region（中）", "basket（中）"]
    assert "/* sales, purchases from purchase by region" in result.sql
    assert {"basket", "sales", "purchases", "town.region"} <= set(result.uses)
    assert (result.compile_ms, result.run_ms) == (1.0, 1.0)  # the clock of the test moves a millisecond a look


def test_counts_steps_and_lists_agree(layer: SemanticLayer) -> None:
    audience = people(
        And((SHANGHAI, Did(entity="purchase", time=SEPTEMBER), HasMetric(metric="sales", op=">", value=100)))
    )
    steps = layer.waterfall(audience, ANALYST)
    assert [number for _, number in steps] == [5, 2, 2, 1]
    assert [predicate for predicate, _ in steps] == [None, *conjuncts(audience.where)]
    assert layer.count(audience, ANALYST) == 1
    assert layer.keys(audience, ANALYST) == (1,)


def test_the_waterfall_of_everybody_is_one_step(layer: SemanticLayer) -> None:
    assert layer.waterfall(people(), ANALYST) == ((None, 5),)


def test_people_come_in_pages_that_fit_together(layer: SemanticLayer) -> None:
    order = (Order("member.town", descending=False),)
    pages = [
        layer.people(people(), ANALYST, fields=("member.town",), order=order, limit=2, offset=at) for at in (0, 2, 4)
    ]
    found = [row for page in pages for row in page.table]
    assert found == [(3, "Beijing"), (1, "Shanghai"), (2, "Shanghai"), (4, None), (5, None)]


def test_people_without_chosen_fields_show_what_the_conditions_are_about(layer: SemanticLayer) -> None:
    result = layer.people(people(Compare("member.stage", "=", "active")), ANALYST)
    assert [column.source for column in result.table.columns][:2] == ["member", "member.stage"]
    assert len(result.table) == 3


def test_personal_columns_are_masked_and_say_so(layer: SemanticLayer) -> None:
    hidden = layer.people(people(), ANALYST, fields=("member.nick",), limit=1)
    shown = layer.people(people(), MANAGER, fields=("member.nick",), limit=1)
    assert hidden.table.columns[1].masked
    assert hidden.table.rows[0][1] != "Ann"
    assert not shown.table.columns[1].masked
    assert shown.table.rows == ((1, "Ann"),)


def test_row_filters_hold_in_counts_sums_and_tags(layer: SemanticLayer) -> None:
    assert layer.count(people(), EAST) == 2
    assert layer.run(Query(metrics=("sales",), time=SEPTEMBER), EAST).table.rows == ((Decimal(180),),)
    assert layer.count(people(Compare("member.stage", "=", "active")), EAST) == 2
    assert layer.count(people(InSegment("regulars")), EAST) == 2


def test_an_entity_that_a_role_may_not_read_is_refused(layer: SemanticLayer) -> None:
    limited = User(name="Leo", roles=("members_only",))
    assert layer.count(people(SHANGHAI), limited) == 2
    with pytest.raises(NotAllowedError):
        layer.run(Query(metrics=("sales",)), limited)
    with pytest.raises(NotAllowedError):
        layer.count(people(Did(entity="purchase")), limited)


def test_distributions_of_an_audience_and_its_base(layer: SemanticLayer) -> None:
    found = layer.distribution(people(SHANGHAI), ("member.level", "member.big_spender", "member.age"), ANALYST)
    assert set(found["member.level"]) == {
        ValueCount("gold", 1, 2),
        ValueCount("silver", 1, 2),
        ValueCount("basic", 0, 1),
    }
    assert set(found["member.big_spender"]) == {ValueCount(True, 1, 2), ValueCount(False, 1, 3)}
    assert ValueCount(None, 0, 1) in found["member.age"]
    assert ValueCount(36, 1, 1) in found["member.age"]


def test_distributions_against_a_chosen_base(layer: SemanticLayer) -> None:
    base = people(Not(SHANGHAI))
    found = layer.distribution(people(Compare("member.level", "=", "gold")), ("member.level",), ANALYST, base=base)
    assert set(found["member.level"]) == {
        ValueCount("gold", 2, 1),
        ValueCount("silver", 0, 1),
        ValueCount("basic", 0, 1),
    }


def test_no_fields_are_no_distribution(layer: SemanticLayer) -> None:
    assert layer.distribution(people(), (), ANALYST) == {}


def test_values_with_their_frequency(layer: SemanticLayer) -> None:
    assert layer.value_counts("member.town", ANALYST) == (("Shanghai", 2), (None, 2), ("Beijing", 1))


def test_segments_are_found_by_name(layer: SemanticLayer) -> None:
    assert layer.keys(people(InSegment("regulars")), ANALYST) == (1, 2, 4)
    with pytest.raises(UnknownNameError) as unknown:
        layer.count(people(InSegment("regular")), ANALYST)
    assert unknown.value.suggestions == ("regulars",)


def test_stored_tags_are_used_and_never_for_another_day(layer: SemanticLayer) -> None:
    active = Compare("member.stage", "=", "active")
    assert "customer_tags" in layer.people(people(active), ANALYST).sql
    assert layer.keys(people(active), ANALYST) == (1, 2, 3)
    assert layer.keys(people(active, date(2026, 9, 30)), ANALYST) == (1, 2)


def test_a_pressed_stop_stops(layer: SemanticLayer) -> None:
    cancel = Cancel()
    cancel.press()
    with pytest.raises(CancelledError):
        layer.run(Query(metrics=("sales",), by=(ByTime(Grain.MONTH),)), ANALYST, cancel=cancel)


def test_the_data_says_what_today_is(layer: SemanticLayer) -> None:
    from_data = tiny.replace(tiny.MODEL, conventions=tiny.Conventions(as_of_from="visit.seen_at"))
    fixed = tiny.replace(tiny.MODEL, conventions=tiny.Conventions(as_of="2026-05-05"))
    assert latest_day(ModelIndex(from_data), layer.engine) == date(2026, 10, 31)
    assert latest_day(ModelIndex(fixed), layer.engine) == date(2026, 5, 5)


SECRET = tiny.replace(
    next(tag for tag in tiny.TAGS if tag.name == "stage"), name="secret", sensitivity=Sensitivity.PERSONAL
)


@pytest.fixture(scope="module")
def with_secret(layer: SemanticLayer) -> SemanticLayer:
    """The same data under definitions with a personal tag that is not stored, over rows that are harmless."""
    model = tiny.replace(tiny.MODEL, tags=(*tiny.TAGS, SECRET))
    return SemanticLayer(ModelIndex(model), POLICY, layer.engine, tiny.TODAY, SegmentsInMemory())


def test_a_personal_tag_over_harmless_rows_is_masked(with_secret: SemanticLayer) -> None:
    hidden = with_secret.people(people(), ANALYST, fields=("member.secret", "member.level")).table
    shown = with_secret.people(people(), MANAGER, fields=("member.secret", "member.level")).table
    assert hidden.columns[1].masked
    assert "active" in shown.values("secret")
    assert {str(cell) for cell in hidden.values("secret")} == {f"{str(cell)[0]}*" for cell in shown.values("secret")}
    assert hidden.values("level") == shown.values("level")


def test_nobody_filters_groups_or_orders_by_a_tag_they_may_not_see(with_secret: SemanticLayer) -> None:
    active = people(Compare("member.secret", "=", "active"))
    assert with_secret.count(active, MANAGER) == 3
    with pytest.raises(NotAllowedError):
        with_secret.count(active, ANALYST)
    with pytest.raises(NotAllowedError):
        with_secret.people(active, ANALYST, fields=("member.secret",))
    with pytest.raises(NotAllowedError):
        with_secret.distribution(people(), ("member.secret",), ANALYST)
    with pytest.raises(NotAllowedError):
        with_secret.run(Query(metrics=("members",), by=(ByField("member.secret"),)), ANALYST)


def test_a_list_ordered_by_a_hidden_tag_gives_nothing_of_its_order_away(with_secret: SemanticLayer) -> None:
    order = (Order("member.secret"),)
    hidden = with_secret.people(people(), ANALYST, fields=("member.secret",), order=order).table
    assert hidden.columns[1].masked
    assert all(str(cell).endswith("*") for cell in hidden.values("secret"))


def test_rows_beyond_the_cap_are_cut_and_counted(layer: SemanticLayer) -> None:
    query = Query(metrics=("sales",), by=(ByField("member.level"),))
    whole = layer.run(query, ANALYST, most_rows=100).table
    cut = layer.run(query, ANALYST, most_rows=2).table
    assert whole.total_rows is None
    assert len(whole) > 2
    assert (cut.rows, cut.total_rows) == (whole.rows[:2], len(whole))
    limited = layer.run(tiny.replace(query, limit=1), ANALYST, most_rows=2).table
    assert (len(limited), limited.total_rows) == (1, None)


def test_a_cap_leaves_unknown_groups_in(layer: SemanticLayer) -> None:
    query = Query(metrics=("sales",), by=(ByField("town.region"),), time=SEPTEMBER)
    assert layer.run(query, ANALYST, most_rows=10).table.rows == layer.run(query, ANALYST).table.rows


def test_what_would_run_can_be_looked_at(layer: SemanticLayer) -> None:
    assert "customer_tags" in layer.statement(people(Compare("member.stage", "=", "active")), ANALYST).text
