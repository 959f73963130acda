"""From five systems without a common key to one customer a person, held against the raw files and the truth."""

from __future__ import annotations

from collections import Counter

import pytest

from semantic_layer.ingestion.landing.runs import LoadState
from tests.semantic_layer.examples.silos.conftest import Rows, Silos, one

pytestmark = pytest.mark.slow
DAY_AFTER = "2026-11-01"
MONEY = "DECIMAL(18, 2)"
VALID_LINES = f"""
    SELECT DISTINCT line_no, l.order_no, product_code, paid_amount - refund_amount AS net, o.created_at
    FROM mall_lines AS l JOIN (SELECT DISTINCT order_no, created_at FROM mall_orders) AS o ON o.order_no = l.order_no
    WHERE paid_amount >= 0 AND o.created_at < '{DAY_AFTER}'"""
VALID_TILLS = f"""
    SELECT DISTINCT "行号" AS line_no, "小票号" AS receipt, "门店编号" AS store, CAST("交易时间" AS TIMESTAMP) AS sold,
    CAST("实付金额" AS {MONEY}) - CAST("退款金额" AS {MONEY}) AS net
    FROM tills WHERE CAST("实付金额" AS {MONEY}) >= 0 AND "交易时间" < '{DAY_AFTER}'"""


def test_every_system_is_read_whole(silos: Silos) -> None:
    assert {load.source: load.state for load in silos.done.loads} == dict.fromkeys(
        (load.source for load in silos.done.loads), LoadState.DONE
    )
    assert len(silos.done.loads) == 10


def records(silos: Silos) -> Rows:
    """Every record with identity: its customer, and the person it truly is."""
    silos.raw.register(
        "members_found",
        silos.kept.sql("""
        SELECT m.customer_key, CASE WHEN m.source LIKE 'crm%' THEN 'crm' WHEN m.source = 'mall_orders' THEN 'mall'
            WHEN m.source = 'tills' THEN 'pos' ELSE m.source END AS source,
        CAST(CASE WHEN m.source = 'tills' THEN t."小票号" ELSE ltrim(m.record, 'M') END AS BIGINT) AS record_id, m.record
        FROM identity.members AS m LEFT JOIN raw.tills AS t ON m.source = 'tills' AND t._row = m.record""").to_arrow_table(),
    )
    return silos.raw.execute("""
        SELECT m.source, m.customer_key, t.person_key FROM members_found AS m
        JOIN truth AS t ON t.source = m.source AND t.record_id = m.record_id WHERE t.person_key IS NOT NULL""").fetchall()


