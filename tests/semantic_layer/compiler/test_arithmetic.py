"""What metrics are made of, against forms written by hand."""

from __future__ import annotations

import pytest

from semantic_layer.compiler.arithmetic import Formula, Quotient, Total, arithmetic_of
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Derived, Input, Metric, Ratio, Unit
from tests.semantic_layer.compiler import tiny

SALES, PURCHASES, VISITS = (Total(((name, 1.0),)) for name in ("sales", "purchases", "visits"))


def made(expr: str, *inputs: str) -> object:
    return made_of(Derived(expr=expr, inputs=tuple(Input(name) for name in inputs)))


def made_of(body: Derived | Ratio, where: str = "") -> object:
    metric = Metric(name="asked", words=tiny.words("asked"), body=body, unit=Unit.NUMBER, where=where)
    model = tiny.replace(tiny.MODEL, metrics=(*tiny.METRICS, metric))
    return arithmetic_of(ModelIndex(model), "asked")


def test_a_sum_is_itself_and_a_ratio_is_one_sum_over_another() -> None:
    index = ModelIndex(tiny.MODEL)
    assert arithmetic_of(index, "sales") == SALES
    assert arithmetic_of(index, "basket") == Quotient(SALES, PURCHASES)
    assert arithmetic_of(index, "contacts") == Total((("purchases", 1.0), ("visits", 1.0)))


def test_one_less_a_rate_is_a_rate_over_the_same_denominator() -> None:
    # 1 - coupon_purchases / purchases = (purchases - coupon_purchases) / purchases
    assert arithmetic_of(ModelIndex(tiny.MODEL), "coupon_gap") == Quotient(
        Total((("coupon_purchases", -1.0), ("purchases", 1.0))), PURCHASES
    )


def test_ratios_of_ratios_over_the_same_denominator_lose_it() -> None:
    rate = Ratio(numerator=Input("basket"), denominator=Input("coupon_gap"))
    assert made_of(rate) == Quotient(SALES, Total((("coupon_purchases", -1.0), ("purchases", 1.0))))


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        ("sales - 2 * visits", Total((("sales", 1.0), ("visits", -2.0)))),
        ("(sales + visits) / 2", Total((("sales", 0.5), ("visits", 0.5)))),
        ("-sales / NULLIF(visits, 0)", Quotient(Total((("sales", -1.0),)), VISITS)),
        ("100 * sales / visits + 1", Quotient(Total((("sales", 100.0), ("visits", 1.0))), VISITS)),
    ],
)
def test_formulas_are_put_in_their_simplest_form(expr: str, wanted: object) -> None:
    assert made(expr, "sales", "visits") == wanted


def test_any_other_arithmetic_is_computed_from_its_totals() -> None:
    found = made("sales * visits + purchases / visits", "sales", "visits", "purchases")
    assert isinstance(found, Formula)
    assert set(found.leaves) == {"sales", "visits", "purchases"}
    assert found.value({"sales": 3, "visits": 2, "purchases": 5}) == 8.5
    assert found.value({"sales": 3, "visits": 0, "purchases": 5}) is None


def test_what_does_not_add_up_is_not_arithmetic_over_totals() -> None:
    index = ModelIndex(tiny.MODEL)
    assert arithmetic_of(index, "median_amount") is None
    assert arithmetic_of(index, "average_amount") is None
    assert arithmetic_of(index, "stock") is None
    assert made("GREATEST(sales, visits)", "sales", "visits") is None
    assert made_of(Ratio(numerator=Input("sales", where="coupon"), denominator=Input("purchases"))) is None
    assert made_of(Ratio(numerator=Input("sales"), denominator=Input("purchases")), where="purchase.coupon") is None
