-- Right answers to the questions of declined.yml, written by hand over the loaded tables of the retail example from the
-- definitions in words, without the compiler and without the table of tags. Today is 2026-10-31, a Saturday; a metric without
-- a time is over the last 12 months, 2025-11-01 … 2026-10-31, and what somebody "ever did" is over everything.
-- A block gives either numbers (one row), labels and numbers (a row a group; the text columns in front are the label),
-- keys of customers (one column), or plain values.

-- view: year_orders
SELECT * FROM orders WHERE ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2026-11-01';

-- view: goods
SELECT l.*, p.category, p.brand, p.product_name, p.list_price FROM order_lines l JOIN products p USING (product_id);

-- view: folk
SELECT c.*, ci.province, ci.region, ci.city_tier, date_part('year', age(DATE '2026-10-31', c.birthday)) AS years
FROM customers c LEFT JOIN cities ci USING (city);

-- view: high_value
-- top 20 % by spend of those with at least two orders in twelve months; ties by key
WITH buyers AS (
  SELECT customer_key, sum(net_amount) AS s FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING count(*) >= 2
), placed AS (SELECT customer_key, row_number() OVER (ORDER BY s DESC, customer_key) AS place, count(*) OVER () AS n FROM buyers)
SELECT customer_key FROM placed WHERE place <= ceil(n * 0.2);

-- view: churn_risk
WITH rhythm AS (
  SELECT customer_key, count(*) AS n, CAST(min(ordered_at) AS DATE) AS first, CAST(max(ordered_at) AS DATE) AS last
  FROM orders WHERE customer_key IS NOT NULL GROUP BY 1
), measured AS (
  SELECT customer_key, (DATE '2026-10-31' - last) / CASE WHEN n >= 2 THEN greatest((last - first)::DOUBLE / (n - 1), 30) ELSE 90 END AS times FROM rhythm
)
SELECT customer_key, CASE WHEN times > 3 THEN '高' WHEN times > 1.5 THEN '中' ELSE '低' END AS churn_risk FROM measured;

-- view: stages
WITH last AS (SELECT customer_key, CAST(max(ordered_at) AS DATE) AS day FROM orders GROUP BY 1)
SELECT c.customer_key,
  CASE WHEN DATE '2026-10-31' - CAST(c.registered_at AS DATE) < 60 THEN '新客'
       WHEN last.day IS NULL THEN '未转化'
       WHEN DATE '2026-10-31' - last.day < 90 THEN '活跃'
       WHEN DATE '2026-10-31' - last.day < 180 THEN '沉默'
       WHEN DATE '2026-10-31' - last.day < 365 THEN '流失预警' ELSE '已流失' END AS stage
FROM customers c LEFT JOIN last USING (customer_key);

-- view: price_sensitive
SELECT customer_key FROM year_orders WHERE customer_key IS NOT NULL
GROUP BY 1 HAVING count(*) >= 2 AND count(*) FILTER (WHERE coupon_used) * 2 >= count(*);

-- view: agreed
SELECT customer_key, message_channel FROM consents WHERE granted;

-- view: needs
-- searches and service conversations of twelve months; the first need in this order
WITH words AS (
  SELECT customer_key, search_text AS said, true AS searched FROM events
  WHERE event_type = 'search' AND occurred_at >= TIMESTAMP '2025-11-01' AND occurred_at < TIMESTAMP '2026-11-01'
  UNION ALL
  SELECT customer_key, conversation, false FROM tickets WHERE opened_at >= TIMESTAMP '2025-11-01' AND opened_at < TIMESTAMP '2026-11-01'
), found AS (
  SELECT customer_key, min(CASE
    WHEN said LIKE '%孕妇%' THEN 1
    WHEN (searched AND said LIKE '%儿童%') OR (NOT searched AND (said LIKE '%给孩子%' OR said LIKE '%儿童运动%')) THEN 2
    WHEN said LIKE '%大码%' OR said LIKE '%宽脚%' OR (NOT searched AND said LIKE '%宽楦%') THEN 3
    WHEN said LIKE '%敏感肌%' THEN 4
    WHEN searched AND said LIKE '%助眠%' THEN 5
    WHEN searched AND (said LIKE '%低卡%' OR said LIKE '%代餐%') THEN 6
    WHEN said LIKE '%居家健身%' THEN 7
    WHEN searched AND (said LIKE '%露营%' OR said LIKE '%徒步%') THEN 8
    WHEN NOT searched AND said LIKE '%宠物%' THEN 9 END) AS place
  FROM words WHERE customer_key IS NOT NULL GROUP BY 1
)
SELECT customer_key, ['孕产', '亲子', '特殊尺码', '敏感肌', '助眠', '控卡饮食', '居家训练', '户外露营', '宠物'][place] AS need FROM found WHERE place IS NOT NULL;

-- view: grievances
-- complaints and account closures of twenty-four months; the first reason in this order
WITH found AS (
  SELECT customer_key, min(CASE
    WHEN conversation LIKE '%质量%' OR conversation LIKE '%瑕疵%' OR conversation LIKE '%颜色和图片%' THEN 1
    WHEN conversation LIKE '%物流%' OR conversation LIKE '%快递%' OR conversation LIKE '%发错货%' THEN 2
    WHEN conversation LIKE '%价格%' OR conversation LIKE '%降价%' OR conversation LIKE '%太贵%' THEN 3
    WHEN conversation LIKE '%态度%' OR conversation LIKE '%没人理%' OR conversation LIKE '%不回复%' THEN 4
    WHEN conversation LIKE '%短信太多%' OR conversation LIKE '%打扰%' THEN 5
    WHEN conversation LIKE '%积分%' THEN 6
    WHEN conversation LIKE '%用不上%' OR conversation LIKE '%搬到%' THEN 7 END) AS place
  FROM tickets WHERE ticket_type IN ('投诉', '注销') AND customer_key IS NOT NULL
    AND opened_at >= TIMESTAMP '2024-11-01' AND opened_at < TIMESTAMP '2026-11-01' GROUP BY 1
)
SELECT customer_key, ['质量', '物流', '价格', '服务', '打扰', '权益', '不再需要'][place] AS reason FROM found WHERE place IS NOT NULL;

