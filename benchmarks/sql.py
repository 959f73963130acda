"""Ten kinds of question: a typed step, and the best SQL that we could write by hand for the same answer."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.query.predicate import Among, And, Compare, Did, HasMetric, Not, Ranked
from semantic_layer.query.time import Calendar, Comparison, Grain, Rolling
from semantic_layer.query.types import Audience, ByField, ByTime, Order, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One kind of question. `by_hand` gives the same rows as `step`, in any order."""

    kind: str
    step: Query | Audience
    by_hand: str


LAST_YEAR = "ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01'"

PAIRS = (
    Pair(
        kind="count with tags",
        step=Query(
            metrics=("customers",),
            where=And(
                (
                    Compare("customer.city", "=", "上海"),
                    Compare("customer.high_value", "=", True),
                    Among("customer.churn_risk", ("高", "中")),
                )
            ),
        ),
        by_hand="""
SELECT count(*) FROM customers c JOIN customer_tags t USING (customer_key)
WHERE c.city = '上海' AND t.high_value AND t.churn_risk IN ('高', '中')""",
    ),
    Pair(
        kind="one metric, two periods",
        step=Query(metrics=("sales",), time=Calendar(Grain.MONTH, -1), compare_to=(Comparison.PERIOD_BEFORE,)),
        by_hand="""
SELECT s, p, s - p, (s - p) / p FROM (
  SELECT sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2026-09-01') AS s,
         sum(net_amount) FILTER (WHERE ordered_at < TIMESTAMP '2026-09-01') AS p
  FROM orders WHERE ordered_at >= TIMESTAMP '2026-08-01' AND ordered_at < TIMESTAMP '2026-10-01')""",
    ),
    Pair(
        kind="trend of a two-level ratio",
        step=Query(metrics=("repurchase_rate",), by=(ByTime(Grain.MONTH),), time=Calendar(Grain.YEAR, 0)),
        by_hand="""
SELECT month, count(*) FILTER (WHERE n >= 2) / count(*) FROM (
  SELECT date_trunc('month', ordered_at) AS month, customer_key, count(*) AS n FROM orders
  WHERE ordered_at >= TIMESTAMP '2026-01-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL GROUP BY 1, 2)
GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        kind="ratio by a joined dimension",
        step=Query(metrics=("average_order_value",), by=(ByField("city.city_tier"),)),
        by_hand=f"""
SELECT ci.city_tier, sum(o.s) / sum(o.n) AS v
FROM (SELECT customer_key, sum(net_amount) AS s, count(*) AS n FROM orders WHERE {LAST_YEAR} GROUP BY 1) o
LEFT JOIN customers c USING (customer_key) LEFT JOIN cities ci USING (city) GROUP BY 1 ORDER BY 2 DESC""",
    ),
    Pair(
        kind="breakdown, year before",
        step=Query(
            metrics=("sales",),
            by=(ByField("city.region"),),
            time=Calendar(Grain.MONTH, -1),
            compare_to=(Comparison.YEAR_BEFORE,),
        ),
        by_hand="""
SELECT ci.region, sum(o.net_amount) FILTER (WHERE o.ordered_at >= TIMESTAMP '2026-09-01') AS s,
       sum(o.net_amount) FILTER (WHERE o.ordered_at < TIMESTAMP '2025-10-01') AS p
FROM (SELECT customer_key, net_amount, ordered_at FROM orders
      WHERE (ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01')
         OR (ordered_at >= TIMESTAMP '2025-09-01' AND ordered_at < TIMESTAMP '2025-10-01')) o
LEFT JOIN customers c USING (customer_key) LEFT JOIN cities ci USING (city) GROUP BY 1 ORDER BY 2 DESC""",
    ),
    Pair(
        kind="ranking",
        step=Query(metrics=("sales",), by=(ByField("customer.city"),), order=(Order("sales"),), limit=10),
        by_hand=f"""
SELECT c.city, sum(o.s) AS s
FROM (SELECT customer_key, sum(net_amount) AS s FROM orders WHERE {LAST_YEAR} GROUP BY 1) o
JOIN customers c USING (customer_key) WHERE c.city IS NOT NULL GROUP BY 1 ORDER BY 2 DESC NULLS LAST LIMIT 10""",
    ),
    Pair(
        kind="order lines by category",
        step=Query(
            metrics=("return_rate",), by=(ByField("product.category"),), order=(Order("return_rate", descending=False),)
        ),
        by_hand=f"""
SELECT p.category, sum(l.r) / sum(l.q) AS v
FROM (SELECT product_id, sum(returned_quantity) AS r, sum(quantity) AS q FROM order_lines WHERE {LAST_YEAR} GROUP BY 1) l
LEFT JOIN products p USING (product_id) GROUP BY 1 ORDER BY 2""",
    ),
    Pair(
        kind="share",
        step=Query(metrics=("sales",), by=(ByField("order.channel"),), share=True),
        by_hand=f"""
SELECT channel, sum(net_amount) AS s, sum(net_amount) / sum(sum(net_amount)) OVER () FROM orders WHERE {LAST_YEAR} GROUP BY 1 ORDER BY 2 DESC""",
    ),
    Pair(
        kind="did A, did not B",
        step=Audience(
            where=And(
                (
                    Did(entity="order_line", where=Compare("product.category", "=", "运动鞋")),
                    Not(Did(entity="order", time=Rolling(30, Grain.DAY))),
                )
            )
        ),
        by_hand="""
SELECT count(*) FROM (
  SELECT DISTINCT customer_key FROM order_lines SEMI JOIN (SELECT product_id FROM products WHERE category = '运动鞋') USING (product_id)
  WHERE customer_key IS NOT NULL)
ANTI JOIN (SELECT customer_key FROM orders WHERE ordered_at >= TIMESTAMP '2026-10-02' AND ordered_at < TIMESTAMP '2026-11-01') USING (customer_key)""",
    ),
    Pair(
        kind="percentile of people, then by city",
        step=Query(metrics=("customers",), by=(ByField("customer.city"),), where=Ranked(metric="sales", share=0.1)),
        by_hand=f"""
WITH spend AS (SELECT customer_key, sum(net_amount) AS s FROM orders WHERE {LAST_YEAR} AND customer_key IS NOT NULL GROUP BY 1),
best AS (SELECT customer_key FROM spend ORDER BY s DESC, customer_key LIMIT (SELECT CAST(ceil(count(*) * 0.1) AS BIGINT) FROM spend))
SELECT c.city, count(*) FROM best JOIN customers c USING (customer_key) GROUP BY 1 ORDER BY 2 DESC""",
    ),
    Pair(
        kind="metric of a person",
        step=Audience(
            where=And((Compare("customer.gender", "=", "女"), HasMetric(metric="sales", op=">", value=15000.0)))
        ),
        by_hand=f"""
SELECT count(*) FROM (SELECT customer_key FROM orders WHERE {LAST_YEAR} AND customer_key IS NOT NULL GROUP BY 1 HAVING sum(net_amount) > 15000)
JOIN customers USING (customer_key) WHERE gender = '女'""",
    ),
)
