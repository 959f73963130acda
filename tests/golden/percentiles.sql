WITH purchase_metrics AS (
  /* median_amount, upper_amount, typical_amount, with_coupon from purchase, 2025-11-01 to 2026-10-31 */
  SELECT
    MEDIAN(CAST(purchases.amount AS DOUBLE)) AS median_amount,
    QUANTILE_CONT(CAST(purchases.amount AS DOUBLE), 0.75
    ORDER BY
      CAST(purchases.amount AS DOUBLE)) AS upper_amount,
    QUANTILE_DISC(CAST(purchases.amount AS DOUBLE), 0.5
    ORDER BY
      CAST(purchases.amount AS DOUBLE)) AS typical_amount,
    SUM(CAST(purchases.coupon AS INT)) AS with_coupon
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
)
SELECT
  median_amount AS median_amount,
  upper_amount AS upper_amount,
  typical_amount AS typical_amount,
  COALESCE(with_coupon, 0) AS with_coupon
FROM purchase_metrics
