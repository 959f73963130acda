-- Analytical questions that must be accepted and must run, one a paragraph. Read by test_honest_selects.py.

SELECT COUNT(*) AS customers FROM customers

SELECT COUNT(DISTINCT customer_key) AS buyers FROM orders WHERE ordered_at >= DATE '2026-02-01'

SELECT c.city, COUNT(*) AS n FROM customers AS c GROUP BY c.city ORDER BY n DESC, c.city LIMIT 10

SELECT city, COUNT(*) AS n FROM customers GROUP BY 1 HAVING COUNT(*) > 0 ORDER BY 2 DESC, 1

SELECT SUM(paid) AS revenue, AVG(paid) AS average, MIN(paid) AS least, MAX(paid) AS most FROM orders

SELECT SUM(o.paid) / NULLIF(COUNT(DISTINCT o.customer_key), 0) AS spend_per_customer FROM orders AS o

SELECT DATE_TRUNC('month', ordered_at) AS month, SUM(paid) AS revenue FROM orders GROUP BY 1 ORDER BY 1

SELECT DATE_TRUNC('week', o.ordered_at) AS week, COUNT(*) AS orders_count FROM orders AS o GROUP BY 1 ORDER BY 1

SELECT STRFTIME(ordered_at, '%Y-%m') AS month, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT YEAR(ordered_at) AS y, QUARTER(ordered_at) AS q, MONTH(ordered_at) AS m, DAY(ordered_at) AS d FROM orders ORDER BY 1, 2, 3, 4

SELECT EXTRACT(DOW FROM ordered_at) AS weekday, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT DATE_PART('hour', ordered_at) AS hour, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT CASE WHEN HOUR(ordered_at) < 12 THEN '上午' ELSE '下午' END AS part, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT COUNT(*) FILTER (WHERE channel = 'APP') AS app, COUNT(*) FILTER (WHERE channel <> 'APP') AS other FROM orders

SELECT SUM(CASE WHEN channel = '门店' THEN paid ELSE 0 END) AS store_revenue FROM orders

SELECT COUNT_IF(paid > 50) AS large FROM orders

SELECT c.level, SUM(o.paid) AS revenue FROM customers AS c LEFT JOIN orders AS o ON o.customer_key = c.customer_key GROUP BY c.level ORDER BY revenue DESC NULLS LAST, c.level

SELECT t.region, COUNT(DISTINCT c.customer_key) AS n FROM customers AS c JOIN cities AS t ON c.city = t.city GROUP BY t.region ORDER BY 1

SELECT p.category, SUM(l.quantity) AS units, SUM(l.quantity * p.price) AS list_value FROM order_lines AS l INNER JOIN products AS p ON p.product_id = l.product_id GROUP BY p.category ORDER BY units DESC, p.category

SELECT t.region, p.category, SUM(l.quantity) AS units FROM order_lines AS l JOIN orders AS o ON o.order_id = l.order_id JOIN customers AS c ON c.customer_key = o.customer_key JOIN cities AS t ON t.city = c.city JOIN products AS p ON p.product_id = l.product_id GROUP BY t.region, p.category ORDER BY 1, 2

SELECT c.customer_key FROM customers AS c WHERE EXISTS (SELECT 1 FROM orders AS o WHERE o.customer_key = c.customer_key AND o.channel = 'APP') ORDER BY 1

SELECT c.customer_key FROM customers AS c WHERE NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.customer_key = c.customer_key AND o.ordered_at >= TIMESTAMP '2026-03-01') ORDER BY 1

SELECT customer_key FROM customers WHERE customer_key IN (SELECT customer_key FROM orders WHERE paid > 40) ORDER BY 1

SELECT customer_key FROM orders WHERE channel = 'APP' EXCEPT SELECT customer_key FROM orders WHERE channel = '门店' ORDER BY 1

SELECT customer_key FROM orders WHERE channel = 'APP' INTERSECT SELECT customer_key FROM orders WHERE channel = '门店'

SELECT '门店' AS kind, COUNT(*) AS n FROM orders WHERE channel = '门店' UNION ALL SELECT 'APP' AS kind, COUNT(*) AS n FROM orders WHERE channel = 'APP'

SELECT city FROM customers UNION SELECT city FROM cities ORDER BY 1 NULLS LAST

WITH spend AS (SELECT customer_key, SUM(paid) AS total FROM orders GROUP BY customer_key) SELECT AVG(total) AS average FROM spend

