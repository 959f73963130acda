WITH purchase_by_member_id AS (
  /* repeat_buyers, buyers from purchase by period, 2026-10-01 to 2026-10-31, by member_id */
  SELECT
    CAST(DATE_TRUNC('MONTH', purchases.bought_at) AS DATE) AS period,
    purchases.member_id AS member_id,
    COUNT(*) AS purchases__each
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-10-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1,
    2
), purchase_metrics AS (
  /* repeat_buyers, buyers from purchase by period, 2026-10-01 to 2026-10-31 */
  SELECT
    period,
    COUNT(member_id) FILTER(WHERE
      purchases__each >= 2) AS repeat_buyers,
    COUNT(member_id) AS buyers
  FROM purchase_by_member_id
  GROUP BY
    1
), periods AS (
  /* every period, also those without rows */
  SELECT
    period
  FROM (VALUES
    (CAST('2026-10-01' AS DATE))) AS spine(period)
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    COALESCE(purchase_metrics.repeat_buyers, 0) / NULLIF(purchase_metrics.buyers, 0) AS repurchase_rate
  FROM periods
  LEFT JOIN purchase_metrics
    ON periods.period = purchase_metrics.period
)
SELECT
  period,
  repurchase_rate
FROM numbers
ORDER BY
  period ASC
