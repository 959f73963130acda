WITH purchase_rows AS (
  /* rows of purchase */
  SELECT
    purchases.member_id AS member_id,
    purchases.bought_at AS happened_at
  FROM purchases
  WHERE
    NOT purchases.member_id IS NULL
), purchase_rows_in_time AS (
  /* those from 2026-07-01 to 2026-09-30 */
  SELECT
    member_id,
    happened_at
  FROM purchase_rows
  WHERE
    happened_at >= CAST('2026-07-01' AS DATE)
    AND happened_at < CAST('2026-10-01' AS DATE)
), not_followed_rows AS (
  /* not followed by purchase within 30 day */
  SELECT
    purchase_rows_in_time.member_id,
    purchase_rows_in_time.happened_at
  FROM purchase_rows_in_time
  ASOF LEFT JOIN purchase_rows
    ON purchase_rows_in_time.member_id = purchase_rows.member_id
    AND purchase_rows_in_time.happened_at < purchase_rows.happened_at
  WHERE
    (
      purchase_rows.happened_at IS NULL
      OR purchase_rows.happened_at > purchase_rows_in_time.happened_at + INTERVAL 30 DAY
    )
    AND purchase_rows_in_time.happened_at + INTERVAL 30 DAY < CAST('2026-11-01' AS DATE)
), people_with_purchase AS (
  /* people with purchase >= 1, in their order */
  SELECT
    member_id
  FROM not_followed_rows
)
SELECT
  COUNT(*) AS people
FROM members
WHERE
  EXISTS(
    SELECT
      1
    FROM people_with_purchase
    WHERE
      people_with_purchase.member_id = members.member_id
  )
