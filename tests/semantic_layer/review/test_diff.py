"""What changed definitions do to numbers. The numbers of the shop were added up by hand.

        August          September              October
orders  1: 100 coupon   2: 50   3: 30 coupon   4: 200   5: 20 coupon
by      customer 1      1       2              3        2
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from semantic_layer.query.predicate import HasMetric
from semantic_layer.query.types import Audience
from semantic_layer.review.compare import MetricShift, Pair
from tests.semantic_layer.review.shop import MODEL, difference, line_of, spoiled

COUPON_ONLY = spoiled(MODEL, "agg: sum, expr: amount,", "agg: sum, expr: amount, where: coupon,")
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


def shift(shifts: tuple[MetricShift, ...], name: str) -> MetricShift:
    return next(one for one in shifts if one.name == name)


def test_the_same_definitions_have_no_difference(tmp_path: Path) -> None:
    report = difference(tmp_path, MODEL, MODEL)
    assert (report.changes, report.warnings, report.metrics, report.tags) == ((), (), (), ())


def test_a_changed_metric_is_shown_month_by_month_old_beside_new(tmp_path: Path) -> None:
    report = difference(tmp_path, MODEL, COUPON_ONLY)
    sales = shift(report.metrics, "sales")
    found = dict(sales.months)
    assert len(found) == 12
    assert min(found, key=str) == date(2025, 11, 1)
    assert (found[AUGUST], found[SEPTEMBER], found[OCTOBER]) == (Pair(100, 100), Pair(80, 30), Pair(220, 20))
    assert (found[SEPTEMBER].change, found[SEPTEMBER].relative) == (-50, -0.625)
    assert sales.largest == pytest.approx(-200 / 220)
    assert sales.through == ()


def test_metrics_that_rest_on_it_are_shown_too_and_others_are_not(tmp_path: Path) -> None:
    report = difference(tmp_path, MODEL, COUPON_ONLY)
    assert [one.name for one in report.metrics] == ["sales", "order_value"]
    value = shift(report.metrics, "order_value")
    assert value.through == (("metric", "sales"),)
    found = dict(value.months)  # all orders still count below the line
    assert (found[AUGUST], found[SEPTEMBER], found[OCTOBER]) == (Pair(100, 100), Pair(40, 15), Pair(110, 10))


def test_the_change_is_told_in_words_with_a_warning_when_no_version_is_raised(tmp_path: Path) -> None:
    report = difference(tmp_path, MODEL, COUPON_ONLY)
    (change,) = report.changes
    assert (change.kind, change.name, change.what, change.changes_meaning) == ("metric", "sales", "changed", True)
    (detail,) = change.details
    assert (detail.key, detail.before, detail.after) == ("measures[0].where", "", "coupon")
    (warning,) = report.warnings
    assert warning.line == line_of(COUPON_ONLY, "- {name: sales")
    assert "version: 2" in warning.remedy.en
    raised = difference(
        tmp_path / "raised", MODEL, spoiled(COUPON_ONLY, "where: coupon,", "where: coupon, version: 2,")
    )
    assert raised.warnings == ()
    assert raised.changes[0].versions == (1, 2)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("{zh: 销售额, en: sales}", "{zh: 销售额, en: revenue}", "label"),
        ("unit: currency}", "unit: currency, owner: 财务}", "owner"),
    ],
)
def test_other_words_are_no_other_meaning(tmp_path: Path, old: str, new: str, key: str) -> None:
    report = difference(tmp_path, MODEL, spoiled(MODEL, old, new))
    assert [(one.changes_meaning, one.details[0].key) for one in report.changes] == [(False, key)]
    assert (report.warnings, report.metrics) == ((), ())


def test_the_same_sql_written_otherwise_is_no_other_meaning(tmp_path: Path) -> None:
    one = spoiled(MODEL, "expr: amount,", 'expr: amount, where: "coupon AND amount > 10",')
    other = spoiled(MODEL, "expr: amount,", 'expr: amount, where: "10 < amount AND coupon = TRUE",')
    report = difference(tmp_path, one, other)
    assert [change.changes_meaning for change in report.changes] == [False]
    assert (report.warnings, report.metrics) == ((), ())


def test_a_changed_field_reaches_the_metrics_that_use_it(tmp_path: Path) -> None:
    field = "  - {name: large, expr: amount >= 50, type: boolean, label: {zh: 大单, en: large}}\n"
    old = spoiled(MODEL, "  - name: coupon\n", field + "  - name: coupon\n")
    old = spoiled(old, "agg: count, unit: count}", "agg: count, where: large, unit: count}")
    report = difference(tmp_path, old, spoiled(old, "amount >= 50", "amount >= 30"))
    orders = shift(report.metrics, "orders")
    assert orders.through == (("dimension", "order.large"),)
    found = dict(orders.months)  # order 3 of 30 joins in September
    assert (found[AUGUST], found[SEPTEMBER], found[OCTOBER]) == (Pair(1, 1), Pair(1, 2), Pair(1, 1))


def test_a_number_without_time_is_shown_as_of_now(tmp_path: Path) -> None:
    new = spoiled(MODEL, "entity: customer, agg: count, ", "entity: customer, agg: count, where: town = '桐乡', ")
    assert shift(difference(tmp_path, MODEL, new).metrics, "customers").months == ((None, Pair(3, 2)),)


def test_metrics_that_come_and_go_stand_on_one_side(tmp_path: Path) -> None:
    more = spoiled(
        MODEL,
        "tags:\n",
        "- {name: coupons, label: {zh: 用券数, en: coupons}, entity: order, agg: count, where: coupon}\ntags:\n",
    )
    added = shift(difference(tmp_path / "added", MODEL, more).metrics, "coupons")
    assert dict(added.months)[SEPTEMBER] == Pair(None, 1)
    removed = shift(difference(tmp_path / "removed", more, MODEL).metrics, "coupons")
    assert dict(removed.months)[SEPTEMBER] == Pair(1, None)
    assert removed.failures == (None, None)


def test_a_new_name_for_the_same_is_a_renaming(tmp_path: Path) -> None:
    new = MODEL.replace("name: orders", "name: order_count").replace("denominator: orders", "denominator: order_count")
    new = new.replace("metric: orders", "metric: order_count")
    report = difference(tmp_path, MODEL, new)
    renamed = {(one.name, one.what): one.same_as for one in report.changes}
    assert renamed[("order_count", "added")] == "orders"
    assert renamed[("orders", "removed")] == "order_count"
    assert report.metrics == ()
    assert report.tags == ()


def test_a_metric_that_one_side_cannot_compute_says_so(tmp_path: Path) -> None:
    new = spoiled(MODEL, "coupon: boolean}", "coupon: boolean, freight: decimal}")
    new = spoiled(new, "expr: amount,", "expr: amount + freight,")  # no such column in the data
    sales = shift(difference(tmp_path, MODEL, new).metrics, "sales")
    assert dict(sales.months)[AUGUST] == Pair(100, None)
    before, after = sales.failures
    assert before is None
    assert after is not None
    assert "freight" in after.en
    assert after.zh


def test_the_customers_of_a_changed_tag(tmp_path: Path) -> None:
    report = difference(tmp_path, MODEL, spoiled(MODEL, "when: n >= 2", "when: n >= 1"))
    assert [(tag.name, tag.size) for tag in report.tags] == [("customer.regular", Pair(2, 3))]
    assert [one.name for one in report.metrics] == []


def test_a_tag_changes_with_the_metric_under_it(tmp_path: Path) -> None:
    new = spoiled(MODEL, "agg: count, unit: count}", "agg: count, where: coupon, unit: count}")
    report = difference(tmp_path, MODEL, new)
    assert report.tags[0].size == Pair(2, 1)  # customers 1 and 2 had two orders; with coupons, only customer 2 has
    assert shift(report.metrics, "orders").largest == -0.5


def test_the_customers_of_each_level(tmp_path: Path) -> None:
    levels = "levels:\n  - {value: 多, en: many, when: n >= 2}\n  - {value: 少, en: few, when: n >= 1}"
    old = spoiled(MODEL, "when: n >= 2", levels)
    (tag,) = difference(tmp_path, old, spoiled(old, "when: n >= 2}", "when: n >= 3}")).tags
    assert tag.size == Pair(3, 3)
    assert dict(tag.values) == {"多": Pair(2, 0), "少": Pair(1, 3)}


def test_the_size_of_each_saved_segment(tmp_path: Path) -> None:
    segments = {
        "花费百元": Audience(where=HasMetric(metric="sales", op=">=", value=100)),
        "常买": Audience(where=HasMetric(metric="orders", op=">=", value=2)),
    }
    report = difference(tmp_path, MODEL, COUPON_ONLY, segments)
    sizes = {one.name: one.size for one in report.segments}
    # customer 1 spent 150, 2 spent 50, 3 spent 200; with coupons 100, 50 and nothing
    assert sizes == {"花费百元": Pair(2, 1), "常买": Pair(2, 2)}


def test_a_segment_whose_metric_is_gone_says_so(tmp_path: Path) -> None:
    old = spoiled(
        MODEL,
        "tags:\n",
        "- {name: coupons, label: {zh: 用券数, en: coupons}, entity: order, agg: count, where: coupon}\ntags:\n",
    )
    segments = {"用券的人": Audience(where=HasMetric(metric="coupons", op=">=", value=1))}
    (found,) = difference(tmp_path, old, MODEL, segments).segments
    assert found.size == Pair(2, None)
    assert found.failures[1] is not None
    assert "coupons" in found.failures[1].en


def test_conventions_that_reach_every_number_touch_all_metrics(tmp_path: Path) -> None:
    report = difference(tmp_path, MODEL, spoiled(MODEL, "as_of: 2026-10-31", "as_of: 2026-09-30"))
    assert report.as_of == (date(2026, 10, 31), date(2026, 9, 30))
    assert {one.name for one in report.metrics} == {"sales", "orders", "customers", "order_value"}
    assert report.tags[0].size == Pair(2, 1)  # by the end of September, customer 2 had one order