-- view: rfm
SELECT customer_key, CASE
  WHEN fresh AND often AND big THEN '重要价值' WHEN fresh AND big THEN '重要发展' WHEN often AND big THEN '重要保持' WHEN big THEN '重要挽留'
  WHEN fresh AND often THEN '一般价值' WHEN fresh THEN '一般发展' WHEN often THEN '一般保持' ELSE '一般挽留' END AS class
FROM (SELECT customer_key, DATE '2026-10-31' - CAST(max(ordered_at) AS DATE) < 90 AS fresh, count(*) >= 4 AS often, sum(net_amount) >= 1500 AS big
      FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1);

-- view: dayparts
-- 180 days of the app: 2026-05-05 … 2026-10-31
SELECT customer_key, CASE WHEN hour(occurred_at) >= 22 OR hour(occurred_at) < 5 THEN '深夜' WHEN hour(occurred_at) < 9 THEN '早晨'
  WHEN hour(occurred_at) < 17 THEN '白天' ELSE '晚上' END AS part, count(*) AS n
FROM events WHERE customer_key IS NOT NULL AND occurred_at >= TIMESTAMP '2026-05-05' AND occurred_at < TIMESTAMP '2026-11-01' GROUP BY 1, 2;

-- name: yesterday_sales
SELECT sum(net_amount) FROM orders WHERE CAST(ordered_at AS DATE) = DATE '2026-10-30';

-- name: yesterday_paid
SELECT sum(paid_amount) FROM orders WHERE CAST(ordered_at AS DATE) = DATE '2026-10-30';

-- name: last_week_sales
-- weeks begin on Monday
SELECT sum(net_amount) FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2026-10-19' AND DATE '2026-10-25';

-- name: xujiahui_orders
SELECT count(*) FROM orders JOIN stores USING (store_id) WHERE store_name LIKE '%徐家汇%' AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: quarter_profit
SELECT sum(gross_profit) FROM orders WHERE ordered_at >= TIMESTAMP '2026-10-01' AND ordered_at < TIMESTAMP '2026-11-01';

-- name: shoe_refunds
SELECT sum(refund_amount) FROM goods WHERE category = '运动鞋' AND ordered_at >= TIMESTAMP '2026-08-01' AND ordered_at < TIMESTAMP '2026-09-01';

-- name: golden_week_app_aov
SELECT sum(net_amount) / count(*)::DOUBLE FROM orders WHERE channel = 'APP' AND CAST(ordered_at AS DATE) BETWEEN DATE '2026-10-01' AND DATE '2026-10-07';

-- name: qinghe_items
SELECT sum(quantity - returned_quantity) FROM goods WHERE brand = '青禾' AND ordered_at >= TIMESTAMP '2026-01-01';

-- name: qinghe_pieces
SELECT sum(quantity) FROM goods WHERE brand = '青禾' AND ordered_at >= TIMESTAMP '2026-01-01';

-- name: mini_program_joiners
SELECT count(*) FROM customers WHERE registration_channel = '小程序' AND registered_at >= TIMESTAMP '2026-09-01' AND registered_at < TIMESTAMP '2026-10-01';

-- name: weekend_sales
SELECT sum(net_amount) FROM orders WHERE isodow(ordered_at) >= 6 AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: six_eighteen_discounts
SELECT sum(discount_amount) FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2026-06-01' AND DATE '2026-06-18';

-- name: week_complaints
SELECT count(*) FROM tickets WHERE ticket_type = '投诉' AND CAST(opened_at AS DATE) BETWEEN DATE '2026-10-25' AND DATE '2026-10-31';

-- name: september_rating
SELECT avg(rating) FROM tickets WHERE opened_at >= TIMESTAMP '2026-09-01' AND opened_at < TIMESTAMP '2026-10-01';

-- name: email_open_rate
SELECT count(*) FILTER (WHERE opened) / count(*) FILTER (WHERE delivered)::DOUBLE FROM messages WHERE message_channel = '邮件' AND sent_at >= TIMESTAMP '2026-01-01';

-- name: sms_unsubscribes
SELECT count(*) FROM messages WHERE unsubscribed AND message_channel = '短信' AND sent_at >= TIMESTAMP '2026-05-01';

-- name: shops
SELECT count(*) FROM stores;

-- name: yoga_products
SELECT count(*) FROM products WHERE category = '瑜伽健身';

-- name: yoga_products_sold
SELECT count(DISTINCT product_id) FROM goods WHERE category = '瑜伽健身' AND ordered_at >= TIMESTAMP '2025-11-01';

-- name: yesterday_active
SELECT count(DISTINCT customer_key) FROM events WHERE CAST(occurred_at AS DATE) = DATE '2026-10-30';

-- name: beauty_margin
SELECT sum(gross_profit) / sum(net_amount)::DOUBLE FROM goods WHERE category = '美妆个护' AND year(ordered_at) = 2025;

-- name: shop_share
SELECT sum(net_amount) FILTER (WHERE channel = '门店') / sum(net_amount)::DOUBLE FROM orders WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: sportswear_return_rate
SELECT sum(returned_quantity) / sum(quantity)::DOUBLE FROM goods WHERE category = '运动服' AND ordered_at >= TIMESTAMP '2026-08-03';

-- name: tmall_coupon_rate
SELECT count(*) FILTER (WHERE coupon_used) / count(*)::DOUBLE FROM year_orders WHERE channel = '天猫';

-- name: largest_order
SELECT max(net_amount) FROM orders WHERE ordered_at >= TIMESTAMP '2026-01-01';

