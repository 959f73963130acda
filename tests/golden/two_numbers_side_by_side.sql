WITH purchase_metrics AS (
  /* purchases from purchase, 2026-09-01 to 2026-09-30 */
  SELECT
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-09-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
), visit_metrics AS (
  /* visits from visit, 2026-09-01 to 2026-09-30 */
  SELECT
    COUNT(*) AS visits
  FROM visits
  WHERE
    visits.seen_at >= CAST('2026-09-01' AS DATE)
    AND visits.seen_at < CAST('2026-10-01' AS DATE)
)
SELECT
  COALESCE(purchase_metrics.purchases, 0) / NULLIF(visit_metrics.visits, 0) AS purchases_per_visit
FROM purchase_metrics
CROSS JOIN visit_metrics
