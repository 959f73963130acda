SELECT
  members.town AS value,
  COUNT(*) AS row_count
FROM members
GROUP BY
  1
ORDER BY
  row_count DESC,
  value ASC
