WITH purchase_by_member_id AS (
  /* sales from purchase by region, 2025-11-01 to 2026-10-31, by member_id */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) FILTER(WHERE
      purchases.channel = 'web') AS sales,
    SUM(purchases.amount) AS sales_2
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), purchase_metrics AS (
  /* sales from purchase by region, 2025-11-01 to 2026-10-31 */
  SELECT
    towns.region AS region,
    SUM(purchase_by_member_id.sales) AS sales,
    SUM(purchase_by_member_id.sales_2) AS sales_2
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  LEFT JOIN towns
    ON members.town = towns.town
  GROUP BY
    1
)
SELECT
  region AS region,
  COALESCE(sales, 0) / NULLIF(sales_2, 0) AS web_share
FROM purchase_metrics
ORDER BY
  web_share DESC,
  region ASC
