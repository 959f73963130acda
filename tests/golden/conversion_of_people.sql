WITH visit_begun AS (
  /* what may convert: converted from visit by level, 2026-07-01 to 2026-09-30 */
  SELECT
    members.level AS level,
    visits.member_id AS converted_key,
    visits.seen_at AS happened_at
  FROM visits
  LEFT JOIN members
    ON visits.member_id = members.member_id
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
), member_converted AS (
  /* those followed by purchases within 30 days */
  SELECT
    visit_begun.level,
    COUNT(DISTINCT visit_begun.converted_key) AS converted
  FROM visit_begun
  ASOF JOIN purchase_targets
    ON visit_begun.converted_key = purchase_targets.converted_key
    AND visit_begun.happened_at <= purchase_targets.happened_at
  WHERE
    purchase_targets.happened_at <= visit_begun.happened_at + INTERVAL 30 DAY
  GROUP BY
    1
), visit_by_member_id AS (
  /* visits from visit by level, 2026-07-01 to 2026-09-30, by member_id */
  SELECT
    visits.member_id AS member_id
  FROM visits
  WHERE
    visits.seen_at >= CAST('2026-07-01' AS DATE)
    AND visits.seen_at < CAST('2026-10-01' AS DATE)
    AND NOT visits.member_id IS NULL
  GROUP BY
    1
), visit_metrics AS (
  /* visits from visit by level, 2026-07-01 to 2026-09-30 */
  SELECT
    members.level AS level,
    COUNT(visit_by_member_id.member_id) AS visits
  FROM visit_by_member_id
  LEFT JOIN members
    ON visit_by_member_id.member_id = members.member_id
  GROUP BY
    1
), all_groups AS (
  /* every group that has a value */
  SELECT
    level
  FROM member_converted
  UNION
  SELECT
    level
  FROM visit_metrics
), numbers AS (
  /* the values of every group */
  SELECT
    all_groups.level AS level,
    COALESCE(member_converted.converted, 0) / NULLIF(visit_metrics.visits, 0) AS converted
  FROM all_groups
  LEFT JOIN member_converted
    ON all_groups.level IS NOT DISTINCT FROM member_converted.level
  LEFT JOIN visit_metrics
    ON all_groups.level IS NOT DISTINCT FROM visit_metrics.level
)
SELECT
  level,
  converted
FROM numbers
ORDER BY
  CASE level WHEN 'basic' THEN 0 WHEN 'silver' THEN 1 WHEN 'gold' THEN 2 END ASC,
  level ASC