WITH spend AS (SELECT customer_key, SUM(paid) AS total FROM orders WHERE customer_key IS NOT NULL GROUP BY 1), ranked AS (SELECT customer_key, total, ROW_NUMBER() OVER (ORDER BY total DESC, customer_key) AS place FROM spend) SELECT customer_key FROM ranked WHERE place <= 2 ORDER BY place

WITH spend AS (SELECT customer_key, SUM(paid) AS total FROM orders GROUP BY 1) SELECT customer_key, NTILE(2) OVER (ORDER BY total, customer_key) AS half FROM spend ORDER BY 1 NULLS LAST

WITH a AS (WITH b AS (SELECT customer_key FROM orders) SELECT customer_key FROM b) SELECT COUNT(*) AS n FROM a

WITH a AS MATERIALIZED (SELECT channel, paid FROM orders) SELECT channel, SUM(paid) AS s FROM a GROUP BY channel ORDER BY 1

SELECT city, n, SUM(n) OVER () AS total, n / SUM(n) OVER () AS share FROM (SELECT city, COUNT(*) AS n FROM customers GROUP BY city) AS counted ORDER BY city NULLS LAST

SELECT customer_key, ordered_at, LAG(ordered_at) OVER (PARTITION BY customer_key ORDER BY ordered_at) AS previous FROM orders ORDER BY 1, 2

SELECT customer_key, LEAD(ordered_at) OVER (PARTITION BY customer_key ORDER BY ordered_at, order_id) AS following FROM orders ORDER BY 1 NULLS LAST, 2 NULLS LAST

SELECT order_id, RANK() OVER (ORDER BY paid DESC) AS r, DENSE_RANK() OVER (ORDER BY paid DESC) AS d FROM orders ORDER BY 1

SELECT order_id, PERCENT_RANK() OVER (ORDER BY paid) AS p, CUME_DIST() OVER (ORDER BY paid) AS c FROM orders ORDER BY 1

