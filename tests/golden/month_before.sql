WITH days AS (
  /* every day */
  SELECT
    CAST("at" AS DATE) AS moment
  FROM UNNEST(GENERATE_SERIES(CAST('2026-06-01' AS DATE), CAST('2026-09-30' AS DATE), INTERVAL 1 DAY)) AS series("at")
), days_later AS (
  /* each day beside the one 1 month later */
  SELECT
    CAST(moment + INTERVAL 1 MONTH AS DATE) AS moment,
    moment AS read
  FROM days
  WHERE
    CAST(moment + INTERVAL 1 MONTH AS DATE) >= CAST('2026-07-01' AS DATE)
    AND CAST(moment + INTERVAL 1 MONTH AS DATE) < CAST('2026-10-01' AS DATE)
), purchase_metrics AS (
  /* sales from purchase by period, 2026-07-01 to 2026-09-30 */
  SELECT
    CAST(DATE_TRUNC('MONTH', days_later.moment) AS DATE) AS period,
    SUM(purchases.amount) AS before
  FROM purchases
  JOIN days_later
    ON CAST(purchases.bought_at AS DATE) = days_later.read
  GROUP BY
    1
), purchase_metrics_2 AS (
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
    COALESCE(purchase_metrics.before, 0) AS sales_month_ago,
    COALESCE(purchase_metrics_2.sales, 0) AS sales
  FROM periods
  LEFT JOIN purchase_metrics
    ON periods.period = purchase_metrics.period
  LEFT JOIN purchase_metrics_2
    ON periods.period = purchase_metrics_2.period
)
SELECT
  period,
  sales_month_ago,
  sales
FROM numbers
ORDER BY
  period ASC