-- name: first_order
SELECT CAST(min(ordered_at) AS DATE) FROM orders;

-- name: last_order_of_member
SELECT CAST(max(ordered_at) AS DATE) FROM orders JOIN customers USING (customer_key) WHERE member_no = 'M00012345';

-- name: all_members
SELECT count(*) FROM customers;

-- name: black_gold_age
SELECT avg(years) FROM folk WHERE member_level = '黑金';

-- name: big_orders
SELECT count(*) FROM orders WHERE net_amount >= 1000 AND ordered_at >= TIMESTAMP '2026-10-01';

-- name: repurchase_this_year
SELECT count(*) FILTER (WHERE n >= 2) / count(*)::DOUBLE
FROM (SELECT customer_key, count(*) AS n FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1);

-- name: night_events
SELECT count(*) FROM events WHERE (hour(occurred_at) >= 22 OR hour(occurred_at) < 5) AND CAST(occurred_at AS DATE) >= DATE '2026-10-02';

-- name: category_sales_september
SELECT category, sum(net_amount) FROM goods WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: members_by_level
SELECT member_level, count(*) FROM customers GROUP BY 1;

-- name: complaints_by_region
SELECT region, count(*) FROM tickets LEFT JOIN folk USING (customer_key) WHERE ticket_type = '投诉' AND opened_at >= TIMESTAMP '2026-01-01' GROUP BY 1;

-- name: six_eighteen_aov_by_channel
SELECT channel, sum(net_amount) / count(*)::DOUBLE FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2026-06-01' AND DATE '2026-06-18' GROUP BY 1;

-- name: orders_by_weekday
SELECT CAST(isodow(ordered_at) AS VARCHAR), count(*) FROM orders WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: shanghai_shops
SELECT store_name, sum(net_amount) FROM orders JOIN stores USING (store_id) WHERE city = '上海' AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: members_by_gender
SELECT gender, count(*) FROM customers GROUP BY 1;

-- name: joiners_by_source
SELECT registration_channel, count(*) FROM customers WHERE registered_at >= TIMESTAMP '2026-01-01' GROUP BY 1;

-- name: margin_by_brand
SELECT brand, sum(gross_profit) / sum(net_amount)::DOUBLE FROM goods WHERE ordered_at >= TIMESTAMP '2025-11-01' GROUP BY 1;

-- name: tickets_by_type
SELECT ticket_type, count(*) FROM tickets WHERE CAST(opened_at AS DATE) >= DATE '2026-10-02' GROUP BY 1;

-- name: risk_by_tier
SELECT city_tier, count(*) FROM folk JOIN churn_risk USING (customer_key) WHERE churn_risk IN ('高', '中') GROUP BY 1;

-- name: high_risk_by_tier
SELECT city_tier, count(*) FROM folk JOIN churn_risk USING (customer_key) WHERE churn_risk = '高' GROUP BY 1;

-- name: warning_by_tier
SELECT city_tier, count(*) FROM folk JOIN stages USING (customer_key) WHERE stage = '流失预警' GROUP BY 1;

-- name: members_by_province
SELECT province, count(*) FROM folk GROUP BY 1;

-- name: sales_by_price_band
SELECT CASE WHEN list_price < 100 THEN '100元以下' WHEN list_price < 300 THEN '100-300元' WHEN list_price < 600 THEN '300-600元' ELSE '600元及以上' END, sum(net_amount)
FROM goods WHERE ordered_at >= TIMESTAMP '2026-07-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: people_by_need
SELECT need, count(*) FROM needs GROUP BY 1;

-- name: people_by_leaving_reason
SELECT reason, count(*) FROM grievances GROUP BY 1;

-- name: women_aov_by_age
SELECT CASE WHEN years < 18 THEN '18岁以下' WHEN years < 25 THEN '18-24岁' WHEN years < 35 THEN '25-34岁' WHEN years < 45 THEN '35-44岁'
  WHEN years < 55 THEN '45-54岁' WHEN years >= 55 THEN '55岁及以上' END, sum(net_amount) / count(*)::DOUBLE
FROM orders JOIN folk USING (customer_key) WHERE gender = '女' AND ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1;

-- name: events_by_type_yesterday
SELECT event_type, count(*) FROM events WHERE CAST(occurred_at AS DATE) = DATE '2026-10-30' GROUP BY 1;

-- name: click_rate_by_channel
SELECT message_channel, count(*) FILTER (WHERE clicked) / count(*) FILTER (WHERE delivered)::DOUBLE FROM messages WHERE sent_at >= TIMESTAMP '2026-01-01' GROUP BY 1;

-- name: click_rate_by_four
SELECT message_channel, count(*) FILTER (WHERE clicked) / count(*) FILTER (WHERE delivered)::DOUBLE FROM messages
WHERE sent_at >= TIMESTAMP '2026-01-01' AND message_channel <> '电话' GROUP BY 1;

-- name: buyers_by_region_gender
SELECT region, gender, count(DISTINCT customer_key) FROM orders JOIN folk USING (customer_key)
WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1, 2;

-- name: daily_sales_last_week
SELECT CAST(ordered_at AS DATE), sum(net_amount) FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2026-10-19' AND DATE '2026-10-25' GROUP BY 1;

-- name: joiners_by_month
SELECT CAST(date_trunc('month', registered_at) AS DATE), count(*) FROM customers WHERE registered_at >= TIMESTAMP '2026-01-01' GROUP BY 1;

-- name: quarterly_sales
SELECT CAST(date_trunc('quarter', ordered_at) AS DATE), sum(net_amount) FROM orders WHERE ordered_at >= TIMESTAMP '2025-01-01' GROUP BY 1;

-- name: monthly_return_rate
SELECT CAST(date_trunc('month', ordered_at) AS DATE), sum(returned_quantity) / sum(quantity)::DOUBLE FROM order_lines WHERE ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1;

