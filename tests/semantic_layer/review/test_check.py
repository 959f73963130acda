"""Definitions held against data: each fault is found with the counts that were put there by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.review.findings import Finding, share_in_words
from tests.semantic_layer.review.shop import CUSTOMERS, MODEL, ORDERS, findings, line_of, spoiled


def of_rule(found: tuple[Finding, ...], rule: str) -> list[Finding]:
    return [one for one in found if one.rule == rule]


def one_of(found: tuple[Finding, ...], rule: str, word: str) -> Finding:
    (finding,) = [one for one in of_rule(found, rule) if word in one.message.en]
    assert finding.message.zh
    assert finding.remedy.zh
    assert finding.remedy.en
    assert finding.file == "shop.yml"
    return finding


def test_nothing_is_found_in_a_shop_without_faults(tmp_path: Path) -> None:
    assert findings(tmp_path) == ()


# -- tables and columns ------------------------------------------------------------------------------------------------


def test_a_table_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    model = spoiled(MODEL, "source: customers", "source: customer_list")
    found = one_of(findings(tmp_path, model), "columns", "no table 'customer_list'")
    assert found.severity == "error"
    assert found.line == line_of(model, "source: customer_list")
    assert "customers" in found.remedy.en


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    found = one_of(findings(tmp_path, customers=spoiled(CUSTOMERS, "town", "towns")), "columns", "no column 'town'")
    assert found.severity == "error"
    assert found.line == line_of(MODEL, "columns: {customer_key: integer, town")
    assert "towns" in found.remedy.en


def test_values_that_are_not_of_the_declared_type_are_counted(tmp_path: Path) -> None:
    orders = ORDERS.replace("10:11:12,100,", "10:11:12,about 100,").replace(",30,", ",thirty,")
    found = one_of(findings(tmp_path, orders=orders), "columns", "orders.amount that are no decimal: 2")
    assert (found.severity, found.count) == ("error", 2)


def test_a_table_without_rows_is_told(tmp_path: Path) -> None:
    found = one_of(findings(tmp_path, orders=ORDERS.splitlines()[0] + "\n"), "keys", "holds no rows")
    assert (found.severity, found.count) == ("warning", 0)


# -- keys and relationships --------------------------------------------------------------------------------------------


def test_rows_without_a_key_are_counted(tmp_path: Path) -> None:
    orders = ORDERS.replace("\n2,1,", "\n,1,").replace("\n5,2,", "\n,2,")
    found = one_of(findings(tmp_path, orders=orders), "keys", "have no order_id")
    assert (found.severity, found.count, found.total) == ("error", 2, 5)
    assert found.line == line_of(MODEL, "primary_key: [order_id]")


def test_keys_that_stand_twice_are_counted_with_the_rows_too_many(tmp_path: Path) -> None:
    orders = ORDERS.replace("\n2,1,", "\n1,1,").replace("\n3,2,", "\n1,2,").replace("\n5,2,", "\n4,2,")
    found = one_of(findings(tmp_path, orders=orders), "keys", "order_id of orders is not unique")
    # 1 stands three times and 4 twice: two keys on five rows, three too many
    assert "more than once: 2, on 5 rows, 3 too many" in found.message.en
    assert (found.severity, found.count, found.total) == ("error", 3, 5)


def test_a_one_side_that_is_not_unique_says_what_it_does_to_numbers(tmp_path: Path) -> None:
    customers = CUSTOMERS + "1,桐乡,13800000009\n"
    found = one_of(findings(tmp_path, customers=customers), "relationships", "not unique in customers")
    # customer 1 has the orders 1 and 2: each would meet two rows
    assert "2 of 5 rows of orders (40%) would each meet several and become 4" in found.message.en
    assert (found.severity, found.count, found.total) == ("error", 2, 5)
    assert found.line == line_of(MODEL, "- {from: order, to: customer")


def test_ends_the_wrong_way_round_are_told_apart_from_duplicates(tmp_path: Path) -> None:
    model = spoiled(MODEL, "- {from: order, to: customer, ", "- {from: customer, to: order, ")
    model = spoiled(model, "primary_key: [order_id]", "primary_key: [customer_key]")
    model = model[: model.index("tags:")] + model[model.index("samples:") :]
    found = one_of(findings(tmp_path, model), "relationships", "not unique in orders")
    assert "Swap from: and to:" in found.remedy.en


def test_rows_that_name_nobody_and_rows_without_a_name_are_counted(tmp_path: Path) -> None:
    orders = ORDERS.replace("\n4,3,", "\n4,99,").replace("\n5,2,", "\n5,,").replace("\n3,2,", "\n3,,")
    found = findings(tmp_path, orders=orders)
    orphans = one_of(found, "relationships", "name a customer_key that customers does not have")
    assert (orphans.severity, orphans.count, orphans.total, orphans.share) == ("warning", 1, 5, 0.2)
    without = one_of(found, "relationships", "have no customer_key")
    assert (without.severity, without.count, without.total) == ("info", 2, 5)


def test_a_join_on_the_wrong_column_is_an_error(tmp_path: Path) -> None:
    customers = CUSTOMERS.replace("\n1,", "\n11,").replace("\n2,", "\n12,").replace("\n3,", "\n13,")
    found = one_of(findings(tmp_path, customers=customers), "relationships", "does not have")
    assert (found.severity, found.count) == ("error", 5)
    assert "wrong ones" in found.remedy.en


# -- histories ---------------------------------------------------------------------------------------------------------

HISTORY = """\
- name: level
  source: levels
  primary_key: [customer_key]
  validity: {start: since, end: until}
  label: {zh: 等级史, en: level history}
  columns: {customer_key: integer, since: date, until: date, level: string}
  fields:
  - {name: level, label: {zh: 等级, en: level}}
