WITH purchase_metrics AS (
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
), purchase_metrics_2 AS (
  /* sales from purchase, 2025-11-01 to 2026-10-31 */
  SELECT
    SUM(purchases.amount) AS sales
  FROM purchases
  LEFT JOIN purchases_of_people
    ON purchases_of_people.member_id = purchases.member_id
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
    AND purchases_of_people.purchases >= 2
)
SELECT
  COALESCE(sales, 0) AS sales_to_regulars
FROM purchase_metrics_2