-- name: monthly_complaints
SELECT CAST(date_trunc('month', opened_at) AS DATE), count(*) FROM tickets WHERE ticket_type = '投诉' AND opened_at >= TIMESTAMP '2026-05-01' GROUP BY 1;

-- name: holiday_dau
SELECT CAST(occurred_at AS DATE), count(DISTINCT customer_key) FROM events WHERE CAST(occurred_at AS DATE) BETWEEN DATE '2026-10-01' AND DATE '2026-10-07' GROUP BY 1;

-- name: gold_aov_by_month
SELECT CAST(date_trunc('month', ordered_at) AS DATE), sum(net_amount) / count(*)::DOUBLE FROM orders JOIN customers USING (customer_key)
WHERE member_level = '金卡' AND year(ordered_at) = 2025 GROUP BY 1;

-- name: gold_then_aov_by_month
-- by the level held on the day of the order, whose last day is inside
SELECT CAST(date_trunc('month', ordered_at) AS DATE), sum(net_amount) / count(*)::DOUBLE FROM orders o JOIN level_history h
  ON h.customer_key = o.customer_key AND o.ordered_at >= h.valid_from AND (h.valid_to IS NULL OR o.ordered_at < h.valid_to + INTERVAL 1 DAY)
WHERE h.member_level = '金卡' AND year(ordered_at) = 2025 GROUP BY 1;

-- name: month_end_members
SELECT month, (SELECT count(*) FROM customers WHERE registered_at < month + INTERVAL 1 MONTH)
FROM (SELECT unnest(generate_series(DATE '2026-01-01', DATE '2026-10-01', INTERVAL 1 MONTH))::DATE AS month);

-- name: running_sales
SELECT month, (SELECT sum(net_amount) FROM orders WHERE ordered_at >= TIMESTAMP '2026-01-01' AND ordered_at < month + INTERVAL 1 MONTH)
FROM (SELECT unnest(generate_series(DATE '2026-01-01', DATE '2026-10-01', INTERVAL 1 MONTH))::DATE AS month);

-- name: monthly_coupon_rate
SELECT CAST(date_trunc('month', ordered_at) AS DATE), count(*) FILTER (WHERE coupon_used) / count(*)::DOUBLE FROM year_orders GROUP BY 1;

-- name: double_eleven_daily
SELECT CAST(ordered_at AS DATE), sum(net_amount) FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2025-11-01' AND DATE '2025-11-11' GROUP BY 1;

-- name: october_september
SELECT sum(net_amount) FILTER (WHERE month(ordered_at) = 10), sum(net_amount) FILTER (WHERE month(ordered_at) = 9) FROM orders WHERE ordered_at >= TIMESTAMP '2026-09-01';

-- name: october_september_days
-- as many days before as this month has
SELECT sum(net_amount) FILTER (WHERE ordered_at >= TIMESTAMP '2026-10-01'), sum(net_amount) FILTER (WHERE ordered_at < TIMESTAMP '2026-10-01')
FROM orders WHERE ordered_at >= TIMESTAMP '2026-08-31';

-- name: third_quarters
SELECT count(*) FILTER (WHERE year(ordered_at) = 2026), count(*) FILTER (WHERE year(ordered_at) = 2025) FROM orders WHERE quarter(ordered_at) = 3;