def pairs(counted: Counter) -> int:
    return sum(number * (number - 1) // 2 for number in counted.values())


@pytest.mark.parametrize("systems", [{"crm", "mall", "pos", "desk", "app"}, {"crm", "mall", "pos", "desk"}])
def test_records_are_joined_as_the_people_behind_them_are(silos: Silos, systems: set[str]) -> None:
    found = [(customer, person) for source, customer, person in records(silos) if source in systems]
    both, joined, true = Counter(found), Counter(c for c, _ in found), Counter(p for _, p in found)
    assert pairs(both) / pairs(joined) >= 0.999
    assert pairs(both) / pairs(true) >= 0.80


def test_each_member_is_one_customer_and_no_shop_is(silos: Silos) -> None:
    members = one(silos.published, "SELECT count(DISTINCT member_no) FROM customers")
    assert members == one(silos.raw, "SELECT count(DISTINCT person_key) FROM truth WHERE source = 'crm'")
    assert members == one(silos.published, "SELECT count(*) FROM customers WHERE member_no IS NOT NULL")
    nobody = "SELECT count(*) FROM identity.records WHERE source IN ('stores', 'cities', 'products')"
    assert one(silos.kept, nobody) == 0


def test_a_made_up_phone_joins_nobody(silos: Silos) -> None:
    phones = silos.published.execute("SELECT DISTINCT phone FROM customers").fetchall()
    assert not {("13800138000",), ("13888888888",), ("1234567890",), ("00000000000",)} & set(phones)


def test_online_sales_are_those_of_the_raw_lines_less_what_never_happened(silos: Silos) -> None:
    by_month = "GROUP BY 1 ORDER BY 1"
    wanted = silos.raw.execute(
        f"SELECT date_trunc('month', created_at), sum(net) FROM ({VALID_LINES}) {by_month}"
    ).fetchall()
    found = silos.published.execute(
        "SELECT date_trunc('month', ordered_at), sum(paid_amount - refund_amount) FROM mall_lines "
        f"WHERE ordered_at IS NOT NULL {by_month}"
    ).fetchall()
    assert len(wanted) >= 30
    assert found == wanted


def test_store_sales_are_those_of_the_raw_receipts_shop_by_shop(silos: Silos) -> None:
    wanted = silos.raw.execute(
        f"SELECT s.store_name, sum(net) FROM ({VALID_TILLS}) AS t JOIN stores AS s ON s.store_id = t.store GROUP BY 1 ORDER BY 1"
    ).fetchall()
    found = silos.published.execute(
        "SELECT s.store_name, sum(paid_amount - refund_amount) FROM till_lines JOIN stores AS s USING (store_id) "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert len(wanted) >= 20
    assert found == wanted


def test_what_was_sent_or_exported_twice_counts_once(silos: Silos) -> None:
    for table, wanted in {
        "till_lines": f"SELECT count(*) FROM ({VALID_TILLS})",
        "events": f"SELECT count(DISTINCT id) FROM app WHERE app.at + INTERVAL 8 HOUR < TIMESTAMP '{DAY_AFTER}'",
        "tickets": 'SELECT count(DISTINCT "工单号") FROM desk',
        "mall_lines": "SELECT count(DISTINCT line_no) FROM mall_lines WHERE paid_amount >= 0",
        "mall_orders": f"SELECT count(DISTINCT order_no) FROM mall_orders WHERE created_at < '{DAY_AFTER}'",
        "products": "SELECT count(*) FROM products",
    }.items():
        assert one(silos.published, f"SELECT count(*) FROM {table}") == one(silos.raw, wanted), table


def test_what_never_happened_waits_in_quarantine(silos: Silos) -> None:
    def planted(source: str, kind: str) -> object:
        return one(silos.raw, f"SELECT count FROM dirt WHERE source = '{source}' AND kind = '{kind}'")

    def waiting(source: str, rule: str, of: str = "r._row") -> object:
        return one(
            silos.kept,
            f'SELECT count(DISTINCT {of}) FROM work.quarantine AS q JOIN raw."{source}" AS r ON r._row = q.row '
            f"WHERE q.source = '{source}' AND q.rule = '{rule}' AND q.held AND q.settled_at IS NULL",
        )

    assert waiting("mall_lines", "paid_amount_not_negative", "r.order_no") == planted("mall", "negative_amount")
    assert waiting("mall_orders", "ordered_at_not_in_future") == planted("mall", "future_date")
    assert waiting("tills", "paid_amount_not_negative", 'r."小票号"') == planted("pos", "negative_amount")
    assert waiting("tills", "ordered_at_not_in_future", 'r."小票号"') == planted("pos", "future_date")
    assert waiting("app", "event_at_not_in_future") == planted("app", "future_date")


def test_a_line_has_the_time_and_the_customer_of_its_order(silos: Silos) -> None:
    strays = one(
        silos.published,
        "SELECT count(*) FROM mall_lines AS l JOIN mall_orders AS o USING (order_id) "
        "WHERE l.ordered_at IS DISTINCT FROM o.ordered_at OR l.customer_key IS DISTINCT FROM o.customer_key",
    )
    assert strays == 0
    assert one(silos.published, "SELECT count(DISTINCT customer_key) FROM mall_lines") == one(
        silos.published,
        "SELECT count(DISTINCT customer_key) FROM mall_orders WHERE order_id IN (SELECT order_id FROM mall_lines)",
    )


def test_one_customer_a_person_finds_more_of_the_best_than_the_keys_of_each_system(silos: Silos) -> None:
    """The best fifth by spend in twelve months of those with two orders or more: of people, and of what was taken for people."""
    spend = f"""
        SELECT 'mall' AS source, order_no AS id, sum(net) AS net FROM ({VALID_LINES}) WHERE created_at >= '2025-11-01' GROUP BY 2
        UNION ALL SELECT 'pos', CAST(receipt AS BIGINT), sum(net) FROM ({VALID_TILLS}) WHERE sold >= '2025-11-01' GROUP BY 2"""
    records(silos)  # registers what the load found
    keys = """
        SELECT DISTINCT 'mall' AS source, order_no AS id, buyer_account AS key FROM mall_orders
        UNION ALL SELECT DISTINCT 'pos', CAST("小票号" AS BIGINT), "会员号或手机" FROM tills"""
    ways = {
        "truth": "SELECT source, record_id AS id, CAST(person_key AS VARCHAR) AS key FROM truth",
        "keys": keys,
        "found": "SELECT DISTINCT source, record_id AS id, CAST(customer_key AS VARCHAR) AS key FROM members_found",
    }
    best = {}
    for way, statement in ways.items():
        rows = silos.raw.execute(
            f"SELECT w.key, s.source, s.id, s.net FROM ({spend}) AS s JOIN ({statement}) AS w USING (source, id) WHERE w.key IS NOT NULL"
        ).fetchall()
        best[way] = owners(rows)
    person = {
        (source, number): key
        for source, number, key in silos.raw.execute("SELECT source, record_id, person_key FROM truth").fetchall()
    }
    truly = set(best["truth"])
    assert len(truly) > 20
    as_people = {way: [main_person(orders, person) for orders in best[way].values()] for way in ("keys", "found")}
    share = {way: len(truly & {str(one) for one in people}) / len(truly) for way, people in as_people.items()}
    twice = {way: sum(1 for number in Counter(people).values() if number > 1) for way, people in as_people.items()}
    assert share["found"] >= 0.85
    assert share["found"] > share["keys"]
    assert twice["found"] <= twice["keys"]


def owners(rows: Rows) -> dict[str, Rows]:
    """The best by their keys, each with its orders."""
    by_key: dict[str, Rows] = {}
    for key, *order in rows:
        by_key.setdefault(key, []).append(tuple(order))
    able = {key: orders for key, orders in by_key.items() if len(orders) >= 2}
    ranked = sorted(able, key=lambda key: (-sum(net for *_, net in able[key]), key))
    return {key: able[key] for key in ranked[: -(-len(ranked) // 5)]}


def main_person(orders: Rows, person: dict) -> object:
    spent: Counter = Counter()
    for source, number, net in orders:
        spent[person[source, number]] += net
    return spent.most_common(1)[0][0]


def test_the_tag_of_the_best_is_that_ranking(silos: Silos) -> None:
    rows = silos.published.execute("""
        SELECT CAST(customer_key AS VARCHAR), 'mall', order_id, sum(paid_amount - refund_amount) FROM mall_lines
        WHERE ordered_at >= '2025-11-01' AND customer_key IS NOT NULL GROUP BY ALL
        UNION ALL SELECT CAST(customer_key AS VARCHAR), 'pos', receipt_no, sum(paid_amount - refund_amount) FROM till_lines
        WHERE ordered_at >= '2025-11-01' AND customer_key IS NOT NULL GROUP BY ALL""").fetchall()
    able = len({key for key, number in Counter(row[0] for row in rows).items() if number >= 2})
    tagged = {
        key
        for (key,) in silos.published.execute(
            "SELECT CAST(customer_key AS VARCHAR) FROM customer_tags WHERE high_value"
        ).fetchall()
    }
    assert abs(len(tagged) - able / 5) <= 1
    assert len(tagged & set(owners(rows))) >= len(tagged) - 1
