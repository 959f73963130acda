WITH purchase_metrics AS (
  /* sales from purchase by period, 2026-07-01 to 2026-09-30 */
  SELECT
    CAST(DATE_TRUNC('MONTH', purchases.bought_at) AS DATE) AS period,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-07-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
), purchase_metrics_2 AS (
  /* sales from purchase by period, 2025-07-01 to 2025-09-30 */
  SELECT
    CAST(DATE_TRUNC('MONTH', purchases.bought_at) AS DATE) AS period,
    SUM(purchases.amount) AS sales__prev
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-07-01' AS DATE)
    AND purchases.bought_at < CAST('2025-10-01' AS DATE)
  GROUP BY
    1
), periods AS (
  /* every period, also those without rows */
  SELECT
    period,
    period__prev
  FROM (VALUES
    (CAST('2026-07-01' AS DATE), CAST('2025-07-01' AS DATE)),
    (CAST('2026-08-01' AS DATE), CAST('2025-08-01' AS DATE)),
    (CAST('2026-09-01' AS DATE), CAST('2025-09-01' AS DATE))) AS spine(period, period__prev)
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    COALESCE(purchase_metrics.sales, 0) AS sales,
    COALESCE(purchase_metrics_2.sales__prev, 0) AS sales__prev
  FROM periods
  LEFT JOIN purchase_metrics
    ON periods.period = purchase_metrics.period
  LEFT JOIN purchase_metrics_2
    ON periods.period__prev = purchase_metrics_2.period
)
SELECT
  period,
  sales,
  sales__prev,
  sales - sales__prev AS sales__change,
  CASE WHEN sales__prev > 0 THEN (
    sales - sales__prev
  ) / sales__prev END AS sales__change_rate
FROM numbers
ORDER BY
  period ASC