-- name: october_holidays
SELECT sum(net_amount) FILTER (WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2026-10-01' AND DATE '2026-10-07'),
       sum(net_amount) FILTER (WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2025-10-01' AND DATE '2025-10-08') FROM orders;

-- name: october_holidays_same_days
SELECT sum(net_amount) FILTER (WHERE year(ordered_at) = 2026), sum(net_amount) FILTER (WHERE year(ordered_at) = 2025)
FROM orders WHERE year(ordered_at) >= 2025 AND month(ordered_at) = 10 AND day(ordered_at) <= 7;

-- name: first_halves_joiners
SELECT count(*) FILTER (WHERE year(registered_at) = 2026), count(*) FILTER (WHERE year(registered_at) = 2025) FROM customers WHERE month(registered_at) <= 6;

-- name: complaints_two_months
SELECT region, count(*) FILTER (WHERE month(opened_at) = 9), count(*) FILTER (WHERE month(opened_at) = 8)
FROM tickets LEFT JOIN folk USING (customer_key) WHERE ticket_type = '投诉' AND opened_at >= TIMESTAMP '2026-08-01' AND opened_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: category_two_septembers
SELECT category, sum(net_amount) FILTER (WHERE year(ordered_at) = 2026), sum(net_amount) FILTER (WHERE year(ordered_at) = 2025)
FROM goods WHERE month(ordered_at) = 9 AND year(ordered_at) >= 2025 GROUP BY 1;

-- name: weekend_weekday_aov
SELECT sum(net_amount) FILTER (WHERE isodow(ordered_at) >= 6) / count(*) FILTER (WHERE isodow(ordered_at) >= 6)::DOUBLE,
       sum(net_amount) FILTER (WHERE isodow(ordered_at) < 6) / count(*) FILTER (WHERE isodow(ordered_at) < 6)::DOUBLE FROM year_orders;

-- name: spend_by_gender
SELECT gender, sum(net_amount) / count(DISTINCT customer_key)::DOUBLE FROM year_orders JOIN customers USING (customer_key) WHERE gender IS NOT NULL GROUP BY 1;

-- name: two_fridays
SELECT sum(net_amount) FILTER (WHERE CAST(ordered_at AS DATE) = DATE '2026-10-30'), sum(net_amount) FILTER (WHERE CAST(ordered_at AS DATE) = DATE '2026-10-23') FROM orders;

-- name: shanghai_beijing
SELECT city, sum(net_amount) FROM orders JOIN customers USING (customer_key) WHERE city IN ('上海', '北京') AND ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1;

-- name: online_offline
SELECT sum(net_amount) FILTER (WHERE channel <> '门店'), sum(net_amount) FILTER (WHERE channel = '门店')
FROM orders WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: best_shops
SELECT store_name, sum(net_amount) FROM orders JOIN stores USING (store_id)
WHERE ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1 ORDER BY 2 DESC LIMIT 3;

-- name: best_products
SELECT product_name, sum(quantity - returned_quantity) FROM goods WHERE ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;

-- name: best_products_gross
SELECT product_name, sum(quantity) FROM goods WHERE ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5;

-- name: most_returned_brand
SELECT brand, sum(returned_quantity) FROM goods WHERE ordered_at >= TIMESTAMP '2026-07-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: worst_cities
SELECT city, sum(net_amount) FROM orders JOIN customers USING (customer_key)
WHERE city IS NOT NULL AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1 ORDER BY 2 LIMIT 3;

-- name: best_province
SELECT province, count(DISTINCT customer_key) FROM year_orders JOIN folk USING (customer_key) WHERE province IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: best_province_ever
SELECT province, count(DISTINCT customer_key) FROM orders JOIN folk USING (customer_key) WHERE province IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: biggest_spenders
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1 ORDER BY sum(net_amount) DESC LIMIT 10;

-- name: best_day
SELECT CAST(ordered_at AS DATE), sum(net_amount) FROM year_orders GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: worst_month
SELECT CAST(date_trunc('month', registered_at) AS DATE), count(*) FROM customers WHERE registered_at >= TIMESTAMP '2026-01-01' GROUP BY 1 ORDER BY 2 LIMIT 1;

-- name: best_campaign
SELECT campaign_name, count(*) FILTER (WHERE clicked) / count(*) FILTER (WHERE delivered)::DOUBLE FROM messages JOIN campaigns USING (campaign_id)
WHERE sent_at >= TIMESTAMP '2025-11-01' GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: best_campaign_ever
SELECT campaign_name, count(*) FILTER (WHERE clicked) / count(*) FILTER (WHERE delivered)::DOUBLE FROM messages JOIN campaigns USING (campaign_id)
GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: top_searches
SELECT search_text, count(*) FROM events WHERE event_type = 'search' AND CAST(occurred_at AS DATE) >= DATE '2026-10-02' GROUP BY 1 ORDER BY 2 DESC LIMIT 5;

-- name: cities_by_sales
SELECT city, sum(net_amount) FROM year_orders JOIN customers USING (customer_key) WHERE city IS NOT NULL GROUP BY 1;

-- name: rank_of_shanghai
SELECT city, place FROM (SELECT city, row_number() OVER (ORDER BY sum(net_amount) DESC) AS place
  FROM year_orders JOIN customers USING (customer_key) WHERE city IS NOT NULL GROUP BY 1) WHERE city = '上海';

-- name: least_satisfied_region
SELECT region, avg(rating) FROM tickets JOIN folk USING (customer_key) WHERE region IS NOT NULL AND opened_at >= TIMESTAMP '2025-11-01' GROUP BY 1 ORDER BY 2 LIMIT 1;

-- name: second_category
SELECT category, sum(net_amount) FROM goods WHERE ordered_at >= TIMESTAMP '2025-11-01' GROUP BY 1 ORDER BY 2 DESC LIMIT 1 OFFSET 1;

-- name: shanghai_women_gold
SELECT customer_key FROM customers WHERE city = '上海' AND gender = '女' AND member_level IN ('金卡', '黑金');

-- name: young_pearl_delta
SELECT customer_key FROM folk WHERE city IN ('广州', '深圳', '东莞', '佛山', '珠海') AND years < 25;

-- name: high_value_coupon_lovers
SELECT customer_key FROM high_value JOIN price_sensitive USING (customer_key);

-- name: black_gold_november
SELECT customer_key FROM customers WHERE member_level = '黑金' AND month(birthday) = 11;

-- name: dormant_with_sms
SELECT customer_key FROM stages JOIN agreed USING (customer_key) WHERE stage = '沉默' AND message_channel = '短信';

-- name: joined_never_bought
SELECT customer_key FROM customers ANTI JOIN orders USING (customer_key) WHERE registered_at >= TIMESTAMP '2026-01-01';

-- name: high_value_complainers
SELECT DISTINCT customer_key FROM tickets JOIN high_value USING (customer_key) WHERE ticket_type = '投诉' AND CAST(opened_at AS DATE) >= DATE '2026-08-03';

-- name: shoes_and_bags
SELECT customer_key FROM goods WHERE customer_key IS NOT NULL AND category IN ('运动鞋', '箱包') GROUP BY 1 HAVING count(DISTINCT category) = 2;

-- name: shoes_and_bags_year
SELECT customer_key FROM goods WHERE customer_key IS NOT NULL AND category IN ('运动鞋', '箱包') AND ordered_at >= TIMESTAMP '2025-11-01'
GROUP BY 1 HAVING count(DISTINCT category) = 2;

-- name: spent_ten_thousand
SELECT customer_key FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING sum(net_amount) >= 10000;

-- name: spent_over_ten_thousand
SELECT customer_key FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING sum(net_amount) > 10000;

-- name: ten_orders
SELECT customer_key FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING count(*) >= 10;

-- name: no_app_sixty_days
SELECT customer_key FROM customers WHERE customer_key NOT IN (
  SELECT customer_key FROM events WHERE customer_key IS NOT NULL AND CAST(occurred_at AS DATE) >= DATE '2026-09-02');

-- name: no_app_sixty_days_users
-- of those who ever used the app
SELECT customer_key FROM events WHERE customer_key IS NOT NULL GROUP BY 1 HAVING max(occurred_at) < TIMESTAMP '2026-09-02';

-- name: maternity
SELECT customer_key FROM needs WHERE need = '孕产';

-- name: chengdu_night_owls
-- at least five things done in the app in 180 days, two fifths of them at night
SELECT customer_key FROM dayparts JOIN customers USING (customer_key) WHERE city = '成都'
GROUP BY 1 HAVING sum(n) >= 5 AND coalesce(sum(n) FILTER (WHERE part = '深夜'), 0) * 10 >= sum(n) * 4;

-- name: chengdu_night_hours
-- the part of the day with the most of them; of equal ones the smaller name
SELECT customer_key FROM (SELECT customer_key, part, row_number() OVER (PARTITION BY customer_key ORDER BY n DESC, part) AS place FROM dayparts)
JOIN customers USING (customer_key) WHERE place = 1 AND part = '深夜' AND city = '成都';

-- name: jd_fans
-- the channel with the most orders in twelve months; of equal ones the smaller name
SELECT customer_key FROM (
  SELECT customer_key, channel, row_number() OVER (PARTITION BY customer_key ORDER BY count(*) DESC, channel) AS place
  FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1, 2)
JOIN folk USING (customer_key) WHERE place = 1 AND channel = '京东' AND years BETWEEN 35 AND 44;

-- name: old_lost
SELECT customer_key FROM customers JOIN stages USING (customer_key) WHERE stage = '已流失' AND DATE '2026-10-31' - CAST(registered_at AS DATE) >= 730;

-- name: high_value_elsewhere
SELECT customer_key FROM customers JOIN high_value USING (customer_key) WHERE coalesce(city, '') NOT IN ('北京', '上海', '广州', '深圳');

-- name: high_value_elsewhere_known
SELECT customer_key FROM customers JOIN high_value USING (customer_key) WHERE city NOT IN ('北京', '上海', '广州', '深圳');

-- name: no_consent
SELECT customer_key FROM customers ANTI JOIN agreed USING (customer_key);

-- name: young_men_jzh
SELECT customer_key FROM folk WHERE gender = '男' AND province IN ('江苏', '浙江', '上海') AND years BETWEEN 18 AND 30;

-- name: bought_twice
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1 HAVING count(*) > 1;

-- name: bought_once
SELECT customer_key FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING count(*) = 1;

-- name: one_star
SELECT DISTINCT customer_key FROM tickets WHERE customer_key IS NOT NULL AND rating = 1 AND opened_at >= TIMESTAMP '2026-05-01';

-- name: east_champions
SELECT customer_key FROM folk JOIN rfm USING (customer_key) WHERE region = '华东' AND class = '重要价值';

-- name: shenzhen_gold_risk
SELECT customer_key FROM customers JOIN churn_risk USING (customer_key) WHERE city = '深圳' AND member_level = '金卡' AND churn_risk IN ('高', '中');

-- name: shenzhen_gold_high_risk
SELECT customer_key FROM customers JOIN churn_risk USING (customer_key) WHERE city = '深圳' AND member_level = '金卡' AND churn_risk = '高';

-- name: shenzhen_gold_warning
SELECT customer_key FROM customers JOIN stages USING (customer_key) WHERE city = '深圳' AND member_level = '金卡' AND stage = '流失预警';

-- name: big_single_order
SELECT DISTINCT customer_key FROM orders WHERE customer_key IS NOT NULL AND net_amount >= 3000 AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: november_women_sms
SELECT customer_key FROM customers JOIN agreed USING (customer_key) WHERE gender = '女' AND month(birthday) = 11 AND message_channel = '短信';

-- name: closures
SELECT DISTINCT customer_key FROM tickets WHERE customer_key IS NOT NULL AND ticket_type = '注销';

-- name: closures_year
SELECT DISTINCT customer_key FROM tickets WHERE customer_key IS NOT NULL AND ticket_type = '注销' AND opened_at >= TIMESTAMP '2025-11-01';

-- name: hangzhou_big_baskets
SELECT customer_key FROM year_orders JOIN customers USING (customer_key) WHERE city = '杭州' GROUP BY 1 HAVING sum(net_amount) >= 600 * count(*);

-- name: hangzhou_bigger_baskets
SELECT customer_key FROM year_orders JOIN customers USING (customer_key) WHERE city = '杭州' GROUP BY 1 HAVING sum(net_amount) > 600 * count(*);

-- name: northwest_idle
SELECT customer_key FROM folk WHERE region = '西北' AND customer_key NOT IN (SELECT customer_key FROM year_orders WHERE customer_key IS NOT NULL);

-- name: northwest_idle_buyers
-- of those who ever bought
SELECT customer_key FROM folk JOIN orders USING (customer_key) WHERE region = '西北' GROUP BY 1 HAVING max(ordered_at) < TIMESTAMP '2025-11-01';

-- name: cart_no_order_week
SELECT DISTINCT customer_key FROM events WHERE customer_key IS NOT NULL AND event_type = 'add_to_cart' AND CAST(occurred_at AS DATE) >= DATE '2026-10-25'
  AND customer_key NOT IN (SELECT customer_key FROM orders WHERE customer_key IS NOT NULL AND CAST(ordered_at AS DATE) >= DATE '2026-10-25');

-- name: cart_no_order_after
SELECT DISTINCT customer_key FROM events e WHERE customer_key IS NOT NULL AND event_type = 'add_to_cart' AND CAST(occurred_at AS DATE) >= DATE '2026-10-25'
  AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = e.customer_key AND o.ordered_at > e.occurred_at);

-- name: double_eleven_gone
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY 1
HAVING max(ordered_at) >= TIMESTAMP '2025-11-01' AND max(ordered_at) < TIMESTAMP '2025-11-12';

-- name: double_eleven_gone_each
-- a purchase on one of the days that no other followed, be it on those days
SELECT DISTINCT customer_key FROM orders o WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2025-11-01' AND ordered_at < TIMESTAMP '2025-11-12'
  AND NOT EXISTS (SELECT 1 FROM orders later WHERE later.customer_key = o.customer_key AND later.ordered_at > o.ordered_at);

-- name: august_shoes_gone
SELECT DISTINCT customer_key FROM goods WHERE customer_key IS NOT NULL AND category = '运动鞋' AND ordered_at >= TIMESTAMP '2026-08-01' AND ordered_at < TIMESTAMP '2026-09-01'
  AND customer_key NOT IN (SELECT customer_key FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2026-09-01');

-- name: joined_and_ordered
SELECT customer_key FROM customers c WHERE registered_at >= TIMESTAMP '2026-01-01' AND EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key AND o.ordered_at > c.registered_at AND o.ordered_at <= c.registered_at + INTERVAL 7 DAY);

-- name: joined_and_ordered_at_once
-- an order at the moment of joining counts too
SELECT customer_key FROM customers c WHERE registered_at >= TIMESTAMP '2026-01-01' AND EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key AND o.ordered_at >= c.registered_at AND o.ordered_at <= c.registered_at + INTERVAL 7 DAY);

