WITH purchase_metrics AS (
  /* sales from purchase, 2026-09-01 to 2026-09-30 */
  SELECT
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-09-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
)
SELECT
  COALESCE(sales, 0) AS sales
FROM purchase_metrics
