"""Answers as arrays: the same figures as in rows, under the same rights, by the key of each person if asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import numpy as np
import pytest

from semantic_layer.columns import integer_keys
from semantic_layer.engines.base import Cancel, RawResult
from semantic_layer.engines.columns import of_rows, plain
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import CancelledError, DataError, NotAllowedError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import Limits, Policy, RolePolicy, RowFilter, User
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Audience, ByField, Query
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.compiler import tiny

POLICY = Policy(
    roles=(
        RolePolicy(name="analyst"),
        RolePolicy(name="crowds", see_small_groups=False),
        RolePolicy(name="east", row_filters=(RowFilter(entity="member", where="town.region = 'east'"),)),
    ),
    limits=Limits(rows=3),
)
ANALYST = User(name="Ana", roles=("analyst",))
CROWDS = User(name="Cro", roles=("crowds",))
EAST = User(name="Eva", roles=("east",))
NOBODY = User(name="Nob", roles=())
KEY = "member.member_id"
MODEL = replace(
    tiny.MODEL,
    dimensions=tuple(one for one in tiny.MODEL.dimensions if one.qualified != KEY),
    conventions=replace(tiny.MODEL.conventions, minimum_group=3),
)
EVERYBODY = Audience(entity="member")


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    path = tmp_path_factory.mktemp("columns") / "snapshot_1.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(tiny.TABLES)
    engine = DuckDBEngine(path, POLICY.limits)
    yield SemanticLayer(ModelIndex(MODEL), POLICY, engine, tiny.TODAY, SegmentsInMemory({}))
    engine.close()


def test_keys_are_an_ascending_array_beyond_the_row_limit_of_answers(layer: SemanticLayer) -> None:
    keys = layer.key_array(EVERYBODY, ANALYST)
    assert keys.dtype == np.int64
    assert keys.tolist() == [1, 2, 3, 4, 5]
    assert layer.key_array(Audience(entity="member", where=Compare("member.town", "=", "nowhere")), ANALYST).size == 0


def test_keys_follow_the_rights_of_the_person(layer: SemanticLayer) -> None:
    everybody = set(layer.key_array(EVERYBODY, ANALYST).tolist())
    assert set(layer.key_array(EVERYBODY, EAST).tolist()) < everybody
    with pytest.raises(NotAllowedError):
        layer.key_array(EVERYBODY, NOBODY)


def test_figures_of_each_person_by_a_key_that_no_dimension_declares(layer: SemanticLayer) -> None:
    assert not layer.index.has_field(KEY)
    query = Query(metrics=("sales", "purchases"), by=(ByField(KEY),), time=Calendar(Grain.MONTH, -1))
    found = layer.columns(query, ANALYST)
    assert list(found) == ["member_id", "sales", "purchases"]
    assert found["member_id"].dtype == np.int64
    rows = sorted(zip(*(found[name].tolist() for name in found), strict=True))
    assert rows == [(1, 150.0, 2), (2, 30.0, 1)]  # the purchase of nobody known is left out


def test_columns_agree_with_rows_and_gaps_have_one_form(layer: SemanticLayer) -> None:
    query = Query(metrics=("sales",), by=(ByField("purchase.channel"),))
    found, rows = layer.columns(query, ANALYST), layer.run(query, ANALYST, most_rows=3).table
    assert rows.total_rows is None
    assert dict(zip(found["channel"], found["sales"], strict=True)) == {"web": 330.0, "shop": 70.0, None: 100.0}


def test_columns_of_people_masked_or_few_are_kept_back(layer: SemanticLayer) -> None:
    with pytest.raises(NotAllowedError):
        layer.columns(Query(metrics=("members",), by=(ByField("member.nick"),)), ANALYST)
    with pytest.raises(NotAllowedError):
        layer.columns(Query(metrics=("members",)), NOBODY)
    few = layer.columns(Query(metrics=("sales",), by=(ByField(KEY),)), CROWDS)
    assert len(few["sales"]) == 4  # more than the three rows that an answer may have
    assert np.isnan(few["sales"]).all()
    seen = layer.columns(Query(metrics=("sales",), by=(ByField(KEY),)), EAST)
    assert seen["member_id"].tolist() == [1, 2]


def test_a_press_of_stop_comes_before_the_statement(layer: SemanticLayer) -> None:
    cancel = Cancel()
    cancel.press()
    with pytest.raises(CancelledError):
        layer.key_array(EVERYBODY, ANALYST, cancel=cancel)


def test_keys_that_are_no_whole_numbers_are_refused_in_words() -> None:
    with pytest.raises(DataError, match="no whole numbers"):
        integer_keys({"member_id": np.array(["a", "b"], dtype=object)})
    with pytest.raises(DataError, match="outside"):
        integer_keys({"member_id": np.array([-1], dtype=np.int64)})


def test_a_mask_becomes_the_gap_of_its_type() -> None:
    numbers = plain(np.ma.masked_array(np.array([1, 2]), mask=[True, False]))
    assert np.isnan(numbers[0])
    assert numbers[1] == 2.0
    times = plain(
        np.ma.masked_array(np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[us]"), mask=[True, False])
    )
    assert np.isnat(times[0])
    assert plain(np.ma.masked_array(np.array(["a", "b"], dtype=object), mask=[True, False])).tolist() == [None, "b"]
    assert plain(np.ma.masked_array(np.array([1, 2]), mask=[False, False])).dtype == np.int64


def test_the_fake_gives_columns_of_its_rows() -> None:
    found = of_rows(RawResult(("key", "flag", "sum", "name"), ((1, True, None, "a"), (2, False, 2.5, None))))
    assert [array.dtype.kind for array in found.values()] == ["i", "b", "f", "O"]
    assert np.isnan(found["sum"][0])
    assert of_rows(RawResult(("key",)))["key"].tolist() == []