-- name: first_half_only
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2026-01-01' GROUP BY 1 HAVING max(ordered_at) < TIMESTAMP '2026-07-01';

-- name: favourite_then_order
SELECT DISTINCT customer_key FROM events e WHERE event_type = 'favourite' AND occurred_at >= TIMESTAMP '2026-01-01' AND EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = e.customer_key AND o.ordered_at > e.occurred_at AND o.ordered_at <= e.occurred_at + INTERVAL 3 DAY);

-- name: looked_at_outdoor
SELECT DISTINCT customer_key FROM events JOIN products USING (product_id) WHERE customer_key IS NOT NULL AND event_type = 'view' AND category = '户外装备'
  AND customer_key NOT IN (SELECT customer_key FROM goods WHERE customer_key IS NOT NULL AND category = '户外装备');

-- name: both_ways
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING bool_or(channel = '门店') AND bool_or(channel <> '门店');

-- name: both_ways_year
SELECT customer_key FROM year_orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING bool_or(channel = '门店') AND bool_or(channel <> '门店');

-- name: first_in_shop
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING arg_min(channel, ordered_at) = '门店';

-- name: complained_then_ordered
SELECT DISTINCT customer_key FROM tickets t WHERE ticket_type = '投诉' AND EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = t.customer_key AND o.ordered_at > t.opened_at AND o.ordered_at <= t.opened_at + INTERVAL 30 DAY);

