WITH purchase_metrics AS (
  /* sales from purchase by member_id, 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), sales_of_people AS (
  /* sales of each person */
  SELECT
    member_id AS member_id,
    COALESCE(sales, 0) AS sales
  FROM purchase_metrics
  WHERE
    NOT member_id IS NULL
), ranks_by_sales AS (
  /* sales ranks */
  SELECT
    member_id,
    ROW_NUMBER() OVER (ORDER BY sales DESC, member_id ASC) AS place,
    (
      SELECT
        COUNT(*)
      FROM sales_of_people
      WHERE
        NOT sales IS NULL
    ) AS people
  FROM sales_of_people
  WHERE
    NOT sales IS NULL
), top_by_sales AS (
  /* top people by sales, ties by key */
  SELECT
    member_id
  FROM ranks_by_sales
  WHERE
    place <= CEIL(people * 0.2)
), purchase_metrics_2 AS (
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
    basket < 80
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
    FROM top_by_sales
    WHERE
      top_by_sales.member_id = members.member_id
  )
