WITH balance_last AS (
  /* rows of the last balance.taken_on */
  SELECT
    balances.points AS points_of_accounts
  FROM balances
  WHERE
    balances.taken_on >= CAST('2026-07-01' AS DATE)
    AND balances.taken_on < CAST('2026-10-01' AS DATE)
  QUALIFY
    balances.taken_on = MAX(balances.taken_on) OVER (PARTITION BY balances.account)
), balance_metrics AS (
  /* points_of_accounts from balance, 2026-07-01 to 2026-09-30 */
  SELECT
    SUM(points_of_accounts) AS points_of_accounts
  FROM balance_last
), balance_first AS (
  /* rows of the first balance.taken_on */
  SELECT
    balances.points AS opening_points
  FROM balances
  WHERE
    balances.taken_on >= CAST('2026-07-01' AS DATE)
    AND balances.taken_on < CAST('2026-10-01' AS DATE)
  QUALIFY
    balances.taken_on = MIN(balances.taken_on) OVER ()
), balance_metrics_2 AS (
  /* opening_points from balance, 2026-07-01 to 2026-09-30 */
  SELECT
    SUM(opening_points) AS opening_points
  FROM balance_first
)
SELECT
  COALESCE(balance_metrics.points_of_accounts, 0) AS points_of_accounts,
  COALESCE(balance_metrics_2.opening_points, 0) AS opening_points
FROM balance_metrics
CROSS JOIN balance_metrics_2