"""
WITH_HISTORY = spoiled(MODEL, "relationships:\n", HISTORY + "relationships:\n").replace(
    "metrics:\n", "- {from: order, to: level, from_columns: [customer_key], to_columns: [customer_key]}\nmetrics:\n", 1
)


def history(*rows: str) -> str:
    return "\n".join(["customer_key,since,until,level", *rows, ""])


def test_a_sound_history_has_no_faults_although_keys_stand_twice(tmp_path: Path) -> None:
    rows = history("1,2025-01-01,2026-01-01,a", "1,2026-01-01,,b", "2,2025-01-01,,a", "3,2025-01-01,,a")
    assert findings(tmp_path, WITH_HISTORY, levels=rows) == ()


def test_windows_that_overlap_leave_gaps_or_run_backwards_are_counted(tmp_path: Path) -> None:
    rows = history(
        "1,2024-01-01,2026-01-01,a",  # holds the next two inside itself: both overlap
        "1,2024-06-01,2024-07-01,b",
        "1,2025-06-01,2025-07-01,c",
        "2,2024-01-01,2024-02-01,a",  # a gap of a month before the next
        "2,2024-03-01,,b",
        "3,2025-01-01,2025-01-01,a",  # holds at no moment
        "3,2025-05-01,2025-04-01,b",  # nor does this
        "3,,2025-01-01,c",
    )
    found = findings(tmp_path, WITH_HISTORY, levels=rows)
    counted = {one.message.en.split(") ")[1][:18]: (one.severity, one.count) for one in of_rule(found, "histories")}
    assert counted == {
        "end before, or as,": ("error", 2),
        "begin before an ea": ("error", 2),
        "leave a gap after ": ("warning", 1),
        "have no start, and": ("warning", 1),
    }


def test_an_open_end_before_another_row_is_an_overlap(tmp_path: Path) -> None:
    rows = history("1,2024-01-01,,a", "1,2025-01-01,,b", "2,2024-01-01,,a", "3,2024-01-01,,a")
    found = one_of(findings(tmp_path, WITH_HISTORY, levels=rows), "histories", "begin before an earlier one")
    assert found.count == 1


def test_ends_that_are_the_last_day_inside_are_recognised(tmp_path: Path) -> None:
    rows = history(
        "1,2024-01-01,2024-12-31,a",
        "1,2025-01-01,2025-06-30,b",
        "1,2025-07-01,,c",
        "2,2024-01-01,,a",
        "3,2024-01-01,,a",
    )
    found = one_of(findings(tmp_path, WITH_HISTORY, levels=rows), "histories", "last day inside")
    assert (found.severity, found.count, found.total) == ("error", 2, 5)
    assert "day after" in found.remedy.en


# -- values ------------------------------------------------------------------------------------------------------------


def test_values_that_are_not_listed_and_listed_ones_that_never_occur(tmp_path: Path) -> None:
    customers = "customer_key,town,phone\n" + "".join(f"{n},桐乡市,1380000000{n}\n" for n in range(1, 7)) + "7,李四,1\n"
    model = spoiled(MODEL, "as_of: 2026-10-31", "as_of: 2026-10-31, minimum_group: 5")
    found = findings(tmp_path, model, customers=customers)
    unlisted = one_of(found, "values", "that are not listed: 2, on 7 of 7 rows")
    assert "桐乡市 (6)" in unlisted.message.en
    assert "桐乡市 → 桐乡" in unlisted.remedy.en
    assert "李四" not in str(unlisted)  # one row only: it could be anything, even a name
    assert (unlisted.severity, unlisted.count) == ("warning", 7)
    absent = one_of(found, "values", "never occur in the data: 桐乡, 乌镇")
    assert (absent.severity, absent.count, absent.total) == ("info", 2, 2)


def test_values_of_personal_columns_are_counted_and_never_shown(tmp_path: Path) -> None:
    model = spoiled(MODEL, "    kind: identifier\n", '    values: ["1"]\n')
    customers = CUSTOMERS.replace("13800000002", "13800000001").replace("13800000003", "13800000001")
    found = findings(tmp_path, model, customers=customers)
    unlisted = one_of(found, "values", "customer.phone that are not listed: 1, on 3 of 3 rows")
    assert unlisted.count == 3
    assert "138" not in "".join(str(one) for one in found)


def test_a_group_that_no_row_is_in(tmp_path: Path) -> None:
    group = "    groups:\n    - {name: south, label: {zh: 南方, en: south}, members: [西塘]}\n"
    model = spoiled(MODEL, "values: [桐乡, 乌镇]\n", "values: [桐乡, 乌镇, 西塘]\n" + group)
    found = one_of(findings(tmp_path, model), "values", "No row of the data is in the group 'south'")
    assert found.line == line_of(model, "- {name: south")


# -- times -------------------------------------------------------------------------------------------------------------


def test_times_that_cannot_be_are_counted(tmp_path: Path) -> None:
    orders = (
        ORDERS
        + "6,1,2026-11-01 10:11:12,1,true\n7,1,2999-01-01 00:00:00,1,true\n8,1,1899-12-31 10:11:12,1,true\n9,1,,1,true\n"
    )
    found = findings(tmp_path, orders=orders)
    assert (one_of(found, "times", "after the data's today").count, one_of(found, "times", "after 2100").count) == (
        1,
        1,
    )
    assert one_of(found, "times", "before 1900").count == 1
    assert one_of(found, "times", "have no time").severity == "info"


def test_a_day_that_stands_for_unknown_is_told(tmp_path: Path) -> None:
    orders = ORDERS.replace("2026-08-05 10:11:12", "1970-01-01 00:00:00")
    found = one_of(findings(tmp_path, orders=orders), "times", "1970-01-01")
    assert (found.count, found.total) == (1, 5)


@pytest.mark.parametrize(
    ("grain", "moments", "wrong"),
    [("hour", "00:00:00", True), ("hour", "10:00:00", False), ("day", "00:00:00", False), ("minute", "10:00:00", True)],
)
def test_a_metric_is_not_finer_than_the_data(tmp_path: Path, grain: str, moments: str, wrong: bool) -> None:
    model = spoiled(MODEL, "agg: sum, expr: amount,", f"agg: sum, expr: amount, grain: {grain},")
    found = of_rule(findings(tmp_path, model, orders=ORDERS.replace("10:11:12", moments)), "times")
    assert [one.severity for one in found] == (["error"] if wrong else [])
    assert all(one.line == line_of(MODEL, "- {name: sales") for one in found)


def test_a_declared_grain_that_the_data_does_not_have(tmp_path: Path) -> None:
    model = spoiled(
        MODEL, "label: {zh: 下单时间, en: order time}", "label: {zh: 下单时间, en: order time}\n    grain: second"
    )
    found = one_of(
        findings(tmp_path, model, orders=ORDERS.replace("10:11:12", "10:11:00")), "times", "declared in seconds"
    )
    assert found.remedy.en == "Write grain: minute."


# -- tags --------------------------------------------------------------------------------------------------------------


def test_a_tag_that_nobody_has_and_one_that_everybody_has(tmp_path: Path) -> None:
    none = one_of(findings(tmp_path / "none", spoiled(MODEL, "when: n >= 2", "when: n >= 9")), "tags", "Nobody has")
    assert (none.severity, none.count, none.total) == ("warning", 0, 3)
    every = one_of(
        findings(tmp_path / "all", spoiled(MODEL, "when: n >= 2", "when: n >= 1")), "tags", "tells nobody apart"
    )
    assert (every.severity, every.count) == ("warning", 3)


def test_a_level_that_an_earlier_one_takes_whole(tmp_path: Path) -> None:
    levels = "levels:\n  - {value: 多, en: many, when: n >= 1}\n  - {value: 很多, en: very many, when: n >= 2}"
    customers = CUSTOMERS + "4,桐乡,13800000004\n"
    model = spoiled(MODEL, "when: n >= 2", levels)
    found = one_of(findings(tmp_path, model, customers=customers), "tags", "that nobody has: 很多")
    assert found.severity == "info"


# -- among themselves --------------------------------------------------------------------------------------------------


def test_hidden_metrics_and_columns_that_nothing_uses(tmp_path: Path) -> None:
    model = spoiled(
        MODEL,
        "- name: order_value",
        "- {name: lost, label: {zh: 丢, en: lost}, entity: order, agg: count, where: coupon, hidden: true}\n- name: order_value",
    )
    model = spoiled(model, "town: string,", "town: string, shoe_size: integer,")
    found = findings(
        tmp_path,
        model,
        customers=CUSTOMERS.replace("town", "shoe_size,town").replace(",桐", ",1,桐").replace(",乌", ",1,乌"),
    )
    assert one_of(found, "unused", "The metric lost is hidden").line == line_of(model, "- {name: lost")
    assert "shoe_size" in one_of(found, "unused", "Columns of customer").message.en


def test_an_entity_that_nothing_leads_to(tmp_path: Path) -> None:
    island = "- name: island\n  source: islands\n  primary_key: [id]\n  label: {zh: 岛, en: island}\n  columns: {id: integer}\n  fields:\n  - {name: id, label: {zh: 岛号, en: island number}}\n"
    model = spoiled(MODEL, "relationships:\n", island + "relationships:\n")
    found = one_of(findings(tmp_path, model, islands="id\n1\n"), "unused", "No metric is over island")
    assert found.severity == "warning"


def test_what_is_deprecated_and_still_used(tmp_path: Path) -> None:
    model = spoiled(
        MODEL,
        "agg: sum, expr: amount,",
        "agg: sum, expr: amount, deprecated: 2026-09-01 口径有误, replaced_by: net_sales,",
    )
    model = spoiled(
        model,
        "tags:\n",
        "- {name: net_sales, label: {zh: 净额, en: net sales}, entity: order, agg: sum, expr: amount, where: coupon}\ntags:\n",
    )
    found = one_of(findings(tmp_path, model), "deprecated", "still used by the metric order_value")
    assert "net_sales" in found.remedy.en


def test_a_share_is_never_rounded_to_nothing_or_to_all() -> None:
    assert [share_in_words(*pair) for pair in ((0, 5), (1, 3), (1, 100_000), (99_999, 100_000), (5, 5))] == [
        "0%",
        "33.3%",
        "0.001%",
        "99.999%",
        "100%",
    ]
