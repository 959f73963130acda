"""The loaded tables keep what TABLES.md promises, and say the same as the truth that the exports were made from."""

from __future__ import annotations

import duckdb
import pytest

from semantic_layer.examples.retail.company import Company
from semantic_layer.examples.retail.generate import MOST_WITH_SOURCES, generate_clean
from semantic_layer.examples.retail.schema import TABLES
from semantic_layer.ingestion.snapshot import build_snapshot

NAMES = [spec.name for spec in TABLES]


@pytest.fixture(scope="module")
def truth(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("truth")
    tiny = Company(people=2_000, block=MOST_WITH_SOURCES)
    generate_clean(folder / "clean", tiny, progress=lambda *_: None, processes=1)
    build_snapshot(folder / "clean", folder / "truth.duckdb", TABLES, progress=lambda *_: None)
    return str(folder / "truth.duckdb")


@pytest.mark.parametrize("table", NAMES)
def test_reading_the_dirty_exports_arrives_at_the_clean_truth(tiny, truth, table):
    with duckdb.connect(truth, read_only=True) as database:
        expected = sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
    assert sorted(tiny.rows(f"SELECT * FROM {table}"), key=repr) == expected


def test_every_key_is_unique(tiny):
    keys = {
        "cities": "city", "customers": "customer_key", "stores": "store_id", "products": "product_id", "orders": "order_id",
        "order_lines": "line_id", "events": "event_id", "tickets": "ticket_id", "campaigns": "campaign_id",
        "campaign_members": "(campaign_id, customer_key)", "messages": "message_id",
        "consents": "(customer_key, message_channel)",
    }  # fmt: skip
    for table, key in keys.items():
        assert tiny.one(f"SELECT count(*) - count(DISTINCT {key}) FROM {table}") == 0, table


def test_every_reference_is_found(tiny):
    references = [
        ("customers", "city", "cities"), ("stores", "city", "cities"), ("orders", "store_id", "stores"),
        ("orders", "customer_key", "customers"), ("order_lines", "order_id", "orders"),
        ("order_lines", "product_id", "products"), ("order_lines", "customer_key", "customers"),
        ("events", "customer_key", "customers"), ("events", "product_id", "products"),
        ("tickets", "customer_key", "customers"), ("messages", "campaign_id", "campaigns"),
        ("messages", "customer_key", "customers"), ("campaign_members", "customer_key", "customers"),
        ("consents", "customer_key", "customers"), ("level_history", "customer_key", "customers"),
    ]  # fmt: skip
    for table, column, other in references:
        lost = f"SELECT count(*) FROM {table} ANTI JOIN {other} USING ({column}) WHERE {column} IS NOT NULL"
        assert tiny.one(lost) == 0, (table, column)


def test_orders_are_the_sums_of_their_lines(tiny):
    wrong = """
        WITH lines AS (
            SELECT order_id, sum(paid_amount) AS paid, sum(refund_amount) AS refund, sum(net_amount) AS net,
                   sum(gross_profit) AS profit, sum(quantity - returned_quantity) AS items,
                   min(ordered_at) AS moment, any_value(customer_key) AS who, any_value(channel) AS channel
            FROM order_lines GROUP BY order_id)
        SELECT count(*) FROM orders FULL JOIN lines USING (order_id)
        WHERE (paid_amount, refund_amount, net_amount, gross_profit, item_count, ordered_at, orders.channel)
              IS DISTINCT FROM (paid, refund, net, profit, items, moment, lines.channel)
           OR customer_key IS DISTINCT FROM who"""
    assert tiny.one(wrong) == 0


def test_amounts_agree(tiny):
    assert tiny.one("SELECT count(*) FROM orders WHERE net_amount <> paid_amount - refund_amount") == 0
    assert tiny.one("SELECT count(*) FROM orders WHERE paid_amount <> gross_amount - discount_amount") == 0
    assert (
        tiny.one(
            "SELECT count(*) FROM order_lines WHERE paid_amount <= 0 OR refund_amount NOT BETWEEN 0 AND paid_amount"
        )
        == 0
    )
    assert tiny.one("SELECT count(*) FROM order_lines WHERE returned_quantity NOT BETWEEN 0 AND quantity") == 0


def test_member_numbers_are_made_from_keys(tiny):
    assert tiny.one("SELECT count(*) FROM customers WHERE member_no <> 'M' || lpad(customer_key::VARCHAR, 8, '0')") == 0


def test_only_cash_buyers_of_stores_have_no_name(tiny):
    assert tiny.rows("SELECT DISTINCT channel FROM orders WHERE customer_key IS NULL") == [("门店",)]
    assert tiny.one("SELECT count(*) FROM orders WHERE (store_id IS NULL) = (channel = '门店')") == 0


def test_nothing_happens_after_the_last_day_or_before_the_first(tiny):
    for table, column in (
        ("orders", "ordered_at"),
        ("events", "occurred_at"),
        ("tickets", "opened_at"),
        ("messages", "sent_at"),
    ):
        first, last = tiny.rows(f"SELECT min({column})::DATE::VARCHAR, max({column})::DATE::VARCHAR FROM {table}")[0]
        assert "2024-05-01" <= first <= last <= "2026-10-31", table
    assert tiny.one("SELECT max(ordered_at)::DATE::VARCHAR FROM orders") == "2026-10-31"


def test_nobody_buys_before_registering(tiny):
    early = "SELECT count(*) FROM orders JOIN customers USING (customer_key) WHERE ordered_at < registered_at"
    assert tiny.one(early) == 0


def test_phones_are_plain_numbers_or_nothing(tiny):
    assert (
        tiny.one(
            "SELECT count(*) FROM customers WHERE phone IS NOT NULL AND NOT regexp_full_match(phone, '1[3-9][0-9]{9}')"
        )
        == 0
    )
    assert tiny.one("SELECT count(*) FROM customers WHERE phone IN ('13800138000', '13888888888')") == 0
    assert tiny.one("SELECT count(*) FROM customers WHERE phone IS NULL") > 0


def test_level_spells_follow_each_other_and_end_in_the_level_of_now(tiny):
    now = """SELECT count(*) FROM customers FULL JOIN (FROM level_history WHERE valid_to IS NULL) AS h USING (customer_key)
             WHERE customers.member_level IS DISTINCT FROM h.member_level"""
    gaps = """SELECT count(*) FROM (
                  SELECT valid_to, lead(valid_from) OVER (PARTITION BY customer_key ORDER BY valid_from) AS next
                  FROM level_history)
              WHERE next IS NOT NULL AND (valid_to IS NULL OR valid_to + 1 <> next)"""
    assert tiny.one(now) == 0
    assert tiny.one(gaps) == 0


def test_utc_uploads_are_local_times_in_the_table(tiny):
    by_night = tiny.one("SELECT avg((hour(occurred_at) BETWEEN 2 AND 4)::INTEGER) FROM events")
    by_evening = tiny.one("SELECT avg((hour(occurred_at) BETWEEN 19 AND 21)::INTEGER) FROM events")
    assert by_night < 0.06 < by_evening
