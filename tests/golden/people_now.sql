WITH member_metrics AS (
  /* members from member */
  SELECT
    COUNT(*) AS members
  FROM members
  WHERE
    members.town = 'Shanghai'
)
SELECT
  COALESCE(members, 0) AS members
FROM member_metrics