-- name: complained_then_ordered_year
SELECT DISTINCT customer_key FROM tickets t WHERE ticket_type = '投诉' AND opened_at >= TIMESTAMP '2025-11-01' AND EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = t.customer_key AND o.ordered_at > t.opened_at AND o.ordered_at <= t.opened_at + INTERVAL 30 DAY);

-- name: win_back_orders
SELECT DISTINCT customer_key FROM messages m JOIN campaigns c USING (campaign_id) WHERE campaign_name = '2026年8月挽回活动' AND EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = m.customer_key AND o.ordered_at > m.sent_at AND o.ordered_at <= m.sent_at + INTERVAL 30 DAY);

-- name: win_back_orders_delivered
SELECT DISTINCT customer_key FROM messages m JOIN campaigns c USING (campaign_id) WHERE delivered AND campaign_name = '2026年8月挽回活动' AND EXISTS (
  SELECT 1 FROM orders o WHERE o.customer_key = m.customer_key AND o.ordered_at > m.sent_at AND o.ordered_at <= m.sent_at + INTERVAL 30 DAY);

-- name: returned_ever
SELECT DISTINCT customer_key FROM order_lines WHERE customer_key IS NOT NULL AND returned_quantity > 0;

-- name: returned_year
SELECT DISTINCT customer_key FROM order_lines WHERE customer_key IS NOT NULL AND returned_quantity > 0 AND ordered_at >= TIMESTAMP '2025-11-01';

-- name: three_months_running
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2026-08-01' GROUP BY 1 HAVING count(DISTINCT month(ordered_at)) = 3;

-- name: only_jd
SELECT customer_key FROM orders WHERE customer_key IS NOT NULL GROUP BY 1 HAVING bool_and(channel = '京东');

-- name: gold_share
SELECT count(*) FILTER (WHERE member_level IN ('金卡', '黑金')) / count(*)::DOUBLE FROM customers;

-- name: women_share
SELECT count(*) FILTER (WHERE gender = '女') / count(*)::DOUBLE FROM customers JOIN high_value USING (customer_key);

-- name: women_share_known
SELECT count(*) FILTER (WHERE gender = '女') / count(gender)::DOUBLE FROM customers JOIN high_value USING (customer_key);

-- name: black_gold_ages
SELECT CASE WHEN years < 18 THEN '18岁以下' WHEN years < 25 THEN '18-24岁' WHEN years < 35 THEN '25-34岁' WHEN years < 45 THEN '35-44岁'
  WHEN years < 55 THEN '45-54岁' WHEN years >= 55 THEN '55岁及以上' END, count(*) FROM folk WHERE member_level = '黑金' GROUP BY 1;

-- name: orders_each
SELECT count(*) / count(DISTINCT customer_key)::DOUBLE FROM orders WHERE customer_key IS NOT NULL AND ordered_at >= TIMESTAMP '2026-01-01';

-- name: category_shares
SELECT category, sum(net_amount) / sum(sum(net_amount)) OVER ()::DOUBLE FROM goods
WHERE ordered_at >= TIMESTAMP '2026-07-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: frequency_bands
-- orders in twelve months: 6 or more, 3 to 5, 1 or 2, none
SELECT CASE WHEN n >= 6 THEN '高频' WHEN n >= 3 THEN '中频' WHEN n >= 1 THEN '低频' ELSE '无购买' END, count(*)
FROM customers LEFT JOIN (SELECT customer_key, count(*) AS n FROM year_orders GROUP BY 1) USING (customer_key) GROUP BY 1;

-- name: shop_items_per_order
SELECT sum(item_count) / count(*)::DOUBLE FROM orders WHERE channel = '门店' AND ordered_at >= TIMESTAMP '2026-10-01';

