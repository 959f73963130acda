SELECT
  COUNT(*) AS people
FROM members
WHERE
  members.town IS DISTINCT FROM 'Shanghai'
  OR (
    DATE_DIFF('YEAR', members.born, CAST('2026-10-31' AS DATE)) - CASE
      WHEN STRFTIME(members.born, '%m%d') > STRFTIME(CAST('2026-10-31' AS DATE), '%m%d')
      THEN 1
      ELSE 0
    END <= 30
    OR DATE_DIFF('YEAR', members.born, CAST('2026-10-31' AS DATE)) - CASE
      WHEN STRFTIME(members.born, '%m%d') > STRFTIME(CAST('2026-10-31' AS DATE), '%m%d')
      THEN 1
      ELSE 0
    END IS NULL
  )
  OR STRPOS(LOWER(members.nick), 'o''b') > 0
