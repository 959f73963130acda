WITH days AS (
  /* the days to be shown */
  SELECT
    moment
  FROM (VALUES
    (CAST('2026-07-31' AS DATE)),
    (CAST('2026-08-31' AS DATE)),
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
  /* sales from purchase by period, 2026-07-01 to 2026-09-30, read at each day */
  SELECT
    CAST(DATE_TRUNC('MONTH', days.moment) AS DATE) AS period,
    SUM(purchase_metrics.sales_ever) AS sales_ever
  FROM days
  JOIN purchase_metrics
    ON purchase_metrics.own_day <= days.moment
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
    COALESCE(purchase_running.sales_ever, 0) AS sales_ever
  FROM periods
  LEFT JOIN purchase_running
    ON periods.period = purchase_running.period
)
SELECT
  period,
  sales_ever
FROM numbers
ORDER BY
  period ASC
