WITH purchase_by_member_id AS (
  /* sales from purchase by joined_at_month, 2025-11-01 to 2026-10-31, by member_id */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), purchase_metrics AS (
  /* sales from purchase by joined_at_month, 2025-11-01 to 2026-10-31 */
  SELECT
    CAST(DATE_TRUNC('MONTH', members.joined_at) AS DATE) AS joined_at_month,
    SUM(purchase_by_member_id.sales) AS sales
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  GROUP BY
    1
)
SELECT
  joined_at_month AS joined_at_month,
  COALESCE(sales, 0) AS sales
FROM purchase_metrics
WHERE
  NOT joined_at_month IS NULL
ORDER BY
  sales DESC,
  joined_at_month ASC
LIMIT 12
