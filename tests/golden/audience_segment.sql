WITH people_with_purchase AS (
  /* people with purchase >= 2 */
  SELECT
    purchases.member_id AS member_id
  FROM purchases
  WHERE
    NOT purchases.member_id IS NULL
  GROUP BY
    1
  HAVING
    COUNT(*) >= 2
), people_in_segment AS (
  /* people of a saved segment */
  SELECT
    members.member_id AS member_id
  FROM members
  JOIN people_with_purchase
    ON people_with_purchase.member_id = members.member_id
)
SELECT
  COUNT(*) AS people
FROM members
WHERE
  NOT EXISTS(
    SELECT
      1
    FROM people_in_segment
    WHERE
      people_in_segment.member_id = members.member_id
  )
