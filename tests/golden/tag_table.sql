WITH purchase_metrics AS (
  /* purchases from purchase by member_id, 2026-09-01 to 2026-10-31 and 1900-01-01 to 2026-10-31 and 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.member_id AS member_id,
    COUNT(*) FILTER(WHERE
      purchases.bought_at >= CAST('2026-09-01' AS DATE)) AS purchases_2_months,
    COUNT(*) AS purchases,
    COUNT(*) FILTER(WHERE
      purchases.bought_at >= CAST('2025-11-01' AS DATE) AND purchases.coupon) AS purchases_12_months
  FROM purchases
  WHERE
    purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), purchase_metrics_2 AS (
  /* sales, purchases from purchase by member_id, 2025-11-01 to 2026-10-31 */
  SELECT
    purchases.member_id AS member_id,
    SUM(purchases.amount) AS sales,
    COUNT(*) AS purchases
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-11-01' AS DATE)
    AND purchases.bought_at < CAST('2026-11-01' AS DATE)
  GROUP BY
    1
), sales_of_people AS (
  /* sales, purchases of each person */
  SELECT
    member_id AS member_id,
    COALESCE(sales, 0) AS sales,
    COALESCE(purchases, 0) AS purchases
  FROM purchase_metrics_2
  WHERE
    NOT member_id IS NULL
), places_big_spender AS (
  /* sales ranks */
  SELECT
    member_id,
    ROW_NUMBER() OVER (ORDER BY sales DESC, member_id ASC) AS place,
    (
      SELECT
        COUNT(*)
      FROM sales_of_people
      WHERE
        NOT sales IS NULL AND purchases >= 1
    ) AS people
  FROM sales_of_people
  WHERE
    NOT sales IS NULL AND purchases >= 1
), top_big_spender AS (
  /* the top 0.5 of them */
  SELECT
    member_id
  FROM places_big_spender
  WHERE
    place <= CEIL(people * 0.5)
), line_by_good_id AS (
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
  EXTRACT(MONTH FROM members.born) AS birth_month,
  CASE
    WHEN COALESCE(purchase_metrics.purchases_2_months, 0) >= 1
    THEN 'active'
    WHEN COALESCE(purchase_metrics.purchases_12_months, 0) >= 1
    AND members.level = 'silver'
    THEN 'coupon'
    WHEN COALESCE(purchase_metrics.purchases, 0) >= 1
    THEN 'lapsed'
    ELSE 'never'
  END AS stage,
  NOT top_big_spender.member_id IS NULL AS big_spender,
  most_favourite_kind.value AS favourite_kind
FROM members
LEFT JOIN purchase_metrics
  ON purchase_metrics.member_id = members.member_id
LEFT JOIN top_big_spender
  ON top_big_spender.member_id = members.member_id
LEFT JOIN most_favourite_kind
  ON most_favourite_kind.member_id = members.member_id
ORDER BY
  member_id ASC
