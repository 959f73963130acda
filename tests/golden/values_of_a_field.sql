SELECT DISTINCT
  purchases.channel AS channel
FROM purchases
WHERE
  NOT purchases.channel IS NULL
ORDER BY
  channel ASC
