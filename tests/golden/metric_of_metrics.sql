WITH purchase_metrics AS (
  /* sales, purchases from purchase by channel, 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.channel AS channel,
    SUM(purchases.amount) AS sales,
    COUNT(*) AS purchases,
    SUM(purchases.amount) FILTER(WHERE
      purchases.channel = 'web') AS sales_2
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
)
SELECT
  channel AS channel,
  (
    COALESCE(sales, 0) / NULLIF(purchases, 0)
  ) * 2 + (
    COALESCE(sales_2, 0) / NULLIF(sales, 0)
  ) AS nested
FROM purchase_metrics
ORDER BY
  nested DESC,
  channel ASC
