WITH line_by_good_id AS (
  /* sales from line by member_id, value, 2025-11-01 to 2026-10-31, by good_id */
  SELECT
    purchase_lines.member_id AS member_id,
    purchase_lines.good_id AS good_id,
    SUM(purchase_lines.amount) AS sales
  FROM purchase_lines
  WHERE
    purchase_lines.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchase_lines.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1,
    2
), line_metrics AS (
  /* sales from line by member_id, value, 2025-11-01 to 2026-10-31 */
  SELECT
    line_by_good_id.member_id,
    goods.kind AS value,
    SUM(line_by_good_id.sales) AS sales
  FROM line_by_good_id
  LEFT JOIN goods
    ON line_by_good_id.good_id = goods.good_id
  GROUP BY
    1,
    2
), places_favourite_kind AS (
  /* good.kind by sales of each key */
  SELECT
    member_id AS member_id,
    value AS value,
    ROW_NUMBER() OVER (PARTITION BY member_id ORDER BY COALESCE(sales, 0) DESC, value ASC) AS place
  FROM line_metrics
  WHERE
    NOT member_id IS NULL AND NOT value IS NULL
), most_favourite_kind AS (
  /* the first of each key */
  SELECT
    member_id,
    value
  FROM places_favourite_kind
  WHERE
    place = 1
)
SELECT
  members.member_id,
  most_favourite_kind.value AS value
FROM members
LEFT JOIN most_favourite_kind
  ON most_favourite_kind.member_id = members.member_id
