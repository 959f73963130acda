WITH people_with_visit AS (
  /* people with visit >= 1 */
  SELECT
    visits.member_id AS member_id
  FROM visits
  WHERE
    NOT visits.member_id IS NULL
  GROUP BY
    1
), conditions AS (
  /* every condition of every person */
  SELECT
    members.town = 'Shanghai' AS condition_1,
    EXISTS(
      SELECT
        1
      FROM people_with_visit
      WHERE
        people_with_visit.member_id = members.member_id
    ) AS condition_2
  FROM members
)
SELECT
  COUNT(*) AS step_0,
  COUNT(*) FILTER(WHERE
    condition_1) AS step_1,
  COUNT(*) FILTER(WHERE
    condition_1 AND condition_2) AS step_2
FROM conditions
