WITH purchase_by_member_id AS (
  /* spend_of_buyers, spend_of_regulars from purchase by level, 2025-11-01 to 2026-10-31, by member_id */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales__each,
    COUNT(*) AS purchases__each
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), purchase_metrics AS (
  /* spend_of_buyers, spend_of_regulars from purchase by level, 2025-11-01 to 2026-10-31 */
  SELECT
    members.level AS level,
    AVG(purchase_by_member_id.sales__each) FILTER(WHERE
      NOT purchase_by_member_id.member_id IS NULL) AS spend_of_buyers,
    SUM(purchase_by_member_id.sales__each) FILTER(WHERE
      NOT purchase_by_member_id.member_id IS NULL
      AND purchase_by_member_id.purchases__each > 1) AS spend_of_regulars
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  GROUP BY
    1
)
SELECT
  level AS level,
  spend_of_buyers AS spend_of_buyers,
  COALESCE(spend_of_regulars, 0) AS spend_of_regulars
FROM purchase_metrics
ORDER BY
  CASE level WHEN 'basic' THEN 0 WHEN 'silver' THEN 1 WHEN 'gold' THEN 2 END ASC,
  level ASC
