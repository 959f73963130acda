WITH step_1 AS (
  /* step 1: visit, 2025-11-01 to 2026-10-31 */
  SELECT
    visits.member_id AS member_id,
    visits.seen_at AS happened_at,
    visits.seen_at AS started_at,
    members.level AS of_group
  FROM visits
  LEFT JOIN members
    ON visits.member_id = members.member_id
  WHERE
    visits.seen_at >= CAST('2025-11-01' AS DATE)
    AND visits.seen_at < CAST('2026-11-01' AS DATE)
    AND NOT visits.member_id IS NULL
), purchase_rows AS (
  /* rows of purchase that may be step 2 */
  SELECT
    purchases.member_id AS member_id,
    purchases.bought_at AS happened_at
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
    AND NOT purchases.member_id IS NULL
    AND purchases.channel = 'web'
), step_2 AS (
  /* step 2: each with the latest step 1 before it, within 30 days of step 1 */
  SELECT
    purchase_rows.member_id,
    purchase_rows.happened_at,
    step_1.started_at,
    step_1.of_group
  FROM purchase_rows
  ASOF JOIN step_1
    ON purchase_rows.member_id = step_1.member_id
    AND purchase_rows.happened_at > step_1.happened_at
  WHERE
    purchase_rows.happened_at <= step_1.started_at + INTERVAL 30 DAY
), purchase_rows_2 AS (
  /* rows of purchase that may be step 3 */
  SELECT
    purchases.member_id AS member_id,
    purchases.bought_at AS happened_at
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
    AND NOT purchases.member_id IS NULL
), step_3 AS (
  /* step 3: each with the latest step 2 before it, within 30 days of step 1 */
  SELECT
    purchase_rows_2.member_id,
    purchase_rows_2.happened_at,
    step_2.started_at,
    step_2.of_group
  FROM purchase_rows_2
  ASOF JOIN step_2
    ON purchase_rows_2.member_id = step_2.member_id
    AND purchase_rows_2.happened_at > step_2.happened_at
  WHERE
    purchase_rows_2.happened_at <= step_2.started_at + INTERVAL 30 DAY
), steps_taken AS (
  /* every step that somebody took in time */
  SELECT
    member_id,
    of_group,
    1 AS step
  FROM step_1
  UNION ALL
  SELECT
    member_id,
    of_group,
    2 AS step
  FROM step_2
  UNION ALL
  SELECT
    member_id,
    of_group,
    3 AS step
  FROM step_3
), furthest_steps AS (
  /* how far each person got */
  SELECT
    member_id,
    of_group,
    MAX(step) AS furthest
  FROM steps_taken
  GROUP BY
    1,
    2
), places AS (
  /* the steps */
  SELECT
    step
  FROM (VALUES
    (1),
    (2),
    (3)) AS numbers(step)
)
SELECT
  furthest_steps.of_group AS level,
  places.step,
  COUNT(*) FILTER(WHERE
    furthest_steps.furthest >= places.step) AS people,
  COUNT(*) FILTER(WHERE
    furthest_steps.furthest >= places.step) / COUNT(*) AS of_first,
  CASE
    WHEN places.step > 1
    THEN COUNT(*) FILTER(WHERE
      furthest_steps.furthest >= places.step) / NULLIF(COUNT(*) FILTER(WHERE
      furthest_steps.furthest >= places.step - 1), 0)
  END AS of_previous
FROM furthest_steps
CROSS JOIN places
GROUP BY
  1,
  2
ORDER BY
  COUNT(*) DESC,
  1 ASC,
  2 ASC
