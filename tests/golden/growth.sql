WITH purchase_metrics AS (
  /* sales from purchase by channel, 2026-09-01 to 2026-09-30 */
  SELECT
    purchases.channel AS channel,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-09-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
), days AS (
  /* every day */
  SELECT
    CAST("at" AS DATE) AS moment
  FROM UNNEST(GENERATE_SERIES(CAST('2026-08-18' AS DATE), CAST('2026-09-30' AS DATE), INTERVAL 1 DAY)) AS series("at")
), days_later AS (
  /* each day beside the one 2 week later */
  SELECT
    CAST(moment + INTERVAL 2 WEEK AS DATE) AS moment,
    moment AS read
  FROM days
  WHERE
    CAST(moment + INTERVAL 2 WEEK AS DATE) >= CAST('2026-09-01' AS DATE)
    AND CAST(moment + INTERVAL 2 WEEK AS DATE) < CAST('2026-10-01' AS DATE)
), purchase_metrics_2 AS (
  /* sales from purchase by channel, 2026-09-01 to 2026-09-30 */
  SELECT
    purchases.channel AS channel,
    SUM(purchases.amount) AS before
  FROM purchases
  JOIN days_later
    ON CAST(purchases.bought_at AS DATE) = days_later.read
  GROUP BY
    1
), all_groups AS (
  /* every group that has a value */
  SELECT
    channel
  FROM purchase_metrics
  UNION
  SELECT
    channel
  FROM purchase_metrics_2
), numbers AS (
  /* the values of every group */
  SELECT
    all_groups.channel AS channel,
    COALESCE(purchase_metrics.sales, 0) / NULLIF(COALESCE(purchase_metrics_2.before, 0), 0) - 1 AS growth
  FROM all_groups
  LEFT JOIN purchase_metrics
    ON all_groups.channel IS NOT DISTINCT FROM purchase_metrics.channel
  LEFT JOIN purchase_metrics_2
    ON all_groups.channel IS NOT DISTINCT FROM purchase_metrics_2.channel
)
SELECT
  channel,
  growth
FROM numbers
ORDER BY
  growth DESC,
  channel ASC
