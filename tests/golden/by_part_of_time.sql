WITH purchase_metrics AS (
  /* sales from purchase by period, 2025-11-01 to 2026-10-31 */
  SELECT
    EXTRACT(MONTH FROM purchases.bought_at) AS period,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), visit_metrics AS (
  /* visits from visit by period, 2025-11-01 to 2026-10-31 */
  SELECT
    EXTRACT(MONTH FROM visits.seen_at) AS period,
    COUNT(*) AS visits
  FROM visits
  WHERE
    visits.seen_at >= CAST('2025-11-01' AS DATE)
    AND visits.seen_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), all_groups AS (
  /* every group that has a value */
  SELECT
    period
  FROM purchase_metrics
  UNION
  SELECT
    period
  FROM visit_metrics
), numbers AS (
  /* the values of every group */
  SELECT
    all_groups.period AS period,
    COALESCE(purchase_metrics.sales, 0) AS sales,
    COALESCE(visit_metrics.visits, 0) AS visits
  FROM all_groups
  LEFT JOIN purchase_metrics
    ON all_groups.period IS NOT DISTINCT FROM purchase_metrics.period
  LEFT JOIN visit_metrics
    ON all_groups.period IS NOT DISTINCT FROM visit_metrics.period
)
SELECT
  period,
  sales,
  visits
FROM numbers
ORDER BY
  period ASC
