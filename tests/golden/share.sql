WITH purchase_metrics AS (
  /* sales from purchase by channel, 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.channel AS channel,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), numbers AS (
  /* the values of every group */
  SELECT
    channel AS channel,
    COALESCE(sales, 0) AS sales,
    COALESCE(sales, 0) / NULLIF(SUM(COALESCE(sales, 0)) OVER (), 0) AS sales__share
  FROM purchase_metrics
)
SELECT
  channel,
  sales,
  sales__share
FROM numbers
ORDER BY
  sales DESC,
  channel ASC
