WITH people_with_purchase AS (
  /* people with purchase >= 1 */
  SELECT
    purchase_lines.member_id AS member_id
  FROM purchase_lines
  LEFT JOIN goods
    ON purchase_lines.good_id = goods.good_id
  WHERE
    NOT purchase_lines.member_id IS NULL
    AND NOT purchase_lines.purchase_id IS NULL
    AND goods.kind = 'shoes'
), people_with_purchase_2 AS (
  /* people with purchase >= 1, 2026-10-02 to 2026-10-31 */
  SELECT
    purchases.member_id AS member_id
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-10-02' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
    AND NOT purchases.member_id IS NULL
  GROUP BY
    1
), purchase_metrics AS (
  /* purchases from purchase by member_id, 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.member_id AS member_id,
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), purchases_of_people AS (
  /* purchases of each person */
  SELECT
    member_id AS member_id,
    COALESCE(purchases, 0) AS purchases
  FROM purchase_metrics
  WHERE
    NOT member_id IS NULL
), people_by_purchases AS (
  /* people whose purchases fails the bound */
  SELECT
    member_id
  FROM purchases_of_people
  WHERE
    purchases >= 3
), purchase_metrics_2 AS (
  /* sales, purchases from purchase by member_id, 2026-09-01 to 2026-09-30 */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales,
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2026-09-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
), basket_of_people AS (
  /* basket of each person */
  SELECT
    member_id AS member_id,
    COALESCE(sales, 0) / NULLIF(purchases, 0) AS basket
  FROM purchase_metrics_2
  WHERE
    NOT member_id IS NULL
), people_by_basket AS (
  /* people whose basket meets the bound */
  SELECT
    member_id
  FROM basket_of_people
  WHERE
    basket >= 50 AND basket <= 100
)
SELECT
  COUNT(*) AS people
FROM members
JOIN people_by_basket
  ON people_by_basket.member_id = members.member_id
WHERE
  EXISTS(
    SELECT
      1
    FROM people_with_purchase
    WHERE
      people_with_purchase.member_id = members.member_id
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM people_with_purchase_2
    WHERE
      people_with_purchase_2.member_id = members.member_id
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM people_by_purchases
    WHERE
      people_by_purchases.member_id = members.member_id
  )
