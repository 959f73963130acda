WITH purchase_metrics AS (
  /* sales from purchase, 2025-11-01 to 2026-10-31 */
  SELECT
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
    AND EXTRACT(ISODOW FROM purchases.bought_at) = 6
    AND CAST(DATE_TRUNC('MONTH', purchases.bought_at) AS DATE) >= CAST('2026-07-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-15' AS DATE)
)
SELECT
  COALESCE(sales, 0) AS sales
FROM purchase_metrics