SELECT order_id, SUM(paid) OVER (ORDER BY ordered_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running FROM orders ORDER BY 1

SELECT order_id, AVG(paid) OVER (ORDER BY order_id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS moving FROM orders ORDER BY 1

SELECT order_id, FIRST_VALUE(channel) OVER (PARTITION BY customer_key ORDER BY ordered_at) AS first_channel FROM orders ORDER BY 1

SELECT order_id FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY ordered_at DESC, order_id) = 1 ORDER BY 1

SELECT order_id, SUM(paid) OVER w AS total FROM orders WINDOW w AS (PARTITION BY channel) ORDER BY 1

SELECT MEDIAN(paid) AS middle, QUANTILE_CONT(paid, 0.9) AS p90 FROM orders

SELECT QUANTILE_DISC(paid, 0.5) AS middle FROM orders

SELECT STDDEV(paid) AS s, VAR_POP(paid) AS v, CORR(order_id, paid) AS c FROM orders

SELECT customer_key, ARG_MAX(channel, ordered_at) AS last_channel, ARG_MIN(channel, ordered_at) AS first_channel FROM orders GROUP BY 1 ORDER BY 1 NULLS LAST

SELECT customer_key, MAX_BY(order_id, ordered_at) AS last_order FROM orders GROUP BY 1 ORDER BY 1 NULLS LAST

SELECT customer_key, STRING_AGG(channel, ',' ORDER BY ordered_at) AS channels FROM orders GROUP BY 1 ORDER BY 1 NULLS LAST

SELECT customer_key, LIST(order_id ORDER BY order_id) AS ids FROM orders GROUP BY 1 ORDER BY 1 NULLS LAST

SELECT channel, BOOL_OR(paid > 100) AS any_large, BOOL_AND(paid > 1) AS all_real FROM orders GROUP BY channel ORDER BY 1

SELECT APPROX_COUNT_DISTINCT(customer_key) AS about FROM orders

SELECT channel, GROUPING(channel) AS total, SUM(paid) AS s FROM orders GROUP BY GROUPING SETS ((channel), ()) ORDER BY 2, 1

SELECT c.level, o.channel, SUM(o.paid) AS s FROM orders AS o JOIN customers AS c ON c.customer_key = o.customer_key GROUP BY ROLLUP (c.level, o.channel) ORDER BY 1 NULLS LAST, 2 NULLS LAST

SELECT c.level, c.gender, COUNT(*) AS n FROM customers AS c GROUP BY CUBE (c.level, c.gender) ORDER BY 1 NULLS LAST, 2 NULLS LAST, 3

SELECT DATE_DIFF('day', CAST(MAX(ordered_at) AS DATE), DATE '2026-03-31') AS recency FROM orders

SELECT customer_key, DATE_DIFF('month', MIN(ordered_at), MAX(ordered_at)) AS months FROM orders GROUP BY 1 ORDER BY 1 NULLS LAST

SELECT COUNT(*) AS n FROM orders WHERE ordered_at >= DATE '2026-03-31' - INTERVAL 30 DAY

SELECT COUNT(*) AS n FROM orders WHERE ordered_at >= DATE '2026-03-31' - INTERVAL '3 months' AND ordered_at < DATE '2026-04-01'

SELECT CAST(ordered_at AS DATE) + INTERVAL 1 DAY AS next_day FROM orders ORDER BY 1

SELECT COUNT(*) AS n FROM orders WHERE ordered_at BETWEEN TIMESTAMP '2026-01-01 00:00:00' AND TIMESTAMP '2026-02-28 23:59:59'

SELECT LAST_DAY(ordered_at) AS month_end, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT WEEKOFYEAR(ordered_at) AS w, ISODOW(ordered_at) AS d, DAYOFYEAR(ordered_at) AS y FROM orders ORDER BY 1, 2, 3

SELECT MAKE_DATE(2026, 3, 1) AS d, DATE_ADD(DATE '2026-03-01', INTERVAL 1 MONTH) AS e

SELECT m.month, COALESCE(SUM(o.paid), 0) AS revenue FROM (VALUES (DATE '2026-01-01'), (DATE '2026-02-01'), (DATE '2026-04-01')) AS m(month) LEFT JOIN orders AS o ON DATE_TRUNC('month', o.ordered_at) = m.month GROUP BY m.month ORDER BY 1

SELECT spine.day, COUNT(o.order_id) AS n FROM UNNEST(GENERATE_SERIES(DATE '2026-01-01', DATE '2026-01-10', INTERVAL 1 DAY)) AS spine(day) LEFT JOIN orders AS o ON CAST(o.ordered_at AS DATE) = spine.day GROUP BY 1 ORDER BY 1

SELECT v.k, COUNT(c.customer_key) AS n FROM UNNEST(['金卡', '银卡', '普通']) AS v(k) LEFT JOIN customers AS c ON c.level = v.k GROUP BY v.k ORDER BY 1

SELECT COALESCE(city, '未知') AS city, COUNT(*) AS n FROM customers GROUP BY 1 ORDER BY 1

SELECT gender IS NULL AS unknown, COUNT(*) AS n FROM customers GROUP BY 1 ORDER BY 1

SELECT COUNT(*) AS n FROM customers WHERE gender IS DISTINCT FROM '女'

SELECT COUNT(*) AS n FROM customers WHERE city IN ('上海', '杭州') AND NOT level IN ('普通')

SELECT COUNT(*) AS n FROM customers WHERE city LIKE '上%' OR city ILIKE '%州'

SELECT COUNT(*) AS n FROM customers WHERE CONTAINS(LOWER(member_no), 'm1')

SELECT COUNT(*) AS n FROM customers WHERE STARTS_WITH(member_no, 'M') AND STRPOS(member_no, '2') > 0

SELECT UPPER(channel) AS u, LENGTH(channel) AS l, SUBSTR(channel, 1, 1) AS s, TRIM(channel) AS t FROM orders ORDER BY 1, 2, 3

SELECT CONCAT(city, '-', level) AS both_parts, city || '/' || level AS same FROM customers ORDER BY 1 NULLS LAST, 2 NULLS LAST

SELECT REPLACE(channel, 'APP', '应用') AS channel, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT CONCAT_WS('-', city, level) AS both_parts FROM customers ORDER BY 1

SELECT LEFT(member_no, 1) AS first_letter, RIGHT(member_no, 1) AS last_letter, REVERSE(member_no) AS backwards FROM customers ORDER BY 2

SELECT LPAD(CAST(customer_key AS VARCHAR), 8, '0') AS padded FROM customers ORDER BY 1

SELECT SPLIT_PART(member_no, 'M', 2) AS number FROM customers ORDER BY 1

SELECT COUNT(*) AS n FROM customers WHERE REGEXP_MATCHES(member_no, '^M[12]$')

SELECT ROUND(AVG(paid), 2) AS a, FLOOR(AVG(paid)) AS f, CEIL(AVG(paid)) AS c, ABS(MIN(paid) - MAX(paid)) AS d FROM orders

SELECT ROUND(SQRT(paid), 3) AS s, ROUND(LN(paid), 3) AS l, ROUND(EXP(1), 3) AS e, POWER(paid, 2) AS p, SIGN(paid) AS g FROM orders ORDER BY order_id

SELECT GREATEST(paid, 50) AS g, LEAST(paid, 50) AS l FROM orders ORDER BY 1, 2

SELECT CAST(paid AS INTEGER) AS i, CAST(paid AS DOUBLE) AS d, TRY_CAST(channel AS INTEGER) AS t, CAST(order_id AS VARCHAR) AS v FROM orders ORDER BY order_id

SELECT customer_key % 10 AS bucket, customer_key // 2 AS half, -customer_key AS minus FROM customers ORDER BY 1

SELECT FLOOR(paid / 100) * 100 AS band, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT CASE channel WHEN 'APP' THEN 1 WHEN '门店' THEN 2 END AS code, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT IF(paid > 100, '高', '低') AS band, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1

SELECT high_value, COUNT(*) AS n FROM customer_tags GROUP BY high_value ORDER BY 1

SELECT c.city, COUNT(*) AS n FROM customers AS c JOIN customer_tags AS g ON g.customer_key = c.customer_key WHERE g.high_value GROUP BY c.city ORDER BY 1

SELECT COUNT(*) AS base, COUNT(*) FILTER (WHERE city = '上海') AS first_step, COUNT(*) FILTER (WHERE city = '上海' AND level = '金卡') AS second_step FROM customers

SELECT DATE_DIFF('year', c.birthday, DATE '2026-03-31') AS age, COUNT(*) AS n FROM customers AS c GROUP BY DATE_DIFF('year', c.birthday, DATE '2026-03-31') ORDER BY 1 NULLS LAST

SELECT COUNT(*) AS n FROM customers WHERE DATE_DIFF('year', birthday, CAST('2026-03-31' AS DATE)) BETWEEN 30 AND 40

SELECT c.phone IS NOT NULL AS reachable, COUNT(*) AS n FROM customers AS c GROUP BY 1 ORDER BY 1

SELECT COUNT(phone) AS with_phone, COUNT(email) AS with_email FROM customers

SELECT member_no, name, phone, email, city FROM customers ORDER BY member_no LIMIT 2 OFFSET 1

SELECT now_period.channel, now_period.s, before.s AS s_before, (now_period.s - before.s) / NULLIF(before.s, 0) AS change FROM (SELECT channel, SUM(paid) AS s FROM orders WHERE ordered_at >= DATE '2026-02-01' GROUP BY channel) AS now_period FULL JOIN (SELECT channel, SUM(paid) AS s FROM orders WHERE ordered_at < DATE '2026-02-01' GROUP BY channel) AS before ON now_period.channel = before.channel ORDER BY 1 NULLS LAST

SELECT COUNT(*) AS repeat_buyers FROM (SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY customer_key HAVING COUNT(*) >= 2) AS repeaters

SELECT a.category AS first_category, b.category AS second_category, COUNT(DISTINCT la.order_id) AS together FROM order_lines AS la JOIN order_lines AS lb ON la.order_id = lb.order_id AND la.line_id < lb.line_id JOIN products AS a ON a.product_id = la.product_id JOIN products AS b ON b.product_id = lb.product_id GROUP BY 1, 2 ORDER BY 1, 2

SELECT DISTINCT channel FROM orders ORDER BY channel

SELECT o.order_id, x.n FROM orders AS o, LATERAL (SELECT COUNT(*) AS n FROM order_lines AS l WHERE l.order_id = o.order_id) AS x ORDER BY 1

SELECT (SELECT COUNT(*) FROM customers) AS people, (SELECT SUM(paid) FROM orders) AS revenue

SELECT c.customer_key FROM customers AS c SEMI JOIN orders AS o ON o.customer_key = c.customer_key ORDER BY 1

SELECT c.customer_key FROM customers AS c ANTI JOIN orders AS o ON o.customer_key = c.customer_key AND o.channel = 'APP' ORDER BY 1

SELECT c.level, t.region FROM customers AS c CROSS JOIN cities AS t WHERE t.city = c.city ORDER BY 1, 2

SELECT customer_key, orders_count FROM (SELECT customer_key, COUNT(*) AS orders_count FROM orders GROUP BY customer_key) AS o WHERE orders_count = 1 OR customer_key IS NULL ORDER BY 1 NULLS LAST
