WITH purchase_metrics AS (
  /* sales from purchase by bought_at_day_of_week, 2025-11-01 to 2026-10-31 */
  SELECT
    EXTRACT(ISODOW FROM purchases.bought_at) AS bought_at_day_of_week,
    SUM(purchases.amount) AS sales
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
)
SELECT
  bought_at_day_of_week AS bought_at_day_of_week,
  COALESCE(sales, 0) AS sales
FROM purchase_metrics
ORDER BY
  sales DESC,
  bought_at_day_of_week ASC
