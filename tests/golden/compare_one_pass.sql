WITH purchase_by_member_id AS (
  /* sales from purchase by region, 2026-09-01 to 2026-09-30 and 2025-09-01 to 2025-09-30, by member_id */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) FILTER(WHERE
      purchases.bought_at >= CAST('2026-09-01' AS DATE)) AS sales,
    SUM(purchases.amount) FILTER(WHERE
      purchases.bought_at < CAST('2025-10-01' AS DATE)) AS sales__prev
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-09-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
    AND (
      purchases.bought_at < CAST('2025-10-01' AS DATE)
      OR purchases.bought_at >= CAST('2026-09-01' AS DATE)
    )
  GROUP BY
    1
), purchase_metrics AS (
  /* sales from purchase by region, 2026-09-01 to 2026-09-30 and 2025-09-01 to 2025-09-30 */
  SELECT
    towns.region AS region,
    SUM(purchase_by_member_id.sales) AS sales,
    SUM(purchase_by_member_id.sales__prev) AS sales__prev
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  LEFT JOIN towns
    ON members.town = towns.town
  GROUP BY
    1
), numbers AS (
  /* the values of every group */
  SELECT
    region AS region,
    COALESCE(sales, 0) AS sales,
    COALESCE(sales__prev, 0) AS sales__prev
  FROM purchase_metrics
)
SELECT
  region,
  sales,
  sales__prev,
  sales - sales__prev AS sales__change,
  CASE WHEN sales__prev > 0 THEN (
    sales - sales__prev
  ) / sales__prev END AS sales__change_rate
FROM numbers
ORDER BY
  sales DESC,
  region ASC
