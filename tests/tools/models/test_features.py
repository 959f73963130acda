"""What is known of customers on a day: numbers counted by hand, and nothing of what came later."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from semantic_layer.errors import InvalidPlanError, NotAllowedError
from tests.semantic_layer.compiler import tiny
from tests.tools.models.world import ANA, BEA, drawn, model_of, shop
from tools.models.features import buying_features, features_of, other_behaviour, rhythm_of
from tools.models.history import History, history_of, read_history
from tools.models.types import Task

DAY = date(2026, 6, 30)


def history(*rows: tuple[int, int, float]) -> History:
    """Rows of a customer, days before `DAY`, and an amount; one purchase each."""
    keys, back, value = (np.array(column) for column in zip(*rows, strict=True))
    return history_of(keys, DAY.toordinal() - back, np.ones(len(keys)), value.astype(float))


def test_rows_may_come_in_any_order() -> None:
    found = history((9, 5, 1.0), (3, 10, 2.0), (9, 50, 3.0))
    assert found.keys.tolist() == [3, 9]
    assert found.who.tolist() == [0, 1, 1]
    assert found.value.tolist() == [2.0, 3.0, 1.0]
    assert (found.first, found.last) == (DAY - timedelta(days=50), DAY - timedelta(days=5))


def test_rhythm_is_the_own_median_drawn_to_that_of_the_usual_customer() -> None:
    # Customer 1: gaps 10, 20, 60, so a median of 20. Customer 2: one gap of 100. Customer 3: none.
    found = rhythm_of(history((1, 90, 1), (1, 80, 1), (1, 60, 1), (1, 0, 1), (2, 100, 1), (2, 0, 1), (3, 5, 1)))
    usual = (20 + 100) / 2
    assert found == pytest.approx([(20 * 3 + usual * 2) / 5, (100 * 1 + usual * 2) / 3, usual])


def test_features_are_those_counted_by_hand() -> None:
    found = buying_features(history((1, 400, 100), (1, 170, 40), (1, 80, 30), (1, 10, 50), (2, 0, 7)), DAY)
    row = {feature.name: found.column(feature.name)[0] for feature in found.features}
    assert row["recency"] == 10
    assert row["days_bought"] == 4
    assert row["tenure"] == 400
    assert row["times_recent"] == 2
    assert row["times_before"] == 1
    assert row["times_year"] == 3
    assert row["value_year"] == 120
    assert row["value_each"] == 55
    assert row["overdue"] == pytest.approx(10 / row["rhythm"])
    assert found.column("recency")[1] == 0


def test_a_window_holds_its_last_day_and_not_the_day_before_its_first() -> None:
    found = buying_features(history((1, 89, 1), (2, 90, 1), (3, 179, 1), (4, 180, 1)), DAY)
    assert found.column("times_recent").tolist() == [1, 0, 0, 0]
    assert found.column("times_before").tolist() == [0, 1, 1, 0]


def test_later_rows_change_nothing(tmp_path) -> None:
    """Without leakage: everything after the day removed, doubled or made dearer leaves the features of the day as they were."""
    frame = drawn(people=80).purchases
    until = tiny.TODAY - timedelta(days=60)
    later = frame["day"] < 60
    worlds = {
        "whole": frame,
        "cut": frame[~later],
        "changed": pd.concat([frame[~later], frame[later].assign(amount=9999.0), frame[later].assign(coupon=True)]),
    }
    found = {}
    for name, rows in worlds.items():
        (tmp_path / name).mkdir()
        with shop(tmp_path / name, rows) as layer:
            task = Task(layer=layer, user=ANA)
            found[name] = features_of(task, read_history(layer, ANA), until)
    for name in ("cut", "changed"):
        assert found[name].keys.tolist() == found["whole"].keys.tolist()
        assert np.array_equal(found[name].values, found["whole"].values)
    assert {"visits_recent", "coupon_purchases_recent"} <= {one.name for one in found["whole"].features}


def test_other_behaviour_is_counted_in_its_window(tmp_path) -> None:
    frame = pd.DataFrame(
        [
            (1, 0, 5.0, True, "shoes"),
            (1, 89, 5.0, True, "shoes"),
            (1, 90, 5.0, True, "bags"),
            (2, 3, 5.0, False, "bags"),
        ],
        columns=["member_id", "day", "amount", "coupon", "kind"],
    )
    with shop(tmp_path, frame) as layer:
        found = features_of(Task(layer=layer, user=ANA), read_history(layer, ANA), layer.as_of)
    assert found.column("coupon_purchases_recent").tolist() == [2, 0]
    assert found.column("visits_recent").tolist() == [2, 1]


def test_what_a_role_may_not_use_is_no_feature(tmp_path) -> None:
    with shop(tmp_path, drawn(people=20).purchases) as layer:
        seen = {one.name for one in other_behaviour(layer, Task(layer=layer, user=ANA))}
        blind = {one.name for one in other_behaviour(layer, Task(layer=layer, user=BEA))}
        assert seen - blind == {"coupon_purchases"}
        with pytest.raises(NotAllowedError):
            read_history(layer, BEA)


def test_without_a_goal_nothing_is_known(tmp_path) -> None:
    with (
        shop(tmp_path, drawn(people=20).purchases, model=model_of(goal=False)) as layer,
        pytest.raises(InvalidPlanError) as told,
    ):
        read_history(layer, ANA)
    assert "goal" in told.value.message.en
