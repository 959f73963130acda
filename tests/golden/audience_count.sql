SELECT
  COUNT(*) AS people
FROM members
WHERE
  members.town = 'Shanghai'
  AND members.level IN ('silver', 'gold')
  AND DATE_DIFF('YEAR', members.born, CAST('2026-10-31' AS DATE)) - CASE
    WHEN STRFTIME(members.born, '%m%d') > STRFTIME(CAST('2026-10-31' AS DATE), '%m%d')
    THEN 1
    ELSE 0
  END >= 25
  AND DATE_DIFF('YEAR', members.born, CAST('2026-10-31' AS DATE)) - CASE
    WHEN STRFTIME(members.born, '%m%d') > STRFTIME(CAST('2026-10-31' AS DATE), '%m%d')
    THEN 1
    ELSE 0
  END <= 35
