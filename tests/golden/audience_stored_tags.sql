SELECT
  members.member_id AS member_id,
  customer_tags.stage AS stage,
  customer_tags.big_spender AS big_spender,
  members.nick AS nick,
  members.town AS town,
  members.level AS level
FROM members
LEFT JOIN customer_tags
  ON customer_tags.member_id = members.member_id
WHERE
  customer_tags.stage = 'active' AND customer_tags.big_spender
ORDER BY
  members.member_id ASC
LIMIT 20
OFFSET 40
