WITH days AS (
  /* the days to be shown */
  SELECT
    moment
  FROM (VALUES
    (CAST('2026-07-31' AS DATE)),
    (CAST('2026-08-31' AS DATE)),
    (CAST('2026-09-30' AS DATE))) AS listed(moment)
), purchase_metrics AS (
  /* sales from purchase by own_day, level, 2026-01-01 to 2026-09-30 */
  SELECT
    CAST(purchases.bought_at AS DATE) AS own_day,
    members.level AS level,
    SUM(purchases.amount) AS sales_this_year
  FROM purchases
  LEFT JOIN members
    ON purchases.member_id = members.member_id
  WHERE
    purchases.bought_at >= CAST('2026-01-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1,
    2
), purchase_running AS (
  /* sales from purchase by period, level, 2026-07-01 to 2026-09-30, read at each day */
  SELECT
    CAST(DATE_TRUNC('MONTH', days.moment) AS DATE) AS period,
    purchase_metrics.level,
    SUM(purchase_metrics.sales_this_year) AS sales_this_year
  FROM days
  JOIN purchase_metrics
    ON purchase_metrics.own_day <= days.moment
    AND purchase_metrics.own_day >= CAST(DATE_TRUNC('YEAR', days.moment) AS DATE)
  GROUP BY
    1,
    2
), periods AS (
  /* every period, also those without rows */
  SELECT
    period
  FROM (VALUES
    (CAST('2026-07-01' AS DATE)),
    (CAST('2026-08-01' AS DATE)),
    (CAST('2026-09-01' AS DATE))) AS spine(period)
), all_groups AS (
  /* every group that has a value */
  SELECT DISTINCT
    level
  FROM purchase_running
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    all_groups.level AS level,
    COALESCE(purchase_running.sales_this_year, 0) AS sales_this_year
  FROM periods
  CROSS JOIN all_groups
  LEFT JOIN purchase_running
    ON periods.period = purchase_running.period
    AND all_groups.level IS NOT DISTINCT FROM purchase_running.level
)
SELECT
  period,
  level,
  sales_this_year
FROM numbers
ORDER BY
  period ASC,
  level ASC
