WITH purchase_by_member_id AS (
  /* buyers, repeat_buyers from purchase, 2026-09-01 to 2026-09-30 and 2026-08-01 to 2026-08-31 and 2025-09-01 to 2025-09-15, by member_id */
  SELECT
    purchases.member_id AS member_id,
    COUNT(*) FILTER(WHERE
      purchases.bought_at >= CAST('2026-09-01' AS DATE)) AS buyers__rows,
    COUNT(*) FILTER(WHERE
      purchases.bought_at >= CAST('2026-08-01' AS DATE)
      AND purchases.bought_at < CAST('2026-09-01' AS DATE)) AS buyers__prev__rows,
    COUNT(*) FILTER(WHERE
      purchases.bought_at < CAST('2025-09-16' AS DATE)) AS buyers__prev_2__rows
  FROM purchases
  WHERE
    purchases.bought_at >= CAST('2025-09-01' AS DATE)
    AND purchases.bought_at < CAST('2026-10-01' AS DATE)
    AND (
      purchases.bought_at < CAST('2025-09-16' AS DATE)
      OR (
        purchases.bought_at >= CAST('2026-08-01' AS DATE)
        AND purchases.bought_at < CAST('2026-09-01' AS DATE)
      )
      OR purchases.bought_at >= CAST('2026-09-01' AS DATE)
    )
  GROUP BY
    1
), purchase_metrics AS (
  /* buyers, repeat_buyers from purchase, 2026-09-01 to 2026-09-30 and 2026-08-01 to 2026-08-31 and 2025-09-01 to 2025-09-15 */
  SELECT
    COUNT(member_id) FILTER(WHERE
      buyers__rows > 0) AS buyers,
    COUNT(member_id) FILTER(WHERE
      buyers__prev__rows > 0) AS buyers__prev,
    COUNT(member_id) FILTER(WHERE
      buyers__prev_2__rows > 0) AS buyers__prev_2,
    COUNT(member_id) FILTER(WHERE
      buyers__rows > 0 AND buyers__rows >= 2) AS repeat_buyers,
    COUNT(member_id) FILTER(WHERE
      buyers__prev__rows > 0 AND buyers__prev__rows >= 2) AS repeat_buyers__prev,
    COUNT(member_id) FILTER(WHERE
      buyers__prev_2__rows > 0 AND buyers__prev_2__rows >= 2) AS repeat_buyers__prev_2
  FROM purchase_by_member_id
), numbers AS (
  /* the values of every group */
  SELECT
    COALESCE(buyers, 0) AS buyers,
    COALESCE(buyers__prev, 0) AS buyers__prev,
    COALESCE(buyers__prev_2, 0) AS buyers__prev_2,
    COALESCE(repeat_buyers, 0) AS repeat_buyers,
    COALESCE(repeat_buyers__prev, 0) AS repeat_buyers__prev,
    COALESCE(repeat_buyers__prev_2, 0) AS repeat_buyers__prev_2
  FROM purchase_metrics
)
SELECT
  buyers,
  buyers__prev,
  buyers - buyers__prev AS buyers__change,
  CASE WHEN buyers__prev > 0 THEN (
    buyers - buyers__prev
  ) / buyers__prev END AS buyers__change_rate,
  buyers__prev_2,
  buyers - buyers__prev_2 AS buyers__change_2,
  CASE
    WHEN buyers__prev_2 > 0
    THEN (
      buyers - buyers__prev_2
    ) / buyers__prev_2
  END AS buyers__change_rate_2,
  repeat_buyers,
  repeat_buyers__prev,
  repeat_buyers - repeat_buyers__prev AS repeat_buyers__change,
  CASE
    WHEN repeat_buyers__prev > 0
    THEN (
      repeat_buyers - repeat_buyers__prev
    ) / repeat_buyers__prev
  END AS repeat_buyers__change_rate,
  repeat_buyers__prev_2,
  repeat_buyers - repeat_buyers__prev_2 AS repeat_buyers__change_2,
  CASE
    WHEN repeat_buyers__prev_2 > 0
    THEN (
      repeat_buyers - repeat_buyers__prev_2
    ) / repeat_buyers__prev_2
  END AS repeat_buyers__change_rate_2
FROM numbers
