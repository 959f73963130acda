WITH gift_metrics AS (
  /* given from gift by level, 2025-11-01 to 2026-10-31 */
  SELECT
    giver.level AS level,
    SUM(gifts.worth) AS given
  FROM gifts
  LEFT JOIN members
    ON gifts.receiver_id = members.member_id
  LEFT JOIN towns
    ON members.town = towns.town
  LEFT JOIN members AS giver
    ON gifts.giver_id = giver.member_id
  WHERE
    gifts.sent_on >= CAST('2025-11-01' AS DATE)
    AND gifts.sent_on < CAST('2026-11-01' AS DATE)
    AND towns.region = 'east'
  GROUP BY
    1
)
SELECT
  level AS level,
  COALESCE(given, 0) AS given
FROM gift_metrics
ORDER BY
  CASE level WHEN 'basic' THEN 0 WHEN 'silver' THEN 1 WHEN 'gold' THEN 2 END ASC,
  level ASC
