WITH purchase_by_member_id AS (
  /* sales from purchase by town, 2025-11-01 to 2026-10-31, by member_id */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), purchase_metrics AS (
  /* sales from purchase by town, 2025-11-01 to 2026-10-31 */
  SELECT
    members.town AS town,
    SUM(purchase_by_member_id.sales) AS sales
  FROM purchase_by_member_id
  LEFT JOIN members
    ON purchase_by_member_id.member_id = members.member_id
  GROUP BY
    1
), numbers AS (
  /* the values of every group */
  SELECT
    town AS town,
    COALESCE(sales, 0) AS sales,
    COALESCE(sales, 0) / NULLIF(SUM(COALESCE(sales, 0)) OVER (), 0) AS sales__share,
    CASE
      WHEN NOT town IS NULL AND NOT COALESCE(sales, 0) IS NULL
      THEN RANK() OVER (
        PARTITION BY CASE WHEN NOT town IS NULL AND NOT COALESCE(sales, 0) IS NULL THEN 1 ELSE 0 END
        ORDER BY COALESCE(sales, 0) DESC
      )
    END AS sales__rank
  FROM purchase_metrics
)
SELECT
  town,
  sales,
  sales__share,
  sales__rank
FROM numbers
WHERE
  town IN ('Shanghai')
ORDER BY
  sales DESC,
  town ASC
