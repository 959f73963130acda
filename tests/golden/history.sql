WITH purchase_metrics AS (
  /* sales from purchase by standing, 2026-07-01 to 2026-09-30 */
  SELECT
    standings.standing AS standing,
    SUM(purchases.amount) AS sales
  FROM purchases
  LEFT JOIN standings
    ON purchases.member_id = standings.member_id
    AND purchases.bought_at >= standings.since
    AND (
      purchases.bought_at < standings.until OR standings.until IS NULL
    )
  WHERE
    purchases.bought_at >= CAST('2026-07-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
  GROUP BY
    1
)
SELECT
  standing AS standing,
  COALESCE(sales, 0) AS sales
FROM purchase_metrics
ORDER BY
  sales DESC,
  standing ASC
