WITH days AS (
  /* every day */
  SELECT
    CAST("at" AS DATE) AS moment
  FROM UNNEST(GENERATE_SERIES(CAST('2026-09-01' AS DATE), CAST('2026-09-30' AS DATE), INTERVAL 1 DAY)) AS series("at")
), days_moved AS (
  /* each moment beside the one that is read for it: 1 month before */
  SELECT
    moment,
    moment - INTERVAL 1 MONTH AS read
  FROM days
), purchase_metrics AS (
  /* sales from purchase by period, 2026-09-01 to 2026-09-30 */
  SELECT
    CAST(days_moved.moment AS DATE) AS period,
    SUM(purchases.amount) AS before
  FROM purchases
  JOIN days_moved
    ON CAST(purchases.bought_at AS DATE) = days_moved.read
  GROUP BY
    1
), periods AS (
  /* every period, also those without rows */
  SELECT
    period
  FROM (VALUES
    (CAST('2026-09-01' AS DATE)),
    (CAST('2026-09-02' AS DATE)),
    (CAST('2026-09-03' AS DATE)),
    (CAST('2026-09-04' AS DATE)),
    (CAST('2026-09-05' AS DATE)),
    (CAST('2026-09-06' AS DATE)),
    (CAST('2026-09-07' AS DATE)),
    (CAST('2026-09-08' AS DATE)),
    (CAST('2026-09-09' AS DATE)),
    (CAST('2026-09-10' AS DATE)),
    (CAST('2026-09-11' AS DATE)),
    (CAST('2026-09-12' AS DATE)),
    (CAST('2026-09-13' AS DATE)),
    (CAST('2026-09-14' AS DATE)),
    (CAST('2026-09-15' AS DATE)),
    (CAST('2026-09-16' AS DATE)),
    (CAST('2026-09-17' AS DATE)),
    (CAST('2026-09-18' AS DATE)),
    (CAST('2026-09-19' AS DATE)),
    (CAST('2026-09-20' AS DATE)),
    (CAST('2026-09-21' AS DATE)),
    (CAST('2026-09-22' AS DATE)),
    (CAST('2026-09-23' AS DATE)),
    (CAST('2026-09-24' AS DATE)),
    (CAST('2026-09-25' AS DATE)),
    (CAST('2026-09-26' AS DATE)),
    (CAST('2026-09-27' AS DATE)),
    (CAST('2026-09-28' AS DATE)),
    (CAST('2026-09-29' AS DATE)),
    (CAST('2026-09-30' AS DATE))) AS spine(period)
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    COALESCE(purchase_metrics.before, 0) AS sales_month_ago
  FROM periods
  LEFT JOIN purchase_metrics
    ON periods.period = purchase_metrics.period
)
SELECT
  period,
  sales_month_ago
FROM numbers
ORDER BY
  period ASC
