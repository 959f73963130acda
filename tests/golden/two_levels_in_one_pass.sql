WITH purchase_by_member_id AS (
  /* sales, purchases, repeat_buyers, buyers from purchase by level, 2025-11-01 to 2026-10-31, by member_id */
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
  /* sales, purchases, repeat_buyers, buyers from purchase by level, 2025-11-01 to 2026-10-31 */
  SELECT
    members.level AS level,
    SUM(purchase_by_member_id.sales) AS sales,
    SUM(purchase_by_member_id.purchases) AS purchases,
    COUNT(purchase_by_member_id.member_id) FILTER(WHERE
      purchase_by_member_id.purchases >= 2) AS repeat_buyers,
    COUNT(purchase_by_member_id.member_id) AS buyers
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  GROUP BY
    1
)
SELECT
  level AS level,
  COALESCE(repeat_buyers, 0) / NULLIF(buyers, 0) AS repurchase_rate,
  COALESCE(sales, 0) / NULLIF(purchases, 0) AS basket
FROM purchase_metrics
ORDER BY
  CASE level WHEN 'basic' THEN 0 WHEN 'silver' THEN 1 WHEN 'gold' THEN 2 END ASC,
  level ASC
