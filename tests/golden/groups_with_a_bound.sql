WITH purchase_by_member_id AS (
  /* sales, purchases from purchase by town, 2025-11-01 to 2026-10-31, by member_id */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales,
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), purchase_metrics AS (
  /* sales, purchases from purchase by town, 2025-11-01 to 2026-10-31 */
  SELECT
    members.town AS town,
    SUM(purchase_by_member_id.sales) AS sales,
    SUM(purchase_by_member_id.purchases) AS purchases
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  GROUP BY
    1
), numbers AS (
  /* the values of every group */
  SELECT
    town AS town,
    COALESCE(sales, 0) AS sales,
    COALESCE(sales, 0) / NULLIF(purchases, 0) AS basket
  FROM purchase_metrics
)
SELECT
  town,
  sales
FROM numbers
WHERE
  NOT town IS NULL AND basket > 30.5
ORDER BY
  sales DESC,
  town ASC
