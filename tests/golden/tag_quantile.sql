WITH purchase_metrics AS (
  /* sales, purchases from purchase by member_id, 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales,
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), sales_of_people AS (
  /* sales, purchases of each person */
  SELECT
    member_id AS member_id,
    COALESCE(sales, 0) AS sales,
    COALESCE(purchases, 0) AS purchases
  FROM purchase_metrics
  WHERE
    NOT member_id IS NULL
), places_big_spender AS (
  /* sales ranks */
  SELECT
    member_id,
    ROW_NUMBER() OVER (ORDER BY sales DESC, member_id ASC) AS place,
    (
      SELECT
        COUNT(*)
      FROM sales_of_people
      WHERE
        NOT sales IS NULL AND purchases >= 1
    ) AS people
  FROM sales_of_people
  WHERE
    NOT sales IS NULL AND purchases >= 1
), top_big_spender AS (
  /* the top 0.5 of them */
  SELECT
    member_id
  FROM places_big_spender
  WHERE
    place <= CEIL(people * 0.5)
)
SELECT
  members.member_id,
  NOT top_big_spender.member_id IS NULL AS value
FROM members
LEFT JOIN top_big_spender
  ON top_big_spender.member_id = members.member_id
