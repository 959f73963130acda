"""Definitions that cannot be right: each is named with file, line and remedy before anybody asks a question of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from semantic_layer.definitions import check_definitions
from semantic_layer.engines.memory import MemoryEngine
from semantic_layer.errors import InvalidPlanError, Issue
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import Policy, RolePolicy
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Grain, Span
from semantic_layer.query.types import ByTime, Query
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.model.small_model import (
    COMPANY,
    ENTITIES,
    METRICS,
    TAGS,
    line_of,
    spoiled,
    write_model,
)

FILES = {"entities": ENTITIES, "metrics": METRICS, "tags": TAGS, "company": COMPANY}

STORE = """\
- name: store
  source: stores
  primary_key: [store_id]
  label: {zh: 门店, en: store}
  columns: {store_id: integer, opened_on: date, town: string}
  fields:
  - {name: opened_on, label: {zh: 开业日, en: opening day}}
"""
HISTORY = """\
- name: level
  source: levels
  primary_key: [customer_key]
  validity: {start: since, end: until}
  partition: day
  label: {zh: 等级, en: level}
  columns: {customer_key: integer, since: date, until: date, day: date, name: string}
"""
WITH_STORE = spoiled(ENTITIES, "relationships:\n", STORE + HISTORY + "relationships:\n")
MORE = (
    METRICS
    + """\
- {name: stores, label: {zh: 门店数, en: stores}, entity: store, agg: count}
- {name: openings, label: {zh: 开业数, en: openings}, entity: store, agg: count, time: opened_on}
- {name: members, label: {zh: 会员数, en: members}, entity: customer, agg: count}
- name: monthly
  label: {zh: 月销售额, en: sales a month ago}
  type: derived
  expr: sales - before
  inputs:
  - {metric: sales}
  - {metric: sales, alias: before, where: "customer.city = '上海'", offset: 1 month}
- name: running
  label: {zh: 累计, en: running sales}
  type: cumulative
  input: sales
  window: 7 days
- name: converted
  label: {zh: 转化, en: converted}
  type: conversion
  entity: customer
  base: orders
  target: sales
  window: 7 days
  constant:
  - {base: customer.city, target: customer.gender}
