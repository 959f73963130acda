WITH days AS (
  /* the days to be shown */
  SELECT
    moment
  FROM (VALUES
    (CAST('2026-09-30' AS DATE))) AS listed(moment)
), purchase_metrics AS (
  /* sales from purchase by own_day, 1900-01-01 to 2026-09-30 */
  SELECT
    CAST(purchases.bought_at AS DATE) AS own_day,
    SUM(purchases.amount) AS sales_ever
  FROM purchases
  WHERE
    purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
), purchase_running AS (
  /* sales from purchase, 2026-09-01 to 2026-09-30, read at each day */
  SELECT
    SUM(purchase_metrics.sales_ever) AS sales_ever
  FROM days
  JOIN purchase_metrics
    ON purchase_metrics.own_day <= days.moment
), purchase_metrics_2 AS (
  /* purchases from purchase, 2026-09-01 to 2026-09-30 */
  SELECT
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-09-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
)
SELECT
  COALESCE(purchase_running.sales_ever, 0) AS sales_ever,
  COALESCE(purchase_metrics_2.purchases, 0) AS purchases
FROM purchase_running
CROSS JOIN purchase_metrics_2
