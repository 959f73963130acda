"""One fault at a time: each is found at its file and line, with words that name it and a remedy that mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError, Issue
from tests.semantic_layer.model.small_model import (
    COMPANY,
    ENTITIES,
    METRICS,
    POLICY,
    TAGS,
    line_of,
    spoiled,
    write_model,
)

FILES = {"entities": ENTITIES, "metrics": METRICS, "tags": TAGS, "company": COMPANY, "policies": POLICY}

# file, what is replaced, by what, the text on the line that is named, in the message, in the remedy
FAULTS = {
    "unknown key": ("metrics", "  agg: sum", "  agg: sum\n  descripton: x", "descripton", "'descripton'", "'description'"),
    "unknown key at the top": ("company", "samples:", "sample:", "sample:", "'sample'", "'samples'"),
    "unknown key in a measure": ("metrics", "per: customer", "par: customer", "par:", "'par'", "'per'"),
    "unknown key in a policy": ("policies", "row_filters", "row_filter", "row_filter", "'row_filter'", "'row_filters'"),
    "missing key": ("entities", "  source: orders\n", "", "- name: order\n", "'source' is missing", "Add source:"),
    "missing English label": ("metrics", "{zh: 销售额, en: sales}", "{zh: 销售额}", "zh: 销售额", "'en' is missing", "Add en:"),
    "missing columns": (
        "entities",
        "  columns: {order_id: integer, customer_key: integer, ordered_at: timestamp, amount: decimal}\n",
        "",
        "- name: order\n",
        "'columns' is missing",
        "Add columns:",
    ),
    "wrong type": ("tags", "share: 0.2", "share: [0.2]", "share: [", "must be a number, not a list", "Write a number"),
    "wrong choice": ("metrics", "agg: sum", "agg: summ", "summ", "'summ' is not allowed", "'sum'"),
    "wrong column type": ("entities", "city: string", "city: sting", "columns:", "'sting'", "string"),
    "unusable name": ("metrics", "name: sales", "name: net sales!", "net sales!", "not a usable name", "underscores"),
    "key given twice": ("metrics", "  agg: sum\n", "  agg: sum\n  agg: max\n", "agg: max", "stands twice", "Keep one"),
    "name given twice": ("metrics", "name: orders", "name: sales", "name: sales\n  label: {zh: 订单数", "defined twice", "Rename"),
    "tag named like a dimension": ("tags", "name: buyer", "name: gender", "name: gender", "already a dimension", "another name"),
    "share out of range": ("tags", "share: 0.2", "share: 20", "share: 20", "20 is not possible", "between 0 and 1"),
    "window without unit": ("tags", "window: 90 days", "window: 90", "window: 90", "'90' is not a window", "12 months"),
    "bound that is none": ("tags", "orders >= 2", "orders at least 2", "at least 2", "not a bound", "orders >= 2"),
    "sum of nothing": ("metrics", "  expr: amount\n", "", "- name: sales", "sum needs something", "Add expr:"),
    "having without per": ("metrics", "per: customer, ", "", "having", "'having' needs", "per: customer"),
    "field without type": ("entities", "    type: integer\n", "", "name: age", "type is not known", "Add type:"),
    "entity of a metric": ("metrics", "entity: order\n", "entity: oder\n", "entity: oder", "no entity 'oder'", "'order'"),
    "entity counted": ("metrics", "  agg: count\n", "  agg: count\n  counts: custommer\n", "counts:", "no entity", "'customer'"),
    "numerator": ("metrics", "numerator: sales", "numerator: salse", "salse", "no metric 'salse'", "'sales'"),
    "input of a derived metric": ("metrics", "inputs: [sales]", "inputs: [salse]", "inputs: [salse]", "'salse'", "'sales'"),
    "metric in having": ("metrics", "having: orders", "having: ordrs", "ordrs", "no metric 'ordrs'", "'orders'"),
    "time field of a measure": (
        "metrics", "  agg: count\n", "  agg: count\n  time: order_at\n", "time: order_at", "not a time field", "'ordered_at'",
    ),
    "cyclic metrics": ("metrics", "numerator: sales", "numerator: net_sales", None, "", ""),
    "metric of a tag": ("tags", "metric: sales", "metric: slaes", "slaes", "no metric 'slaes'", "'sales'"),
    "metric of an input": ("tags", "metric: orders, window", "metric: order, window", "metric: order,", "'order'", "'orders'"),
    "positive value": ("tags", "positive: [高]", "positive: [最]", "positive:", "'最' is not a value", "低, 高"),
    "preferred dimension": ("tags", "customer.gender", "customer.gendre", "gendre", "no dimension", "'customer.gender'"),
    "word with two meanings": ("metrics", "synonyms: [GMV, revenue]", "synonyms: [城市]", "label: {zh: 城市", "'城市' already", "ambiguities"),
    "alias of two values": ("entities", "aliases: [男性, men]", "aliases: [女性]", "aliases: [女性]", "'女性' means both", "Remove"),
    "group of unknown values": ("entities", "members: [上海, 北京]", "members: [上海市]", "members:", "'上海市'", "上海"),
    "primary key": ("entities", "primary_key: [order_id]", "primary_key: [id]", "primary_key: [id]", "no column 'id'", "order_id"),
    "entity time": ("entities", "time: ordered_at", "time: orderd", "time: orderd", "'orderd' is not a time field", "'ordered_at'"),
    "label column": ("entities", "  verbs:", "  label_column: ordered\n  verbs:", "label_column", "not a field", "'ordered_at'"),
    "end of a relationship": ("entities", "  to: customer\n", "  to: custmer\n", "to: custmer", "no entity", "'customer'"),
    "column of a relationship": (
        "entities", "from_columns: [customer_key]", "from_columns: [customer_id]", "from_columns", "'customer_id'", "'customer_key'",
    ),
    "relationship to part of a key": (
        "entities", "to_columns: [customer_key]", "to_columns: [city]", "to_columns", "not the primary key", "customer_key",
    ),
    "data's today": ("company", "order.ordered_at", "order.orderd_at", "as_of_from", "'order.orderd_at'", "'order.ordered_at'"),
    "meaning of an ambiguous word": ("company", "meanings: [sales,", "meanings: [sails,", "meanings", "'sails'", "'sales'"),
    "default outside the meanings": ("company", "default: sales", "default: orders", "default", "not one of the meanings", "sales"),
    "offer of a near miss": ("company", "offer: [customer.age]", "offer: [customer.aeg]", "offer", "'customer.aeg'", "'customer.age'"),
    "near miss that is defined": ("company", "words: [星座,", "words: [年龄,", "年龄", "means 'customer.age'", "Remove it"),
    "ambiguous word given twice": (
        "company", "near_misses:", "- words: [worth]\n  meanings: [sales, orders]\nnear_misses:", "- words: [worth]", "twice", "Rename",
    ),
    "day that is none": ("company", "to: 2026-06-18", "to: 2026-06-31", "2026-06-31", "not a day", "2026-06-18"),
    "festival that ends before it begins": ("company", "to: 2026-06-18", "to: 2026-05-18", "from: 2026", "do not follow", "first"),
    "time zone": ("company", "  minimum_group: 5", "  time_zone: Asia/Shangai", "Shangai", "no time zone", "Asia/Shanghai"),
    "month of the fiscal year": ("company", "  minimum_group: 5", "  fiscal_year_start: 13", "13", "no month 13", "1 to 12"),
    "customer entity": ("entities", "datasets:", "customer_entity: client\ndatasets:", "customer_entity", "'client'", "customer"),
    "column in an expression": ("metrics", "expr: amount", "expr: ammount", "expr: ammount", "no 'ammount'", "'amount'"),
    "column in a condition": ("metrics", "customer_key IS NOT", "customer_id IS NOT", "customer_id", "no 'customer_id'", "'customer_key'"),
    "broken SQL": ("entities", "YEAR(:as_of) - YEAR(birthday)", "YEAR(:as_of - (", "YEAR(:as_of - (", "is not SQL", "one SQL expression"),
    "subquery": (
        "metrics", "expr: amount", "expr: (SELECT max(x) FROM t)", "SELECT max", "must be one expression", "Leave out SELECT",
    ),
    "aggregate in an expression": ("metrics", "expr: amount", "expr: sum(amount)", "expr: sum", "one expression", "agg: does that"),
    "placeholder": ("entities", "YEAR(:as_of)", "YEAR(:today)", "YEAR(:today)", "':today' is not known", "':as_of'"),
    "function that is never let through": ("metrics", "expr: amount", "expr: getenv('HOME')", "getenv", "would be refused", "another"),
    "input of a rule": ("tags", "when: every > 0", "when: evry > 0", "when: evry", "no 'evry'", "'every'"),
    "name in the condition of an input": ("tags", "where: amount > 10", "where: amout > 10", "where: amout", "no 'amout'", "'amount'"),
    "input of a formula": ("metrics", "expr: sales * 0.87", "expr: sale * 0.87", "expr: sale *", "no 'sale'", "'sales'"),
    "entity of a role": ("policies", "[customer, order]", "[customer, ordr]", "entities: [customer, ordr]", "no entity 'ordr'", "'order'"),
    "role without entities": ("policies", "  entities: all\n", "", "- name: analyst", "which entities", "entities: all"),
    "purpose of a role": ("policies", "[sms]", "[smss]", "export_contact_for", "no purpose 'smss'", "'sms'"),
    "entity of a row filter": ("policies", "{entity: customer,", "{entity: client,", "entity: client", "'client'", "customer"),
    "role given twice": ("policies", "name: east", "name: analyst", "name: analyst\n  label: {zh: 华东", "twice", "Rename"),
    "limit": ("policies", "seconds: 10", "seconds: -1", "seconds: -1", "above 0", "positive"),
    "one file says what another has said": ("metrics", "metrics:", "name: other\nmetrics:", "name: other", "entities.yml:1", "one file"),
}  # fmt: skip


def issues_of(tmp_path: Path, **changed: str) -> tuple[Issue, ...]:
    with pytest.raises(DefinitionError) as error:
        load_definitions(write_model(tmp_path, **changed))
    return error.value.issues


@pytest.mark.parametrize("fault", [name for name, case in FAULTS.items() if case[3] is not None])
def test_finds_the_fault_where_it_stands(fault: str, tmp_path: Path) -> None:
    file, old, new, where, message, remedy = FAULTS[fault]
    assert where is not None
    text = spoiled(FILES[file], old, new)
    issues = issues_of(tmp_path, **{file: text})
    reported_in = "entities" if fault == "word with two meanings" else file
    reported_text = ENTITIES if fault == "word with two meanings" else text
    place = line_of(reported_text, where)
    fitting = [
        issue
        for issue in issues
        if issue.file == f"{reported_in}.yml" and message in issue.message and remedy in issue.remedy
    ]
    assert fitting, [str(issue) for issue in issues]
    assert place in [issue.line for issue in fitting], [str(issue) for issue in issues]


def test_a_faultless_folder_has_no_faults(tmp_path: Path) -> None:
    model, policy = load_definitions(write_model(tmp_path))
    assert len(model.metrics) == 5
    assert policy.limits.seconds == 10


def test_a_ring_of_metrics_is_named_once_with_its_way(tmp_path: Path) -> None:
    text = METRICS.replace(
        "expr: sales * 0.87\n  inputs: [sales]", "expr: average_order_value * 2\n  inputs: [average_order_value]"
    )
    issues = issues_of(tmp_path, metrics=text.replace("numerator: sales", "numerator: net_sales"))
    assert [issue.message for issue in issues] == [
        "The metric is made of itself: average_order_value → net_sales → average_order_value."
    ]
    assert issues[0].line == line_of(METRICS, "- name: average_order_value")


def test_a_metric_may_not_be_its_own_condition(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, metrics=METRICS.replace("having: orders >= 2", "having: repeat_buyers >= 2"))
    assert ["repeat_buyers → repeat_buyers" in issue.message for issue in issues] == [True]


def test_a_declared_ambiguity_allows_two_meanings(tmp_path: Path) -> None:
    company = COMPANY.replace("ambiguities:\n", "ambiguities:\n- words: [城市]\n  meanings: [sales, customer.city]\n")
    load_definitions(write_model(tmp_path, metrics=METRICS.replace("GMV", "城市"), company=company))


def test_words_are_compared_without_regard_to_width_and_case(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, metrics=METRICS.replace("en: orders}", "en: ＳＡＬＥＳ}"))
    assert ["'ＳＡＬＥＳ' already means the metric 'sales'" in issue.message for issue in issues] == [True]


def test_broken_yaml_is_reported_with_its_line(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, metrics="metrics:\n- name: sales\n  label: {zh: 销售额\n- name: x\n")
    assert issues[0].file == "metrics.yml"
    assert issues[0].line in (3, 4)
    assert "Not readable as YAML" in issues[0].message


def test_a_file_that_cannot_be_read_is_the_only_fault_reported(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, metrics="metrics:\n- name: sales\n  label: {zh: 销售额\n- name: x\n")
    assert len(issues) == 1


def test_a_file_that_is_a_list_is_reported(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, more="- name: sales\n")
    assert [(issue.file, issue.line) for issue in issues] == [("more.yml", 1)]
    assert "datasets:" in issues[0].remedy


def test_an_item_that_is_no_mapping_is_reported(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, more="metrics:\n- sales\n")
    assert [(issue.file, issue.line) for issue in issues] == [("more.yml", 2)]


def test_a_file_in_another_encoding_is_reported(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    (folder / "metrics.yml").write_bytes(METRICS.encode("gbk"))
    with pytest.raises(DefinitionError) as error:
        load_definitions(folder)
    assert error.value.issues[0].remedy == "Save it as UTF-8."


def test_an_empty_file_is_no_fault(tmp_path: Path) -> None:
    load_definitions(write_model(tmp_path, later="# nothing yet\n"))


def test_without_a_policy_file_nobody_may_read(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    (folder / "policies.yml").unlink()
    _, policy = load_definitions(folder)
    assert policy.roles == ()
