-- Right answers to the example questions, written by hand over the loaded tables of the retail example, without the
-- compiler and without the table of tags. Today is 2026-10-31; without a time the last 12 months are meant:
-- 2025-11-01 … 2026-10-31. `-- view: high_value
-- top 20 % by spend of those with at least two orders in twelve months; ties by key
WITH buyers AS (
  SELECT customer_key, sum(net_amount) AS s FROM orders
  WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL
  GROUP BY 1 HAVING count(*) >= 2
), placed AS (SELECT customer_key, row_number() OVER (ORDER BY s DESC, customer_key) AS place, count(*) OVER () AS n FROM buyers)
SELECT customer_key FROM placed WHERE place <= ceil(n * 0.2);

-- view: churn_risk
WITH rhythm AS (
  SELECT customer_key, count(*) AS n, CAST(min(ordered_at) AS DATE) AS first, CAST(max(ordered_at) AS DATE) AS last
  FROM orders WHERE ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL GROUP BY 1
), measured AS (
  SELECT customer_key, (DATE '2026-10-31' - last) / CASE WHEN n >= 2 THEN greatest((last - first)::DOUBLE / (n - 1), 30) ELSE 90 END AS times FROM rhythm
)
SELECT customer_key, CASE WHEN times > 3 THEN '高' WHEN times > 1.5 THEN '中' ELSE '低' END AS churn_risk FROM measured;

-- view: price_sensitive
SELECT customer_key FROM orders
WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL
GROUP BY 1 HAVING count(*) >= 2 AND count(*) FILTER (WHERE coupon_used) * 2 >= count(*);

-- view: lifecycle_stage
WITH last AS (SELECT customer_key, CAST(max(ordered_at) AS DATE) AS day FROM orders WHERE ordered_at < TIMESTAMP '2026-11-01' GROUP BY 1)
SELECT c.customer_key,
  CASE WHEN DATE '2026-10-31' - CAST(c.registered_at AS DATE) < 60 THEN '新客'
       WHEN DATE '2026-10-31' - last.day < 90 THEN '活跃'
       WHEN DATE '2026-10-31' - last.day < 180 THEN '沉默'
       WHEN DATE '2026-10-31' - last.day < 365 THEN '流失预警' ELSE '已流失' END AS lifecycle_stage
FROM customers c LEFT JOIN last USING (customer_key);

-- name: q05
-- September 2026 and the month before
SELECT sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01') AS sales,
       sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2026-08-01' AND ordered_at < TIMESTAMP '2026-09-01') AS sales__prev
FROM orders;

-- name: q06
WITH per_buyer AS (
  SELECT CAST(date_trunc('month', ordered_at) AS DATE) AS month, customer_key, count(*) AS orders
  FROM orders
  WHERE ordered_at >= TIMESTAMP '2026-01-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL
  GROUP BY 1, 2
)
SELECT month, count(*) FILTER (WHERE orders >= 2) / count(*)::DOUBLE AS repurchase_rate FROM per_buyer GROUP BY 1 ORDER BY 1;

-- name: q07
-- every tier and the customers (or cash sales) without one
WITH o AS (
  SELECT ci.city_tier, o.customer_key, o.net_amount
  FROM orders o LEFT JOIN customers c ON c.customer_key = o.customer_key LEFT JOIN cities ci ON ci.city = c.city
  WHERE o.ordered_at >= TIMESTAMP '2025-11-01' AND o.ordered_at < TIMESTAMP '2026-11-01'
), aov AS (
  SELECT city_tier, sum(net_amount) / count(*)::DOUBLE AS average_order_value FROM o GROUP BY 1
), repeat AS (
  SELECT city_tier, count(*) FILTER (WHERE n >= 2) / count(*)::DOUBLE AS repurchase_rate
  FROM (SELECT city_tier, customer_key, count(*) AS n FROM o WHERE customer_key IS NOT NULL GROUP BY 1, 2) GROUP BY 1
)
SELECT a.city_tier, average_order_value, repurchase_rate
FROM aov a LEFT JOIN repeat r ON r.city_tier IS NOT DISTINCT FROM a.city_tier;

-- name: q08
WITH o AS (
  SELECT ci.region, o.net_amount, o.ordered_at
  FROM orders o LEFT JOIN customers c ON c.customer_key = o.customer_key LEFT JOIN cities ci ON ci.city = c.city
), sums AS (
  SELECT region,
         sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01') AS sales,
         sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2025-09-01' AND ordered_at < TIMESTAMP '2025-10-01') AS before
  FROM o GROUP BY 1
)
SELECT region, sales, before, sales - before AS change, (sales - before) / before::DOUBLE AS rate
FROM sums WHERE sales IS NOT NULL OR before IS NOT NULL;

-- name: q09
SELECT c.city, sum(o.net_amount) AS sales
FROM orders o JOIN customers c ON c.customer_key = o.customer_key
WHERE o.ordered_at >= TIMESTAMP '2025-11-01' AND o.ordered_at < TIMESTAMP '2026-11-01' AND c.city IS NOT NULL
GROUP BY 1 ORDER BY 2 DESC LIMIT 10;

-- name: q10
SELECT p.category, sum(l.returned_quantity) / sum(l.quantity)::DOUBLE AS return_rate
FROM order_lines l JOIN products p ON p.product_id = l.product_id
WHERE l.ordered_at >= TIMESTAMP '2025-11-01' AND l.ordered_at < TIMESTAMP '2026-11-01'
GROUP BY 1 ORDER BY 2 LIMIT 5;

-- name: q11
SELECT channel, sum(net_amount) AS sales, sum(net_amount) / sum(sum(net_amount)) OVER ()::DOUBLE AS share
FROM orders WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' GROUP BY 1;

-- name: q12
SELECT count(*) FROM customers JOIN cities USING (city)
WHERE member_level = '金卡' AND province IN ('江苏', '浙江', '上海', '北京');

-- name: q13
SELECT customer_key FROM customers c
WHERE EXISTS (SELECT 1 FROM order_lines l JOIN products p USING (product_id) WHERE l.customer_key = c.customer_key AND p.category = '运动鞋')
  AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key AND o.ordered_at >= TIMESTAMP '2026-10-02' AND o.ordered_at < TIMESTAMP '2026-11-01');

-- name: q15
WITH spend AS (
  SELECT customer_key, sum(net_amount) AS s FROM orders
  WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL GROUP BY 1
), ranked AS (SELECT customer_key, row_number() OVER (ORDER BY s DESC, customer_key) AS place, count(*) OVER () AS n FROM spend)
SELECT city, count(*) FROM ranked JOIN customers USING (customer_key) WHERE place <= ceil(n * 0.1) GROUP BY 1;

-- name: q16
WITH aov AS (
  SELECT customer_key, sum(net_amount) / count(*)::DOUBLE AS v FROM orders
  WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL GROUP BY 1
)
SELECT customer_key FROM customers JOIN aov USING (customer_key)
WHERE date_part('year', age(DATE '2026-10-31', birthday)) BETWEEN 25 AND 35 AND v BETWEEN 300 AND 800;

-- name: q17
SELECT sum(net_amount) FROM orders WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2025-11-12';

-- name: q18
SELECT sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2026-06-01' AND ordered_at < TIMESTAMP '2026-06-19'),
       sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2025-06-01' AND ordered_at < TIMESTAMP '2025-06-19')
FROM orders;

-- name: q24
WITH per_buyer AS (
  SELECT c.city, o.customer_key, count(*) AS n FROM orders o JOIN customers c ON c.customer_key = o.customer_key
  WHERE o.ordered_at >= TIMESTAMP '2025-11-01' AND o.ordered_at < TIMESTAMP '2026-11-01' GROUP BY 1, 2
)
SELECT city, count(*) FILTER (WHERE n >= 2) / count(*)::DOUBLE AS rate FROM per_buyer
WHERE city IS NOT NULL GROUP BY 1 HAVING count(*) FILTER (WHERE n >= 2) / count(*)::DOUBLE > 0.3;

-- name: q25
SELECT p.category, sum(l.gross_profit) / sum(l.net_amount)::DOUBLE AS margin
FROM order_lines l JOIN products p USING (product_id)
WHERE l.ordered_at >= TIMESTAMP '2025-11-01' AND l.ordered_at < TIMESTAMP '2026-11-01'
GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: q42
SELECT c.customer_key FROM customers c
WHERE c.member_level = '黑金' AND c.city = '拉萨' AND date_part('year', age(DATE '2026-10-31', c.birthday)) < 18
  AND EXISTS (SELECT 1 FROM order_lines l JOIN products p USING (product_id) WHERE l.customer_key = c.customer_key AND p.category = '箱包');

-- name: q49
SELECT o.channel, sum(o.net_amount) FROM orders o JOIN customers c USING (customer_key) JOIN cities ci USING (city)
WHERE ci.region = '华东' AND o.ordered_at >= TIMESTAMP '2026-09-01' AND o.ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: q49_en
SELECT o.channel, sum(o.net_amount) FROM orders o JOIN customers c USING (customer_key) JOIN cities ci USING (city)
WHERE ci.region = '华东' AND o.ordered_at >= TIMESTAMP '2025-11-01' AND o.ordered_at < TIMESTAMP '2026-11-01' GROUP BY 1;

-- name: q51
SELECT customer_key FROM orders
WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL
GROUP BY 1 HAVING sum(net_amount) > 15000;

-- name: q52
-- 以上 includes the bound; "over" does not
SELECT count(*) FROM orders WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND net_amount >= 2000;

-- name: q52_en
SELECT count(*) FROM orders WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND net_amount > 2000;

-- name: q53
SELECT p.category, sum(l.net_amount) FROM order_lines l JOIN products p USING (product_id)
WHERE l.ordered_at >= TIMESTAMP '2026-07-01' AND l.ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: q54
SELECT count(*) FROM customers WHERE registered_at >= TIMESTAMP '2025-10-01' AND registered_at < TIMESTAMP '2026-02-24';

-- name: q55
WITH days AS (SELECT CAST(unnest(generate_series(DATE '2026-10-02', DATE '2026-10-31', INTERVAL 1 DAY)) AS DATE) AS day)
SELECT day, count(DISTINCT customer_key) FROM days LEFT JOIN events ON CAST(occurred_at AS DATE) = day AND occurred_at >= TIMESTAMP '2026-10-02'
GROUP BY 1 ORDER BY 1;

-- name: q03
-- an app event and an average order value over 500, both inside the last three months
WITH aov AS (
  SELECT customer_key, sum(net_amount) / count(*)::DOUBLE AS v FROM orders
  WHERE ordered_at >= TIMESTAMP '2026-08-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL GROUP BY 1
)
SELECT c.customer_key FROM customers c JOIN aov USING (customer_key)
WHERE c.gender = '女' AND v > 500
  AND EXISTS (SELECT 1 FROM events e WHERE e.customer_key = c.customer_key AND e.occurred_at >= TIMESTAMP '2026-08-01' AND e.occurred_at < TIMESTAMP '2026-11-01');

-- name: q04_items
WITH price AS (
  SELECT customer_key, sum(net_amount) / nullif(sum(item_count), 0)::DOUBLE AS v FROM orders
  WHERE ordered_at >= TIMESTAMP '2026-08-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL GROUP BY 1
)
SELECT c.customer_key FROM customers c JOIN price USING (customer_key)
WHERE c.gender = '女' AND v > 500
  AND EXISTS (SELECT 1 FROM events e WHERE e.customer_key = c.customer_key AND e.occurred_at >= TIMESTAMP '2026-08-01' AND e.occurred_at < TIMESTAMP '2026-11-01');

-- name: q01
SELECT count(*) FROM customers JOIN high_value USING (customer_key) WHERE city = '上海';

-- name: q02
SELECT customer_key FROM customers JOIN high_value USING (customer_key) JOIN churn_risk USING (customer_key)
WHERE city = '上海' AND churn_risk IN ('高', '中');

-- name: q14
SELECT count(*) FROM customers JOIN cities USING (city) JOIN high_value USING (customer_key)
WHERE city_tier = '一线' AND city <> '上海';

-- name: q26
SELECT count(*) FROM high_value;

-- name: q27
-- "active" alone is, by the company's convention, an app event in the last 30 days
SELECT (SELECT count(*) FROM lifecycle_stage WHERE lifecycle_stage = '流失预警'),
       (SELECT count(DISTINCT customer_key) FROM events WHERE occurred_at >= TIMESTAMP '2026-10-02' AND occurred_at < TIMESTAMP '2026-11-01');

-- name: q28
SELECT (SELECT count(*) FROM high_value), (SELECT count(*) FROM price_sensitive),
       (SELECT count(*) FROM high_value JOIN price_sensitive USING (customer_key));

-- name: q33
-- after q01, Beijing instead of Shanghai
SELECT count(*) FROM customers JOIN high_value USING (customer_key) WHERE city = '北京';

-- name: q34
-- after q01, by gender
SELECT gender, count(*) FROM customers JOIN high_value USING (customer_key) WHERE city = '上海' GROUP BY 1;

-- name: q35
-- after q01, gold and black gold
SELECT count(*) FROM customers JOIN high_value USING (customer_key) WHERE city = '上海' AND member_level IN ('金卡', '黑金');

-- name: q36
-- after "sales in Shanghai last month": the last six months
SELECT sum(net_amount) FROM orders JOIN customers USING (customer_key)
WHERE city = '上海' AND ordered_at >= TIMESTAMP '2026-05-01' AND ordered_at < TIMESTAMP '2026-11-01';

-- name: q48
SELECT customer_key FROM customers JOIN high_value USING (customer_key) WHERE city = '上海';

-- name: q19
-- an addition to the cart whose seven days are over by the end of today, and no order of that person in them
SELECT DISTINCT e.customer_key FROM events e
WHERE e.event_type = 'add_to_cart' AND e.customer_key IS NOT NULL
  AND e.occurred_at + INTERVAL 7 DAY < TIMESTAMP '2026-11-01'
  AND NOT EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_key = e.customer_key
      AND o.ordered_at > e.occurred_at AND o.ordered_at <= e.occurred_at + INTERVAL 7 DAY);

-- name: q20
-- people who added to the cart in twelve months, by where they registered, and the part that ordered within seven days of it
WITH carts AS (
  SELECT e.customer_key, EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_key = e.customer_key
      AND o.ordered_at >= e.occurred_at AND o.ordered_at < e.occurred_at + INTERVAL 7 DAY) AS ordered
  FROM events e
  WHERE e.event_type = 'add_to_cart' AND e.customer_key IS NOT NULL
    AND e.occurred_at >= TIMESTAMP '2025-11-01' AND e.occurred_at < TIMESTAMP '2026-11-01'
), people AS (SELECT customer_key, bool_or(ordered) AS ordered FROM carts GROUP BY 1)
SELECT registration_channel, count(*) FILTER (WHERE ordered) / count(*)::DOUBLE
FROM people JOIN customers USING (customer_key) GROUP BY 1;

-- name: q21
-- by month of registering this year: how many, who ordered in that month after registering, who ordered in the next month
WITH cohorts AS (
  SELECT customer_key, registered_at, CAST(date_trunc('month', registered_at) AS DATE) AS month FROM customers
  WHERE registered_at >= TIMESTAMP '2026-01-01' AND registered_at < TIMESTAMP '2026-11-01'
), later AS (
  SELECT month, customer_key, n,
         EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key AND o.ordered_at >= c.registered_at
                 AND o.ordered_at >= month + INTERVAL (n) MONTH AND o.ordered_at < month + INTERVAL (n + 1) MONTH) AS came
  FROM cohorts c, (VALUES (0), (1)) AS periods(n)
  WHERE month + INTERVAL (n) MONTH <= TIMESTAMP '2026-10-31'
)
SELECT month, count(*), n, count(*) FILTER (WHERE came), count(*) FILTER (WHERE came) / count(*)::DOUBLE,
       month + INTERVAL (n + 1) MONTH <= TIMESTAMP '2026-11-01'
FROM later GROUP BY month, n ORDER BY month, n;

-- name: q22
SELECT sum(net_amount) FROM orders WHERE ordered_at >= TIMESTAMP '2026-01-01' AND ordered_at < TIMESTAMP '2026-11-01';

-- name: q23
-- all who had registered by the last day of each of the last twelve months
SELECT month, (SELECT count(*) FROM customers WHERE registered_at < month + INTERVAL 1 MONTH)
FROM (SELECT unnest(generate_series(DATE '2025-11-01', DATE '2026-10-01', INTERVAL 1 MONTH))::DATE AS month) ORDER BY 1;

-- name: q32
-- August and September: of all buyers of a month, the part that ordered again and belongs to a region and to the category
-- on which that buyer spent most; and what part of the whole fall of the rate each such group makes, largest first
WITH monthly AS (
  SELECT month(ordered_at) AS month, customer_key, count(*) >= 2 AS again FROM orders
  WHERE ordered_at >= TIMESTAMP '2026-08-01' AND ordered_at < TIMESTAMP '2026-10-01' AND customer_key IS NOT NULL GROUP BY 1, 2
), spent AS (
  SELECT month(ordered_at) AS month, customer_key, category, sum(paid_amount) AS paid
  FROM order_lines JOIN products USING (product_id) WHERE customer_key IS NOT NULL GROUP BY 1, 2, 3
), favourite AS (SELECT month, customer_key, arg_max(category, paid) AS category FROM spent GROUP BY 1, 2),
buyers AS (
  SELECT m.month, again, coalesce(region, '') AS region, category, count(*) OVER (PARTITION BY m.month) AS everybody
  FROM monthly m JOIN favourite USING (month, customer_key) JOIN customers USING (customer_key) LEFT JOIN cities USING (city)
), parts AS (
  SELECT region, category, coalesce(sum(again::INTEGER / everybody) FILTER (WHERE month = 8), 0)
         - coalesce(sum(again::INTEGER / everybody) FILTER (WHERE month = 9), 0) AS fall
  FROM buyers GROUP BY 1, 2
)
SELECT region, category, fall / sum(fall) OVER () AS share, sum(fall) OVER () AS whole FROM parts ORDER BY share DESC, 1, 2;

-- name: k01
-- bought shoes on a day of Double 11 2025, and no order of theirs in the thirty days after that purchase
SELECT DISTINCT l.customer_key
FROM order_lines l JOIN products USING (product_id) JOIN customers c ON c.customer_key = l.customer_key
WHERE category = '运动鞋' AND member_level = '金卡'
  AND l.ordered_at >= TIMESTAMP '2025-11-01' AND l.ordered_at < TIMESTAMP '2025-11-12'
  AND NOT EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_key = l.customer_key
      AND o.ordered_at > l.ordered_at AND o.ordered_at <= l.ordered_at + INTERVAL 30 DAY);

-- name: k02
-- one view, one addition to the cart after it, and no order after that
SELECT DISTINCT v.customer_key FROM events v JOIN events c ON c.customer_key = v.customer_key AND c.occurred_at > v.occurred_at
WHERE v.event_type = 'view' AND c.event_type = 'add_to_cart'
  AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key AND o.ordered_at > c.occurred_at);

-- name: k03
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY 1
HAVING min(ordered_at) >= TIMESTAMP '2025-11-01' AND min(ordered_at) < TIMESTAMP '2025-11-12';

-- name: k04
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING max(ordered_at) < TIMESTAMP '2026-06-01';

-- name: k05
SELECT CAST(date_trunc('month', registered_at) AS DATE) AS month, count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key
      AND o.ordered_at >= c.registered_at AND o.ordered_at < c.registered_at + INTERVAL 30 DAY)) / count(*)::DOUBLE
FROM customers c WHERE registered_at >= TIMESTAMP '2025-11-01' AND registered_at < TIMESTAMP '2026-11-01' GROUP BY 1 ORDER BY 1;

-- name: k06
SELECT day, (SELECT sum(net_amount) FROM orders WHERE ordered_at >= TIMESTAMP '2026-10-01' AND ordered_at < day + INTERVAL 1 DAY)
FROM (SELECT unnest(generate_series(DATE '2026-10-01', DATE '2026-10-31', INTERVAL 1 DAY))::DATE AS day) ORDER BY 1;

-- name: k07
SELECT (SELECT count(*) FROM customers WHERE registered_at < TIMESTAMP '2026-10-01'),
       (SELECT count(*) FROM customers WHERE registered_at < TIMESTAMP '2026-09-01');

-- name: k08
-- from any view in twelve months: the first addition to the cart after it, the first order after that, all in thirty days
WITH tries AS (
  SELECT customer_key, occurred_at AS seen, (
    SELECT min(c.occurred_at) FROM events c
    WHERE c.customer_key = v.customer_key AND c.event_type = 'add_to_cart' AND c.occurred_at > v.occurred_at) AS carted
  FROM events v WHERE v.event_type = 'view' AND v.customer_key IS NOT NULL
    AND v.occurred_at >= TIMESTAMP '2025-11-01' AND v.occurred_at < TIMESTAMP '2026-11-01'
), ways AS (
  SELECT customer_key, seen, carted, (
    SELECT min(o.ordered_at) FROM orders o WHERE o.customer_key = t.customer_key AND o.ordered_at > t.carted) AS ordered
  FROM tries t
), people AS (
  SELECT customer_key, bool_or(coalesce(carted <= seen + INTERVAL 30 DAY, false)) AS second,
         bool_or(coalesce(ordered <= seen + INTERVAL 30 DAY, false)) AS third
  FROM ways GROUP BY 1
)
SELECT 1, count(*) FROM people UNION ALL SELECT 2, count(*) FILTER (WHERE second) FROM people
UNION ALL SELECT 3, count(*) FILTER (WHERE third) FROM people ORDER BY 1;

-- name: k09
-- the level that held on the day of the order, whose last day is inside; cash purchases have none
SELECT h.member_level, sum(o.net_amount) FROM orders o LEFT JOIN level_history h
  ON h.customer_key = o.customer_key AND o.ordered_at >= h.valid_from AND (h.valid_to IS NULL OR o.ordered_at < h.valid_to + INTERVAL 1 DAY)
WHERE o.ordered_at >= TIMESTAMP '2025-11-01' AND o.ordered_at < TIMESTAMP '2026-11-01' GROUP BY 1;

-- name: k10
SELECT customer_key FROM customers c WHERE EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key
    AND o.ordered_at > c.registered_at AND o.ordered_at <= c.registered_at + INTERVAL 30 DAY);

-- name: k11
-- has ordered, and not on any of the last ninety days
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING max(ordered_at) < TIMESTAMP '2026-08-03';

-- name: q40
-- the people of q02 on the day before the week and on its last day: before, who came, who left, after
WITH days AS (SELECT unnest([DATE '2026-10-24', DATE '2026-10-31']) AS day), buyers AS (
  SELECT day, customer_key, sum(net_amount) AS s FROM orders, days
  WHERE ordered_at >= day + INTERVAL 1 DAY - INTERVAL 12 MONTH AND ordered_at < day + INTERVAL 1 DAY AND customer_key IS NOT NULL
  GROUP BY 1, 2 HAVING count(*) >= 2
), placed AS (
  SELECT day, customer_key, row_number() OVER (PARTITION BY day ORDER BY s DESC, customer_key) AS place,
         count(*) OVER (PARTITION BY day) AS n FROM buyers
), rhythm AS (
  SELECT day, customer_key, count(*) AS n, CAST(min(ordered_at) AS DATE) AS first, CAST(max(ordered_at) AS DATE) AS last
  FROM orders, days WHERE ordered_at < day + INTERVAL 1 DAY AND customer_key IS NOT NULL GROUP BY 1, 2
), risky AS (
  SELECT day, customer_key FROM rhythm
  WHERE (day - last) / CASE WHEN n >= 2 THEN greatest((last - first)::DOUBLE / (n - 1), 30) ELSE 90 END > 1.5
), members AS (
  SELECT day, customer_key FROM placed JOIN risky USING (day, customer_key) JOIN customers USING (customer_key)
  WHERE place <= ceil(n * 0.2) AND city = '上海'
), old AS (SELECT customer_key FROM members WHERE day = DATE '2026-10-24'), new AS (SELECT customer_key FROM members WHERE day = DATE '2026-10-31')
SELECT (SELECT count(*) FROM old), (SELECT count(*) FROM new ANTI JOIN old USING (customer_key)),
       (SELECT count(*) FROM old ANTI JOIN new USING (customer_key)), (SELECT count(*) FROM new);

-- name: q41
SELECT customer_key FROM customers JOIN high_value USING (customer_key) JOIN churn_risk USING (customer_key)
WHERE city = '上海' AND churn_risk IN ('高', '中') AND NOT EXISTS (
  SELECT 1 FROM messages m WHERE m.customer_key = customers.customer_key AND m.unsubscribed AND m.message_channel = '短信');

-- name: q56
-- the people of q02, and of them those who do not agree to text messages now
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
  SELECT 1 FROM consents s WHERE s.customer_key = customers.customer_key AND s.message_channel = '短信' AND s.granted))
FROM customers JOIN high_value USING (customer_key) JOIN churn_risk USING (customer_key)
WHERE city = '上海' AND churn_risk IN ('高', '中');

-- name: q57
-- people planned into each group, and those of them with an order in thirty days from the first day
SELECT count(*) FILTER (WHERE planned_group = 'treatment'), count(*) FILTER (WHERE planned_group = 'treatment' AND bought),
       count(*) FILTER (WHERE planned_group = 'control'), count(*) FILTER (WHERE planned_group = 'control' AND bought)
FROM (
  SELECT planned_group, EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_key = m.customer_key
      AND o.ordered_at >= c.starts_on AND o.ordered_at < c.starts_on + INTERVAL 30 DAY) AS bought
  FROM campaign_members m JOIN campaigns c USING (campaign_id) WHERE c.campaign_name = '2026年8月挽回活动');

-- name: q58
SELECT count(*) FILTER (WHERE planned_group = 'treatment'), count(*) FILTER (WHERE planned_group = 'treatment' AND bought),
       count(*) FILTER (WHERE planned_group = 'control'), count(*) FILTER (WHERE planned_group = 'control' AND bought)
FROM (
  SELECT planned_group, EXISTS (
    SELECT 1 FROM orders o WHERE o.customer_key = m.customer_key
      AND o.ordered_at >= c.starts_on AND o.ordered_at < c.starts_on + INTERVAL 30 DAY) AS bought
  FROM campaign_members m JOIN campaigns c USING (campaign_id) WHERE c.campaign_name = '2026年5月优惠券活动');

-- name: q59
SELECT count(DISTINCT customer_key) FROM orders WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01';

-- name: q60
-- by category: how many of those who bought running shoes in twelve months bought it too
WITH bought AS (
  SELECT DISTINCT l.customer_key, p.category FROM order_lines l JOIN products p USING (product_id)
  WHERE l.ordered_at >= TIMESTAMP '2025-11-01' AND l.ordered_at < TIMESTAMP '2026-11-01' AND l.customer_key IS NOT NULL
)
SELECT b.category, count(*) FROM bought a JOIN bought b USING (customer_key)
WHERE a.category = '运动鞋' AND b.category <> '运动鞋' GROUP BY 1;

-- name: q62
-- the three hundred who spent most in twelve months: most of those expected to spend most are among them
SELECT customer_key FROM orders WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01' AND customer_key IS NOT NULL
GROUP BY 1 ORDER BY sum(net_amount) DESC, 1 LIMIT 300;
