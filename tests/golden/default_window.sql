WITH purchase_metrics AS (
  /* sales, purchases from purchase, 2025-11-01 to 2026-10-31 */
  SELECT
    SUM(purchases.amount) AS sales,
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
)
SELECT
  COALESCE(sales, 0) / NULLIF(purchases, 0) AS basket
FROM purchase_metrics
