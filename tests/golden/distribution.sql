WITH people_with_purchase AS (
  /* people with purchase >= 1 */
  SELECT
    purchases.member_id AS member_id
  FROM purchases
  WHERE
    NOT purchases.member_id IS NULL
), purchase_metrics AS (
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
), tag_stage AS (
  /* tag stage on 2026-10-31 */
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
), everybody AS (
  /* every person with the fields to compare */
  SELECT
    members.level AS field_0,
    tag_stage.value AS field_1,
    COALESCE(members.town = 'Shanghai', FALSE) AS in_audience,
    EXISTS(
      SELECT
        1
      FROM people_with_purchase
      WHERE
        people_with_purchase.member_id = members.member_id
    ) AS in_base
  FROM members
  LEFT JOIN tag_stage
    ON tag_stage.member_id = members.member_id
), distributions AS (
  /* how many have each value */
  SELECT
    'member.level' AS field,
    CAST(field_0 AS TEXT) AS value,
    COUNT(*) FILTER(WHERE
      in_audience) AS people,
    COUNT(*) FILTER(WHERE
      in_base) AS base_people
  FROM everybody
  GROUP BY
    1,
    2
  UNION ALL
  SELECT
    'member.stage' AS field,
    CAST(field_1 AS TEXT) AS value,
    COUNT(*) FILTER(WHERE
      in_audience) AS people,
    COUNT(*) FILTER(WHERE
      in_base) AS base_people
  FROM everybody
  GROUP BY
    1,
    2
)
SELECT
  field,
  value,
  people,
  base_people
FROM distributions
ORDER BY
  field ASC,
  value ASC
