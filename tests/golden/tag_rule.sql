WITH purchase_metrics AS (
  /* purchases from purchase by member_id, 2026-09-01 to 2026-10-31 and 1900-01-01 to 2026-10-31 and 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.member_id AS member_id,
    COUNT(*) FILTER(WHERE
      purchases.bought_at >= CAST('2026-09-01' AS DATE)) AS purchases_2_months,
    COUNT(*) AS purchases,
    COUNT(*) FILTER(WHERE
      purchases.bought_at >= CAST('2025-11-01' AS DATE) AND purchases.coupon) AS purchases_12_months
  FROM purchases
  WHERE
    purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
)
SELECT
  members.member_id,
  CASE
    WHEN COALESCE(purchase_metrics.purchases_2_months, 0) >= 1
    THEN 'active'
    WHEN COALESCE(purchase_metrics.purchases_12_months, 0) >= 1
    AND members.level = 'silver'
    THEN 'coupon'
    WHEN COALESCE(purchase_metrics.purchases, 0) >= 1
    THEN 'lapsed'
    ELSE 'never'
  END AS value
FROM members
LEFT JOIN purchase_metrics
  ON purchase_metrics.member_id = members.member_id
