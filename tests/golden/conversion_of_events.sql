WITH visit_begun AS (
  /* what may convert: credited_rate from visit by period, 2026-07-01 to 2026-09-30 */
  SELECT
    CAST(DATE_TRUNC('MONTH', visits.seen_at) AS DATE) AS period,
    visits.member_id AS converted_key,
    visits.seen_at AS happened_at
  FROM visits
  WHERE
    visits.seen_at >= CAST('2026-07-01' AS DATE)
    AND visits.seen_at < CAST('2026-10-01' AS DATE)
    AND NOT visits.member_id IS NULL
), purchase_targets AS (
  /* what counts as converted: purchases */
  SELECT
    purchases.member_id AS converted_key,
    purchases.bought_at AS happened_at,
    1 AS converted_value
  FROM purchases
), purchases_converted AS (
  /* purchases within 60 days, credited to the latest row before */
  SELECT
    visit_begun.period,
    COUNT(purchase_targets.converted_value) AS credited_rate
  FROM purchase_targets
  ASOF JOIN visit_begun
    ON purchase_targets.converted_key = visit_begun.converted_key
    AND purchase_targets.happened_at >= visit_begun.happened_at
  WHERE
    purchase_targets.happened_at < visit_begun.happened_at + INTERVAL 60 DAY
  GROUP BY
    1
), visit_metrics AS (
  /* visits from visit by period, 2026-07-01 to 2026-09-30 */
  SELECT
    CAST(DATE_TRUNC('MONTH', visits.seen_at) AS DATE) AS period,
    COUNT(*) AS visits
  FROM visits
  WHERE
    visits.seen_at >= CAST('2026-07-01' AS DATE)
    AND visits.seen_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
), periods AS (
  /* every period, also those without rows */
  SELECT
    period
  FROM (VALUES
    (CAST('2026-07-01' AS DATE)),
    (CAST('2026-08-01' AS DATE)),
    (CAST('2026-09-01' AS DATE))) AS spine(period)
), numbers AS (
  /* the values of every group */
  SELECT
    periods.period AS period,
    COALESCE(purchases_converted.credited_rate, 0) / NULLIF(COALESCE(visit_metrics.visits, 0), 0) AS credited_rate
  FROM periods
  LEFT JOIN purchases_converted
    ON periods.period = purchases_converted.period
  LEFT JOIN visit_metrics
    ON periods.period = visit_metrics.period
)
SELECT
  period,
  credited_rate
FROM numbers
ORDER BY
  period ASC
