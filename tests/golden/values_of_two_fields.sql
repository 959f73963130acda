SELECT DISTINCT
  members.level AS level,
  goods.kind AS kind
FROM purchase_lines
FULL JOIN members
  ON purchase_lines.member_id = members.member_id
FULL JOIN goods
  ON purchase_lines.good_id = goods.good_id
ORDER BY
  level ASC,
  kind ASC
