WITH purchase_by_member_id AS (
  /* sales from purchase by region, 2025-11-01 to 2026-10-31, by member_id */
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
  /* sales from purchase by region, 2025-11-01 to 2026-10-31 */
  SELECT
    towns.region AS region,
    SUM(purchase_by_member_id.sales) AS sales
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  LEFT JOIN towns
    ON members.town = towns.town
  GROUP BY
    1
), visit_by_member_id AS (
  /* visits from visit by region, 2025-11-01 to 2026-10-31, by member_id */
  SELECT
    visits.member_id AS member_id,
    COUNT(*) AS visits
  FROM visits
  WHERE
    visits.seen_at >= CAST('2025-11-01' AS DATE)
    AND visits.seen_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), visit_metrics AS (
  /* visits from visit by region, 2025-11-01 to 2026-10-31 */
  SELECT
    towns.region AS region,
    SUM(visit_by_member_id.visits) AS visits
  FROM visit_by_member_id
  LEFT JOIN members
    ON visit_by_member_id.member_id = members.member_id
  LEFT JOIN towns
    ON members.town = towns.town
  GROUP BY
    1
), all_groups AS (
  /* every group that has a value */
  SELECT
    region
  FROM purchase_metrics
  UNION
  SELECT
    region
  FROM visit_metrics
), numbers AS (
  /* the values of every group */
  SELECT
    all_groups.region AS region,
    COALESCE(purchase_metrics.sales, 0) AS sales,
    COALESCE(visit_metrics.visits, 0) AS visits
  FROM all_groups
  LEFT JOIN purchase_metrics
    ON all_groups.region IS NOT DISTINCT FROM purchase_metrics.region
  LEFT JOIN visit_metrics
    ON all_groups.region IS NOT DISTINCT FROM visit_metrics.region
)
SELECT
  region,
  sales,
  visits
FROM numbers
ORDER BY
  sales DESC,
  region ASC
