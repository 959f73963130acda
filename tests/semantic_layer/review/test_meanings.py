"""The same meaning is found however it is written, and different meanings are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.compiler.canonical import conditions_of, form_of, plain_name
from semantic_layer.compiler.meanings import Meanings
from semantic_layer.compiler.uses import Uses
from tests.semantic_layer.review.shop import MODEL, findings, loaded, spoiled

SAME = [
    ("a > 1", "1 < a"),
    ("a >= 1", "(1 <= A)"),
    ("a = 1 AND b = 2", "b = 2 and a = 1"),
    ("a = 1 AND (b = 2 AND c = 3)", "c = 3 AND b = 2 AND 1 = a"),
    ("a + b", "b + a"),
    ("a * 2", "2.0 * a"),
    ("x BETWEEN 1 AND 5", "x <= 5 AND x >= 1"),
    ("x IN ('p', 'q')", "x IN ('q', 'p', 'q')"),
    ("x IN ('p')", "x = 'p'"),
    ("flag = TRUE", "flag"),
    ("NOT (x = 1)", "x <> 1"),
    ("NOT NOT flag", "flag"),
    ("a / b", "a / NULLIF(b, 0)"),
    ("coalesce(a, 0)", "COALESCE( a , 0 )"),
    ("CASE WHEN a > 1 THEN 'x' END", "case when 1 < a then 'x' end"),
]
DIFFERENT = [
    ("a > 1", "a >= 1"),
    ("a - b", "b - a"),
    ("a / b", "b / a"),
    ("(a + b) * c", "a + b * c"),
    ("a = 'X'", "a = 'x'"),
    ("a OR b", "a AND b"),
    ("NOT a OR b", "NOT (a OR b)"),
    ("x IN ('p', 'q')", "x IN ('p')"),
    ("coalesce(a, b)", "coalesce(b, a)"),
    ("CAST(a AS DATE)", "CAST(a AS TIMESTAMP)"),
    ("a / NULLIF(b, 1)", "a / b"),
    ("flag = FALSE", "flag"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_have_one_form(one: str, other: str) -> None:
    assert form_of(one, plain_name) == form_of(other, plain_name)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_meanings_have_two_forms(one: str, other: str) -> None:
    assert form_of(one, plain_name) != form_of(other, plain_name)


def test_what_is_no_sql_stands_for_itself() -> None:
    assert form_of("SELECT FROM (", plain_name) == "SELECT FROM ("
    assert conditions_of("", plain_name) == frozenset()


def with_metrics(*lines: str) -> str:
    return spoiled(
        MODEL,
        "tags:\n",
        "".join(f"- {{label: {{zh: 甲{at}, en: m{at}}}, {line}}}\n" for at, line in enumerate(lines)) + "tags:\n",
    )


PAIRS = {
    "rows and their keys": ("name: a, entity: order, agg: count_distinct, expr: order_id", "orders"),
    "a sum of ones": ("name: a, entity: order, agg: sum, expr: '1'", "orders"),
    "the default time written out": ("name: a, entity: order, agg: sum, expr: amount, time: ordered_at", "sales"),
    "a field for its column": ("name: a, entity: order, agg: sum, expr: amount, where: coupon = true", "with_coupon"),
    "a sum of booleans": ("name: a, entity: order, agg: sum_boolean, expr: coupon", "coupon_orders"),
    "a quotient for a ratio": ("name: a, type: derived, expr: sales / orders, inputs: [sales, orders]", "order_value"),
    "a filtered input": ("name: a, type: derived, expr: s, inputs: [{metric: sales, alias: s, where: order.coupon}]", "with_coupon"),
    "a condition on the whole": ("name: a, type: derived, expr: sales, inputs: [sales], where: order.coupon", "with_coupon"),
    "another name for it": ("name: a, type: derived, expr: other, inputs: [{metric: sales, alias: other}]", "sales"),
    "the median": ("name: a, entity: order, agg: percentile, percentile: 0.5, expr: amount", "median"),
}  # fmt: skip
BESIDES = (
    "name: with_coupon, entity: order, agg: sum, expr: amount, where: coupon",
    "name: coupon_orders, entity: order, agg: count, where: coupon",
    "name: median, entity: order, agg: median, expr: amount",
)


@pytest.mark.parametrize("pair", PAIRS)
def test_one_meaning_under_two_names_is_found(pair: str, tmp_path: Path) -> None:
    line, other = PAIRS[pair]
    model = with_metrics(*BESIDES, line)
    same = [one for one in findings(tmp_path, model) if one.rule == "same meaning"]
    assert [f"The metric a is computed the same way as {other}" in one.message.en for one in same] == [True], same


@pytest.mark.parametrize(
    "line",
    [
        "name: a, entity: order, agg: sum, expr: amount, where: NOT coupon",
        "name: a, entity: order, agg: average, expr: amount",
        "name: a, entity: order, agg: count_distinct, expr: customer_key",
        "name: a, entity: order, agg: sum, expr: amount, fill: 0",
        "name: a, type: derived, expr: s, inputs: [{metric: sales, alias: s, offset: 1 month}]",
        "name: a, type: cumulative, input: sales, window: 7 days",
        "name: a, type: ratio, numerator: orders, denominator: sales",
        "name: a, entity: order, agg: percentile, percentile: 0.9, expr: amount",
    ],
)
def test_a_metric_of_its_own_is_no_duplicate(line: str, tmp_path: Path) -> None:
    assert [one for one in findings(tmp_path, with_metrics(*BESIDES, line)) if one.rule == "same meaning"] == []


def test_hidden_and_deprecated_ones_are_no_duplicates(tmp_path: Path) -> None:
    model = with_metrics(
        "name: a, entity: order, agg: count, hidden: true",
        "name: b, entity: order, agg: count, deprecated: since May, replaced_by: orders",
    )
    assert [one for one in findings(tmp_path, model) if one.rule == "same meaning"] == []


def test_fields_and_tags_of_one_meaning_are_found(tmp_path: Path) -> None:
    model = spoiled(
        MODEL,
        "  - name: phone\n",
        "  - {name: place, expr: (town), type: string, label: {zh: 地方, en: place}}\n  - name: phone\n",
    )
    tag = "- {name: again, label: {zh: 再, en: again}, kind: rule, category: behaviour, inputs: {times: {metric: orders}}, when: 2 <= times}\n"
    model = spoiled(model, "samples:\n", tag + "samples:\n")
    same = [one.message.en for one in findings(tmp_path, model) if one.rule == "same meaning"]
    assert [text.partition(" is computed")[0] for text in same] == [
        "The field customer.place",
        "The tag customer.again",
    ]


def test_a_word_for_two_values_is_told_unless_it_is_declared(tmp_path: Path) -> None:
    field = "  - {name: shop_town, expr: town, type: string, label: {zh: 店, en: shop town}, values: [桐乡]}\n"
    model = spoiled(MODEL, "  - name: phone\n", field + "  - name: phone\n")
    (found,) = [one for one in findings(tmp_path / "one", model) if one.rule == "same word"]
    assert found.severity == "warning"
    assert "桐乡" in found.message.en
    declared = model + "ambiguities:\n- {words: [桐乡], meanings: [customer.town, customer.shop_town]}\n"
    assert [one for one in findings(tmp_path / "two", declared) if one.rule == "same word"] == []


def test_a_declared_word_that_leaves_a_meaning_out_is_told(tmp_path: Path) -> None:
    model = MODEL + "ambiguities:\n- {words: [桐乡], meanings: [sales, orders]}\n"
    (found,) = [one for one in findings(tmp_path, model) if one.rule == "same word"]
    assert "never mean it: 桐乡" in found.message.en


def test_uses_are_found_in_keys_and_in_sql(tmp_path: Path) -> None:
    line = """name: a, type: derived, expr: s - orders, inputs: [{metric: sales, alias: s, where: "customer.town = '桐乡' AND metric('orders', 'customer') > 1"}, {metric: orders}]"""
    uses = Uses(loaded(tmp_path, with_metrics(line)).model)
    assert uses.by[("metric", "a")] == {("metric", "sales"), ("metric", "orders"), ("dimension", "customer.town")}
    assert ("order", "amount") in uses.columns
    assert uses.users(("metric", "orders")) == (("metric", "order_value"), ("metric", "a"), ("tag", "customer.regular"))
    assert ("entity", "customer") in uses.closure([("metric", "a")])


def test_forms_of_long_chains_stay_short(tmp_path: Path) -> None:
    lines = ["name: m0, entity: order, agg: sum, expr: amount + 1"]
    lines += [
        f"name: m{at}, type: derived, expr: m{at - 1} + m{at - 1} * 2, inputs: [m{at - 1}]" for at in range(1, 25)
    ]
    model = loaded(tmp_path, with_metrics(*lines)).model
    assert len(Meanings(model).metric("m24")) < 1000
