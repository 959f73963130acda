WITH balance_last AS (
  /* rows of the last balance.taken_on of each period */
  SELECT
    CAST(DATE_TRUNC('MONTH', balances.taken_on) AS DATE) AS period,
    members.level AS level,
    balances.points AS points
  FROM balances
  LEFT JOIN members
    ON balances.member_id = members.member_id
  WHERE
    balances.taken_on >= CAST('2026-07-01' AS DATE)
    AND balances.taken_on < CAST('2026-10-01' AS DATE)
  QUALIFY
    balances.taken_on = MAX(balances.taken_on) OVER (PARTITION BY CAST(DATE_TRUNC('MONTH', balances.taken_on) AS DATE))
), balance_metrics AS (
  /* points from balance by period, level, 2026-07-01 to 2026-09-30 */
  SELECT
    period,
    level,
    SUM(points) AS points
  FROM balance_last
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
  FROM balance_metrics
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    all_groups.level AS level,
    COALESCE(balance_metrics.points, 0) AS points
  FROM periods
  CROSS JOIN all_groups
  LEFT JOIN balance_metrics
    ON periods.period = balance_metrics.period
    AND all_groups.level IS NOT DISTINCT FROM balance_metrics.level
)
SELECT
  period,
  level,
  points
FROM numbers
ORDER BY
  period ASC,
  level ASC
