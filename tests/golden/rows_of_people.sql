WITH people_with_visit AS (
  /* people with visit >= 2 */
  SELECT
    visits.member_id AS member_id
  FROM visits
  WHERE
    NOT visits.member_id IS NULL
  GROUP BY
    1
  HAVING
    COUNT(*) >= 2
), purchase_metrics AS (
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
    place <= CEIL(people * 0.1)
), purchase_metrics_2 AS (
  /* sales from purchase, 2025-11-01 to 2026-10-31 */
  SELECT
    SUM(purchases.amount) AS sales
  FROM purchases
  JOIN people_with_visit
    ON people_with_visit.member_id = purchases.member_id
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
    AND NOT EXISTS(
      SELECT
        1
      FROM top_by_sales
      WHERE
        top_by_sales.member_id = purchases.member_id
    )
)
SELECT
  COALESCE(sales, 0) AS sales
FROM purchase_metrics_2
