WITH purchase_metrics AS (
  /* sales from purchase by region, 2025-11-01 to 2026-10-31 */
  SELECT
    towns.region AS region,
    SUM(purchases.amount) AS sales
  FROM purchases
  LEFT JOIN members
    ON purchases.member_id = members.member_id
  LEFT JOIN towns
    ON members.town = towns.town
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
)
SELECT
  region AS region,
  COALESCE(sales, 0) AS sales
FROM purchase_metrics
ORDER BY
  sales DESC,
  region ASC