"""
)

# file, what is replaced, by what, a text on the line that is named, in the message, in the remedy
FAULTS = {
    # rings
    "a ring through inputs": ("metrics", "  - {metric: sales}\n", "  - {metric: monthly}\n", "- name: monthly", "made of itself: monthly → monthly", "aggregation"),
    "a ring through a running total": ("metrics", "input: sales\n", "input: running\n", "- name: running", "made of itself", "aggregation"),
    "a ring through a conversion": ("metrics", "  target: sales\n", "  target: converted\n", "- name: converted", "made of itself", "aggregation"),
    # unrelated entities
    "a ratio over unrelated entities": ("metrics", "denominator: orders", "denominator: stores", "denominator: stores", "'stores' (store) and 'sales' (order) are over unrelated entities", "Add a relationship"),
    "arithmetic over unrelated entities": ("metrics", "expr: sales * 0.87\n  inputs: [sales]", "expr: sales / stores\n  inputs: [sales, stores]", "inputs: [sales, stores]", "unrelated entities", "belong together"),
    "a conversion of what does not lead there": ("metrics", "  base: orders\n", "  base: stores\n", "  base: stores", "'stores' is over store, which does not lead to 'customer'", "store"),
    "a measure grouped by what it does not lead to": ("metrics", "per: customer, having", "per: store, having", "per: store", "do not lead to 'store'", "customer"),
    "a tag over what does not lead to people": ("tags", "inputs: {every: {metric: orders}}", "inputs: {every: {metric: stores}}", "metric: stores", "does not lead to 'customer'", "add a relationship"),
    "a preference among what is not reached": ("tags", "  dimension: customer.gender", "  dimension: store.opened_on", "dimension: store", "does not lead to 'store'", "another dimension"),
    # a filter of the wrong type
    "a number held against a word": ("tags", "where: amount > 10", "where: amount > 'ten'", "where: amount", "decimal and cannot be compared with 'ten'", "without quotes"),
    "a word held against a number": ("metrics", "where: customer_key IS NOT NULL", "where: \"customer_key IN (1, 'x')\"", "customer_key IN", "integer and cannot be compared with 'x'", "number"),
    "a time that is none": ("metrics", "  agg: sum\n  expr: amount", "  agg: sum\n  where: ordered_at >= '2026-02-30'\n  expr: amount", "where: ordered_at", "timestamp and cannot be compared with '2026-02-30'", "2026-06-18"),
    "a time held against a number": ("metrics", "  agg: sum\n  expr: amount", "  agg: sum\n  where: ordered_at BETWEEN 1 AND 2\n  expr: amount", "where: ordered_at", "cannot be compared with 1", "2026-06-18"),
    "text without quotes": ("tags", "  when: every > 0", "  when: every > 0 AND city = 1", "  when:", "city is string and cannot be compared with 1", "quotes"),
    "an input held against a word": ("tags", "  when: every > 0", "  when: every > 'many'", "  when:", "cannot be compared with 'many'", "number"),
    "a number for a condition": ("metrics", "where: customer_key IS NOT NULL", "where: customer_key + 1", "where: customer_key + 1", "is no condition", "> 0"),
    "a column for a condition": ("tags", "where: amount > 10", "where: amount", "where: amount", "is no condition", "amount > 0"),
    # times
    "a festival that ends before it starts": ("company", "to: 2026-06-18", "to: 2026-05-18", "2026-05-18", "do not follow each other", "from first"),
    "a window of nothing": ("tags", "window: 90 days", "window: 0 days", "window: 0 days", "holds nothing", "above 0"),
    "a running total over nothing": ("metrics", "input: sales\n  window: 7 days", "input: sales\n  window: 0 days", "window: 0 days", "holds nothing", "above 0"),
    "a conversion in no time": ("metrics", "target: sales\n  window: 7 days", "target: sales\n  window: 0 days", "window: 0 days", "holds nothing", "above 0"),
    "a default window that is none": ("company", "  minimum_group: 5", "  minimum_group: 5\n  default_window: a year", "default_window", "'a year' is not a window", "12 months"),
    # grains
    "a metric finer than its date": ("metrics", "entity: store, agg: count, time: opened_on", "entity: store, agg: count, time: opened_on, grain: hour", "name: openings", "no finer than day", "grain: day"),
    "a date with hours": ("entities", "  - {name: opened_on,", "  - {name: opened_on, grain: hour,", "name: opened_on", "A date has no hour", "grain: day"),
    "a grain of a word": ("entities", "  - name: gender\n", "  - name: gender\n    grain: day\n", "grain: day", "string has no grain", "Remove grain:"),
    # offsets and running totals
    "an offset in no unit": ("metrics", "offset: 1 month", "offset: 1 monht", "offset: 1 monht", "'monht' is no unit", "'month'"),
    "an offset of nothing": ("metrics", "offset: 1 month", "offset: 0 months", "offset: 0 months", "changes nothing", "above 0"),
    "an offset to the start of nothing": ("metrics", "offset: 1 month", "offset: start of mnth", "start of mnth", "'mnth' is no unit of time to start from", "month"),
    "an offset that is no length": ("metrics", "offset: 1 month", "offset: a while", "offset: a while", "'a while' is not a length", "2 weeks"),
    "to date of no period": ("metrics", "input: sales\n  window: 7 days", "input: sales\n  grain_to_date: yaer", "grain_to_date", "'yaer' is no grain", "'year'"),
    "a window and to date": ("metrics", "input: sales\n  window: 7 days", "input: sales\n  window: 7 days\n  grain_to_date: year", "window: 7 days\n  grain", "not both", "Leave one"),
    "a running total of a running total": ("metrics", "  type: derived\n  expr: sales * 0.87\n  inputs: [sales]", "  type: cumulative\n  input: running", "input: running", "which is a running total itself", "aggregation"),
    "a running total of a conversion": ("metrics", "input: sales\n  window: 7 days", "input: converted\n  window: 7 days", "input: converted", "which is a conversion itself", "aggregation"),
    # conditions over fields
    "a field that is not there": ("metrics", "where: \"customer.city = '上海'\"", "where: \"customer.citty = '上海'\"", 'where: "customer.citty', "no field 'customer.citty'", "'customer.city'"),
    "a field that is not reached": ("metrics", "where: \"customer.city = '上海'\"", "where: \"store.opened_on > '2026-01-01'\"", 'where: "store', "not reached from the rows of 'sales'", "add a relationship"),
    "a bare name that is no field": ("metrics", "where: \"customer.city = '上海'\"", "where: \"city = '上海'\"", 'where: "city', "'city' is no field", "customer.city"),
    "a field held against the wrong type": ("metrics", "where: \"customer.city = '上海'\"", "where: customer.age > 'old'", "where: customer.age", "cannot be compared with 'old'", "number"),
    "a grain of the metric's time that is none": ("metrics", "where: \"customer.city = '上海'\"", "where: metric_time.dya > '2026-01-01'", "metric_time.dya", "'dya' is no grain", "'day'"),
    "a bound on no metric": ("metrics", "where: \"customer.city = '上海'\"", "where: \"metric('orderss', 'customer') > 1\"", "orderss", "no metric 'orderss'", "'orders'"),
    "a bound on a metric of no entity": ("metrics", "where: \"customer.city = '上海'\"", "where: \"metric('orders', 'custmer') > 1\"", "custmer", "no entity 'custmer'", "'customer'"),
    "a bound on a metric of what is not reached": ("metrics", "where: \"customer.city = '上海'\"", "where: \"metric('stores', 'store') > 1\"", "'store') > 1", "do not all lead to 'store'", "lead to"),
    "a bound that names one thing only": ("metrics", "where: \"customer.city = '上海'\"", "where: \"metric('orders') > 1\"", "metric('orders') >", "name of a metric and of an entity", "metric('orders', 'customer')"),
    "a bound where it cannot stand": ("tags", "when: every > 0", "when: \"metric('orders', 'customer') > 1\"", 'when: "metric(', "can only stand in the where: of a metric", "Move"),
    "an aggregation in a condition": ("metrics", "where: \"customer.city = '上海'\"", "where: SUM(order.amount) > 1", "where: SUM", "must be one expression", "SUM"),
    "a condition that is no SQL": ("metrics", "where: \"customer.city = '上海'\"", "where: customer.city = (", "where: customer.city", "is not SQL", "one SQL expression"),
    "a condition that the policy refuses": ("metrics", "where: \"customer.city = '上海'\"", "where: customer.city = getenv('HOME')", "getenv", "would be refused", "another function"),
    # constants of a conversion, percentiles
    "a constant that is no field": ("metrics", "base: customer.city, target", "base: customer.citty, target", "- {base: customer.citty", "'customer.citty' is no field", "'customer.city'"),
    "a constant that is not reached": ("metrics", "target: customer.gender}", "target: store.opened_on}", "store.opened_on", "is not reached from it", "fields"),
    "a percentile above all": ("metrics", "name: members, label: {zh: 会员数, en: members}, entity: customer, agg: count", "name: members, label: {zh: 会员数, en: members}, entity: order, agg: percentile, expr: amount, percentile: 90", "name: members", "90 is not between 0 and 1", "0.9"),
    "a percentile that does not say which": ("metrics", "name: members, label: {zh: 会员数, en: members}, entity: customer, agg: count", "name: members, label: {zh: 会员数, en: members}, entity: order, agg: percentile, expr: amount", "name: members", "needs to say which", "0.9"),
    # histories
    "a start that is no column": ("entities", "validity: {start: since,", "validity: {start: sinse,", "validity: {start: sinse", "no column 'sinse'", "'since'"),
    "an end that is no time": ("entities", "end: until}", "end: name}", "end: name", "'name' is string, not a time", "until"),
    "a start that is the end": ("entities", "end: until}", "end: since}", "end: since", "begin and end with the same column", "column of the end"),
    "a start that is part of the key": ("entities", "primary_key: [customer_key]\n  validity", "primary_key: [customer_key, since]\n  validity", "primary_key: [customer_key, since]", "part of the key", "several rows a key"),
    "a partition that is no column": ("entities", "partition: day", "partition: dya", "partition: dya", "no column 'dya'", "'day'"),
    # deprecation
    "a replacement that is not there": ("metrics", "  agg: sum\n  expr: amount", "  agg: sum\n  deprecated: old\n  replaced_by: net_sale\n  expr: amount", "replaced_by: net_sale", "no metric 'net_sale' to replace it", "'net_sales'"),
    "a replacement by itself": ("metrics", "  agg: sum\n  expr: amount", "  agg: sum\n  deprecated: old\n  replaced_by: sales\n  expr: amount", "replaced_by: sales", "replaced by itself", "another one"),
    "a replacement of another kind": ("tags", "  when: every > 0", "  when: every > 0\n  deprecated: old\n  replaced_by: sales", "replaced_by: sales", "no tag 'sales'", "tags"),
}  # fmt: skip


def issues_of(tmp_path: Path, **changed: str) -> tuple[Issue, ...]:
    files = {"entities": WITH_STORE, "metrics": MORE, **changed}
    return check_definitions(write_model(tmp_path, **files))[2]


def test_the_definitions_that_are_spoiled_here_have_no_fault(tmp_path: Path) -> None:
    assert [str(issue) for issue in issues_of(tmp_path)] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_right_is_found_where_it_stands(fault: str, tmp_path: Path) -> None:
    file, old, new, where, message, remedy = FAULTS[fault]
    text = spoiled({**FILES, "entities": WITH_STORE, "metrics": MORE}[file], old, new)
    issues = issues_of(tmp_path, **{file: text})
    fitting = [one for one in issues if one.file == f"{file}.yml" and message in one.message and remedy in one.remedy]
    assert fitting, [str(issue) for issue in issues]
    assert line_of(text, where) in [issue.line for issue in fitting], [str(issue) for issue in fitting]
    assert all(issue.severity == "error" for issue in fitting)


def test_parts_that_share_only_time_are_worth_a_warning(tmp_path: Path) -> None:
    metrics = spoiled(MORE, "denominator: orders", "denominator: openings")
    (issue,) = issues_of(tmp_path, metrics=metrics)
    assert issue.severity == "warning"
    assert "over time" in issue.remedy


def test_a_replacement_that_is_deprecated_too_names_the_next(tmp_path: Path) -> None:
    metrics = spoiled(MORE, "  agg: sum\n", "  agg: sum\n  deprecated: old\n  replaced_by: net_sales\n")
    metrics = spoiled(metrics, "  type: derived\n", "  type: derived\n  deprecated: old too\n  replaced_by: orders\n")
    (issue,) = issues_of(tmp_path, metrics=metrics)
    assert "'net_sales' is deprecated too" in issue.message
    assert issue.remedy == "Write replaced_by: orders."


def test_what_is_replaced_should_say_since_when(tmp_path: Path) -> None:
    (issue,) = issues_of(tmp_path, metrics=spoiled(MORE, "  agg: sum\n", "  agg: sum\n  replaced_by: net_sales\n"))
    assert issue.severity == "warning"
    assert "deprecated:" in issue.remedy


@pytest.mark.parametrize(
    "where",
    [
        "customer.city = '上海' AND metric('orders', 'customer') >= 2",
        '"order_customer>customer"."city" = \'上海\'',
        "metric_time.day >= '2026-01-01'",
        "order.ordered_at >= '2026-01-01 10:00:00' OR amount > 5",
        "customer.age BETWEEN 18 AND 30",
        "NOT customer.high_value",
    ],
)
def test_conditions_over_fields_that_hold_together(where: str, tmp_path: Path) -> None:
    metrics = spoiled(
        MORE,
        "where: \"customer.city = '上海'\"",
        f"where: {where!r}" if "'" not in where else "where: " + quoted(where),
    )
    assert [str(issue) for issue in issues_of(tmp_path, metrics=metrics)] == []


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# -- YAML --------------------------------------------------------------------------------------------------------------


def test_an_anchor_is_read_where_it_is_named(tmp_path: Path) -> None:
    metrics = spoiled(MORE, "unit: currency", "unit: &money currency").replace(
        "agg: count}\n- name: monthly", "agg: count, unit: *money}\n- name: monthly", 1
    )
    assert issues_of(tmp_path, metrics=metrics) == ()


def test_keys_that_are_merged_by_an_anchor_are_refused_with_a_remedy(tmp_path: Path) -> None:
    metrics = MORE + "- &base {name: a, label: {zh: 甲, en: a}, entity: order, agg: count}\n- {<<: *base, name: b}\n"
    issues = issues_of(tmp_path, metrics=metrics)
    (merged,) = [issue for issue in issues if "merged" in issue.message]
    assert merged.line == metrics.count("\n")
    assert "Write the keys of the anchor out" in merged.remedy


def test_an_anchor_inside_itself_is_named(tmp_path: Path) -> None:
    metrics = MORE + "- &ring [*ring]\n"
    assert any(
        "holds itself" in issue.message and issue.line == metrics.count("\n")
        for issue in issues_of(tmp_path, metrics=metrics)
    )


def test_anchors_that_grow_without_end_are_stopped(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 10)]
    began = time.process_time()
    issues = issues_of(tmp_path, bomb="\n".join(lines) + "\n")
    assert time.process_time() - began < 60  # ten billion values would take for ever
    assert any("Anchors repeat more than" in issue.message for issue in issues)


def test_a_key_that_stands_twice_names_both_lines(tmp_path: Path) -> None:
    metrics = spoiled(MORE, "  agg: sum\n", "  agg: sum\n  agg: max\n")
    (issue,) = issues_of(tmp_path, metrics=metrics)
    assert issue.line == line_of(metrics, "agg: max")
    assert f"line {line_of(metrics, 'agg: sum')}" in issue.message


# -- size --------------------------------------------------------------------------------------------------------------

METRIC = """\
- name: m{n}
  label: {{zh: 指标{n}, en: metric {n}}}
  type: derived
  expr: {before} + 1
  inputs: [{before}]
