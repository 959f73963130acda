WITH line_metrics AS (
  /* sales, purchases from line by kind, 2025-11-01 to 2026-10-31 */
  SELECT
    goods.kind AS kind,
    SUM(purchase_lines.amount) AS sales,
    COUNT(DISTINCT purchase_lines.purchase_id) AS purchases
  FROM purchase_lines
  LEFT JOIN goods
    ON purchase_lines.good_id = goods.good_id
  WHERE
    purchase_lines.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchase_lines.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
)
SELECT
  kind AS kind,
  COALESCE(sales, 0) AS sales,
  COALESCE(purchases, 0) AS purchases
FROM line_metrics
ORDER BY
  sales DESC,
  kind ASC
