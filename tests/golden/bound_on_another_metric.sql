WITH purchase_metrics AS (
  /* sales, buyers from purchase by period, channel, 2026-07-01 to 2026-09-30 */
  SELECT
    CAST(DATE_TRUNC('MONTH', purchases.bought_at) AS DATE) AS period,
    purchases.channel AS channel,
    SUM(purchases.amount) AS sales,
    COUNT(DISTINCT purchases.member_id) AS buyers
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-07-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
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
    channel
  FROM purchase_metrics
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    all_groups.channel AS channel,
    COALESCE(purchase_metrics.sales, 0) AS sales,
    COALESCE(purchase_metrics.buyers, 0) AS buyers
  FROM periods
  CROSS JOIN all_groups
  LEFT JOIN purchase_metrics
    ON periods.period = purchase_metrics.period
    AND all_groups.channel IS NOT DISTINCT FROM purchase_metrics.channel
)
SELECT
  period,
  channel,
  sales
FROM numbers
WHERE
  NOT channel IS NULL AND buyers >= 2 AND buyers <= 10
ORDER BY
  period ASC,
  sales DESC,
  channel ASC