"""
LINES = 50_000


def many(count: int) -> str:
    """Metrics, each made of the one before, every twentieth of sales anew."""
    return "".join(METRIC.format(n=n, before=f"m{n - 1}" if n % 20 else "sales") for n in range(count))


@pytest.mark.slow
def test_a_file_of_fifty_thousand_lines_is_read_and_its_one_fault_found(tmp_path: Path) -> None:
    text = METRICS + many(LINES // 5)
    assert text.count("\n") > LINES
    spoiled_text = text.replace("inputs: [m9998]", "inputs: [m9998, nobody]")
    began = time.process_time()
    issues = issues_of(tmp_path, entities=ENTITIES, metrics=spoiled_text)
    took = time.process_time() - began
    assert [(issue.file, issue.line) for issue in issues] == [
        ("metrics.yml", line_of(spoiled_text, "inputs: [m9998, nobody]"))
    ]
    assert "nobody" in issues[0].message
    assert took < 120  # seconds of work, not of waiting; far more than it takes


@pytest.mark.slow
def test_fifty_thousand_lines_of_faults_are_cut_and_end_in_time(tmp_path: Path) -> None:
    text = METRICS + many(LINES // 5).replace("inputs: [m", "inputs: [x")
    began = time.process_time()
    issues = issues_of(tmp_path, entities=ENTITIES, metrics=text)
    assert time.process_time() - began < 120
    assert 1 < len(issues) < 1000
    assert any("the rest is not listed" in issue.message for issue in issues)


def test_metrics_made_of_metrics_without_end_are_named_where_they_pass_the_limit(tmp_path: Path) -> None:
    chain = "".join(METRIC.format(n=n, before=f"m{n - 1}" if n else "sales") for n in range(3000))
    (issue,) = issues_of(tmp_path, entities=ENTITIES, metrics=METRICS + chain)
    assert "more than 30 deep" in issue.message
    assert issue.line == line_of(METRICS + chain, "- name: m29\n")  # sales is 1, m0 is 2, m29 is 31


# -- questions over definitions ----------------------------------------------------------------------------------------


def layer_of(tmp_path: Path) -> SemanticLayer:
    entities = spoiled(
        WITH_STORE,
        "    label: {zh: 下单时间, en: order time}",
        "    label: {zh: 下单时间, en: order time}\n    grain: day",
    )
    loaded, _, issues = check_definitions(write_model(tmp_path, entities=entities, metrics=MORE))
    assert issues == ()
    from datetime import date

    policy = Policy(roles=(RolePolicy(name="all"),))
    return SemanticLayer(ModelIndex(loaded.model), policy, MemoryEngine({}), date(2026, 10, 31), SegmentsInMemory())


def test_a_question_with_a_filter_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    layer = layer_of(tmp_path)
    with pytest.raises(InvalidPlanError) as caught:
        layer.compile(Query(metrics=("sales",), where=Compare("customer.age", ">", "old")))
    assert "a number" in caught.value.message.en
    assert "数字" in caught.value.message.zh


def test_a_question_whose_time_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    from datetime import date

    layer = layer_of(tmp_path)
    with pytest.raises(InvalidPlanError) as caught:
        layer.compile(Query(metrics=("sales",), time=Span(date(2026, 9, 30), date(2026, 9, 1))))
    assert "2026-09-30" in caught.value.message.en


def test_a_question_by_a_grain_finer_than_the_data_is_refused(tmp_path: Path) -> None:
    layer = layer_of(tmp_path)
    with pytest.raises(InvalidPlanError) as caught:
        layer.compile(Query(metrics=("sales",), by=(ByTime(Grain.HOUR),)))
    assert "day" in caught.value.message.en
