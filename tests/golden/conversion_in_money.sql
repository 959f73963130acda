WITH visit_begun AS (
  /* what may convert: credited_sales from visit, 2026-07-01 to 2026-09-30 */
  SELECT
    visits.member_id AS converted_key,
    visits.seen_at AS happened_at
  FROM visits
  WHERE
    visits.seen_at >= CAST('2026-07-01' AS DATE)
    AND visits.seen_at < CAST('2026-10-01' AS DATE)
    AND NOT visits.member_id IS NULL
), purchase_targets AS (
  /* what counts as converted: sales */
  SELECT
    purchases.member_id AS converted_key,
    purchases.bought_at AS happened_at,
    purchases.amount AS converted_value
  FROM purchases
), sales_converted AS (
  /* sales, credited to the latest row before */
  SELECT
    SUM(purchase_targets.converted_value) AS credited_sales
  FROM purchase_targets
  ASOF JOIN visit_begun
    ON purchase_targets.converted_key = visit_begun.converted_key
    AND purchase_targets.happened_at >= visit_begun.happened_at
)
SELECT
  COALESCE(credited_sales, 0) AS credited_sales
FROM sales_converted