-- name: shop_pieces_per_order
-- returned ones too
SELECT (SELECT sum(quantity) FROM order_lines WHERE channel = '门店' AND ordered_at >= TIMESTAMP '2026-10-01')
     / (SELECT count(*) FROM orders WHERE channel = '门店' AND ordered_at >= TIMESTAMP '2026-10-01')::DOUBLE;

-- name: median_order
SELECT median(net_amount::DOUBLE) FROM orders WHERE ordered_at >= TIMESTAMP '2026-10-01';

-- name: rfm_guangdong
SELECT class, count(*) FROM folk JOIN rfm USING (customer_key) WHERE province = '广东' GROUP BY 1;

-- name: known_in_shops
SELECT sum(net_amount) FILTER (WHERE customer_key IS NOT NULL) / sum(net_amount)::DOUBLE FROM year_orders WHERE channel = '门店';

-- name: black_gold_share
SELECT sum(net_amount) FILTER (WHERE member_level = '黑金') / sum(net_amount)::DOUBLE FROM year_orders LEFT JOIN customers USING (customer_key);

-- name: black_gold_share_members
SELECT sum(net_amount) FILTER (WHERE member_level = '黑金') / sum(net_amount)::DOUBLE FROM year_orders JOIN customers USING (customer_key);

-- name: black_gold_then_share
SELECT sum(net_amount) FILTER (WHERE h.member_level = '黑金') / sum(net_amount)::DOUBLE FROM year_orders o LEFT JOIN level_history h
  ON h.customer_key = o.customer_key AND o.ordered_at >= h.valid_from AND (h.valid_to IS NULL OR o.ordered_at < h.valid_to + INTERVAL 1 DAY);

-- name: cart_rate
-- of those who added to the cart this year, who ordered within seven days of some addition
WITH people AS (
  SELECT customer_key, bool_or(EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = e.customer_key
    AND o.ordered_at >= e.occurred_at AND o.ordered_at < e.occurred_at + INTERVAL 7 DAY)) AS ordered
  FROM events e WHERE event_type = 'add_to_cart' AND customer_key IS NOT NULL AND occurred_at >= TIMESTAMP '2026-01-01' GROUP BY 1
)
SELECT count(*) FILTER (WHERE ordered) / count(*)::DOUBLE FROM people;

-- name: august_retention
SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = c.customer_key
  AND o.ordered_at >= c.registered_at AND o.ordered_at < c.registered_at + INTERVAL 30 DAY)) / count(*)::DOUBLE
FROM customers c WHERE registered_at >= TIMESTAMP '2026-08-01' AND registered_at < TIMESTAMP '2026-09-01';

-- name: beiling_quarter
SELECT sum(quantity - returned_quantity), sum(net_amount) FROM goods WHERE brand = '北岭' AND ordered_at >= TIMESTAMP '2026-07-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: beiling_quarter_gross
SELECT sum(quantity), sum(net_amount) FROM goods WHERE brand = '北岭' AND ordered_at >= TIMESTAMP '2026-07-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: east_september
SELECT sum(net_amount) FROM orders JOIN folk USING (customer_key) WHERE region = '华东' AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01';

-- name: jiangsu_price_sensitive
SELECT customer_key FROM folk JOIN price_sensitive USING (customer_key) WHERE province = '江苏';

-- name: two_shops_aov
SELECT store_name, sum(net_amount) / count(*)::DOUBLE FROM orders JOIN stores USING (store_id)
WHERE (store_name LIKE '%南京东路%' OR store_name LIKE '%陆家嘴%') AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1;

-- name: bigger_shop_aov
SELECT store_name, sum(net_amount) / count(*)::DOUBLE FROM orders JOIN stores USING (store_id)
WHERE (store_name LIKE '%南京东路%' OR store_name LIKE '%陆家嘴%') AND ordered_at >= TIMESTAMP '2026-09-01' AND ordered_at < TIMESTAMP '2026-10-01'
GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: food_spend
SELECT sum(net_amount) / count(DISTINCT customer_key)::DOUBLE FROM goods WHERE customer_key IS NOT NULL AND category = '食品饮料' AND ordered_at >= TIMESTAMP '2025-11-01';

-- name: outdoor_half_october
SELECT sum(quantity - returned_quantity) FROM goods WHERE category = '户外装备' AND ordered_at >= TIMESTAMP '2026-10-16';

-- name: outdoor_half_october_gross
SELECT sum(quantity) FROM goods WHERE category = '户外装备' AND ordered_at >= TIMESTAMP '2026-10-16';

-- name: guangzhou_gold
SELECT customer_key FROM customers WHERE city = '广州' AND member_level = '金卡';

-- name: most_refunds
SELECT channel, sum(refund_amount) FROM orders WHERE ordered_at >= TIMESTAMP '2026-07-01' AND ordered_at < TIMESTAMP '2026-10-01' GROUP BY 1 ORDER BY 2 DESC LIMIT 1;

-- name: yesterday_joiners
SELECT count(*) FROM customers WHERE CAST(registered_at AS DATE) = DATE '2026-10-30';

-- name: presale_orders
SELECT count(*) FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN DATE '2026-05-13' AND DATE '2026-05-31';

-- name: mothers_day_beauty
SELECT sum(net_amount) FROM goods WHERE category = '美妆个护' AND CAST(ordered_at AS DATE) = DATE '2026-05-10';

-- name: southwest_orders
SELECT count(*) FROM orders JOIN folk USING (customer_key) WHERE region = '西南' AND CAST(ordered_at AS DATE) BETWEEN DATE '2026-09-01' AND DATE '2026-10-15';

-- name: high_value_by_region
SELECT region, count(DISTINCT customer_key), sum(net_amount) FROM year_orders JOIN folk USING (customer_key) JOIN high_value USING (customer_key) GROUP BY 1;
