WITH cohorts AS (
  /* each person's first member, 2025-11-01 to 2026-10-31, and the month it was in */
  SELECT
    members.member_id AS member_id,
    MIN(members.joined_at) AS started_at,
    CAST(DATE_TRUNC('MONTH', MIN(members.joined_at)) AS DATE) AS cohort
  FROM members
  WHERE
    members.joined_at >= CAST('2025-11-01' AS DATE)
    AND members.joined_at < CAST('2026-11-01' AS DATE)
    AND NOT members.member_id IS NULL
  GROUP BY
    1
), cohort_sizes AS (
  /* how many people each cohort has */
  SELECT
    cohort,
    COUNT(*) AS cohort_size
  FROM cohorts
  GROUP BY
    1
), returned AS (
  /* people of each cohort with purchase at or after their start, by months since then */
  SELECT
    cohorts.cohort,
    DATE_DIFF('MONTH', cohorts.cohort, CAST(DATE_TRUNC('MONTH', purchases.bought_at) AS DATE)) AS period_offset,
    COUNT(DISTINCT cohorts.member_id) AS people
  FROM purchases
  JOIN cohorts
    ON cohorts.member_id = purchases.member_id
  WHERE
    NOT purchases.member_id IS NULL
    AND purchases.channel = 'web'
    AND purchases.bought_at >= cohorts.started_at
  GROUP BY
    1,
    2
), periods AS (
  /* the periods since the start */
  SELECT
    period_offset
  FROM (VALUES
    (0),
    (1),
    (2),
    (3)) AS numbers(period_offset)
)
SELECT
  cohort_sizes.cohort,
  cohort_sizes.cohort_size,
  periods.period_offset,
  COALESCE(returned.people, 0) AS people,
  COALESCE(returned.people, 0) / cohort_sizes.cohort_size AS rate,
  cohort_sizes.cohort + (
    periods.period_offset + 1
  ) * INTERVAL 1 MONTH <= CAST('2026-11-01' AS DATE) AS complete
FROM cohort_sizes
CROSS JOIN periods
LEFT JOIN returned
  ON returned.cohort = cohort_sizes.cohort
  AND returned.period_offset = periods.period_offset
WHERE
  cohort_sizes.cohort + periods.period_offset * INTERVAL 1 MONTH < CAST('2026-11-01' AS DATE)
ORDER BY
  cohort_sizes.cohort ASC,
  periods.period_offset ASC
