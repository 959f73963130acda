WITH gift_metrics AS (
  /* gifts from gift by giver_member_town, receiver_member_town, 2025-11-01 to 2026-10-31 */
  SELECT
    members.town AS giver_member_town,
    receiver.town AS receiver_member_town,
    COUNT(*) AS gifts
  FROM gifts
  LEFT JOIN members
    ON gifts.giver_id = members.member_id
  LEFT JOIN members AS receiver
    ON gifts.receiver_id = receiver.member_id
  WHERE
    gifts.sent_on >= CAST('2025-11-01' AS DATE)
    AND gifts.sent_on < CAST('2026-11-01' AS DATE)
  GROUP BY
    1,
    2
)
SELECT
  giver_member_town AS giver_member_town,
  receiver_member_town AS receiver_member_town,
  COALESCE(gifts, 0) AS gifts
FROM gift_metrics
ORDER BY
  gifts DESC,
  giver_member_town ASC,
  receiver_member_town ASC
