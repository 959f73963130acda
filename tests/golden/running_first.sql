WITH days AS (
  /* the days to be shown */
  SELECT
    CAST("at" AS DATE) AS moment
  FROM UNNEST(GENERATE_SERIES(CAST('2026-07-01' AS DATE), CAST('2026-09-30' AS DATE), INTERVAL 1 DAY)) AS series("at")
), purchase_metrics AS (
  /* sales from purchase by own_day, 2026-06-21 to 2026-09-30 */
  SELECT
    CAST(purchases.bought_at AS DATE) AS own_day,
    SUM(purchases.amount) AS sales_of_ten_days
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-06-21' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
), purchase_running AS (
  /* sales from purchase by period, 2026-07-01 to 2026-09-30, read at each day */
  SELECT
    CAST(days.moment AS DATE) AS moment,
    SUM(purchase_metrics.sales_of_ten_days) AS sales_of_ten_days
  FROM days
  JOIN purchase_metrics
    ON purchase_metrics.own_day <= days.moment
    AND purchase_metrics.own_day > days.moment - INTERVAL 10 DAY
  GROUP BY
    1
), purchase_running_filled AS (
  /* every moment, also those without rows */
  SELECT
    days.moment AS moment,
    COALESCE(purchase_running.sales_of_ten_days, 0) AS sales_of_ten_days
  FROM days
  LEFT JOIN purchase_running
    ON days.moment = purchase_running.moment
), purchase_running_filled_of_periods AS (
  /* the first running value of each period */
  SELECT
    CAST(DATE_TRUNC('MONTH', purchase_running_filled.moment) AS DATE) AS period,
    ARG_MIN(purchase_running_filled.sales_of_ten_days, purchase_running_filled.moment) AS sales_of_ten_days
  FROM purchase_running_filled
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
    COALESCE(purchase_running_filled_of_periods.sales_of_ten_days, 0) AS sales_of_ten_days
  FROM periods
  LEFT JOIN purchase_running_filled_of_periods
    ON periods.period = purchase_running_filled_of_periods.period
)
SELECT
  period,
  sales_of_ten_days
FROM numbers
ORDER BY
  period ASC
