WITH purchase_metrics AS (
  /* coupon_purchases, purchases from purchase by period, 2026-05-01 to 2026-10-31 */
  SELECT
    CAST(DATE_TRUNC('QUARTER', purchases.bought_at) AS DATE) AS period,
    COUNT(*) FILTER(WHERE
      purchases.coupon) AS coupon_purchases,
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-05-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), visit_metrics AS (
  /* visits from visit by period, 2026-05-01 to 2026-10-31 */
  SELECT
    CAST(DATE_TRUNC('QUARTER', visits.seen_at) AS DATE) AS period,
    COUNT(*) AS visits
  FROM visits
  WHERE
    visits.seen_at >= CAST('2026-05-01' AS DATE)
    AND visits.seen_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), periods AS (
  /* every period, also those without rows */
  SELECT
    period
  FROM (VALUES
    (CAST('2026-04-01' AS DATE)),
    (CAST('2026-07-01' AS DATE)),
    (CAST('2026-10-01' AS DATE))) AS spine(period)
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    1 - COALESCE(purchase_metrics.coupon_purchases, 0) / NULLIF(COALESCE(purchase_metrics.purchases, 0), 0) AS coupon_gap,
    COALESCE(purchase_metrics.purchases, 0) + COALESCE(visit_metrics.visits, 0) AS contacts
  FROM periods
  LEFT JOIN purchase_metrics
    ON periods.period = purchase_metrics.period
  LEFT JOIN visit_metrics
    ON periods.period = visit_metrics.period
)
SELECT
  period,
  coupon_gap,
  contacts
FROM numbers
ORDER BY
  period ASC
