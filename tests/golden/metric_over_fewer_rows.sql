WITH purchase_metrics AS (
  /* sales from purchase by period, 2026-07-01 to 2026-09-30 */
  SELECT
    CAST(DATE_TRUNC('MONTH', purchases.bought_at) AS DATE) AS period,
    SUM(purchases.amount) FILTER(WHERE
      members.level = 'gold') AS sales,
    SUM(purchases.amount) AS sales_2
  FROM purchases
  LEFT JOIN members
    ON purchases.member_id = members.member_id
  WHERE
    purchases.bought_at >= CAST('2026-07-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
), periods AS (
  /* every period, also those without rows */
  SELECT
    period
  FROM (VALUES
    (CAST('2026-07-01' AS DATE)),
    (CAST('2026-08-01' AS DATE)),
    (CAST('2026-09-01' AS DATE))) AS spine(period)
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    COALESCE(purchase_metrics.sales, 0) AS gold_sales,
    COALESCE(purchase_metrics.sales_2, 0) AS sales
  FROM periods
  LEFT JOIN purchase_metrics
    ON periods.period = purchase_metrics.period
)
SELECT
  period,
  gold_sales,
  sales
FROM numbers
ORDER BY
  period ASC
