WITH purchase_metrics AS (
  /* sales, purchases from purchase by town, 2025-11-01 to 2026-10-31 */
  SELECT
    members.town AS town,
    SUM(purchases.amount) AS sales,
    COUNT(*) AS purchases
  FROM purchases
  LEFT JOIN members
    ON purchases.member_id = members.member_id
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
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
