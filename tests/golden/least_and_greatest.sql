WITH different_values AS (
  /* every value */
  SELECT DISTINCT
    purchases.amount AS amount
  FROM purchases
  WHERE
    purchases.channel = 'web'
)
SELECT
  MIN(amount) AS amount_least,
  MAX(amount) AS amount_greatest
FROM different_values
