WITH first_purchase_rows AS (
  /* each person's first rows of purchase */
  SELECT
    purchases.member_id AS member_id,
    purchases.bought_at AS happened_at
  FROM purchases
  WHERE
    NOT purchases.member_id IS NULL
  QUALIFY
    purchases.bought_at = MIN(purchases.bought_at) OVER (PARTITION BY purchases.member_id)
), purchase_rows_in_time AS (
  /* those from 2026-09-01 to 2026-09-30 */
  SELECT
    member_id,
    happened_at
  FROM first_purchase_rows
  WHERE
    happened_at >= CAST('2026-09-01' AS DATE)
    AND happened_at < CAST('2026-10-01' AS DATE)
), people_with_purchase AS (
  /* people with purchase >= 1, in their order */
  SELECT
    member_id
  FROM purchase_rows_in_time
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
