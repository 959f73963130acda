WITH purchase_rows AS (
  /* rows of purchase */
  SELECT
    purchases.member_id AS member_id,
    purchases.bought_at AS happened_at
  FROM purchases
  WHERE
    NOT purchases.member_id IS NULL AND purchases.channel = 'web'
), later_visit AS (
  /* visit after it */
  SELECT
    visits.member_id AS member_id,
    visits.seen_at AS happened_at
  FROM visits
  WHERE
    NOT visits.member_id IS NULL
), followed_rows AS (
  /* followed by visit within 7 day */
  SELECT
    purchase_rows.member_id,
    purchase_rows.happened_at
  FROM purchase_rows
  ASOF LEFT JOIN later_visit
    ON purchase_rows.member_id = later_visit.member_id
    AND purchase_rows.happened_at < later_visit.happened_at
  WHERE
    NOT later_visit.happened_at IS NULL
    AND later_visit.happened_at <= purchase_rows.happened_at + INTERVAL 7 DAY
), people_with_purchase AS (
  /* people with purchase >= 1, in their order */
  SELECT
    member_id
  FROM followed_rows
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
