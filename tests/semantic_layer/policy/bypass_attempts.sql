-- Attempts to see what the role may not see: masked columns, unmodelled columns and tables. One a paragraph.

SELECT c FROM customers AS c

SELECT customers FROM customers

SELECT STRUCT_PACK(n := name, p := phone) FROM customers

SELECT ROW(name, phone) FROM customers

SELECT {'n': name} FROM customers

SELECT LIST(c) FROM customers AS c

SELECT ANY_VALUE(c) FROM customers AS c

SELECT (c).phone FROM customers AS c

SELECT c['phone'] FROM customers AS c

SELECT c.phone.x FROM customers AS c

SELECT * FROM customers

SELECT c.* FROM customers AS c

SELECT * EXCLUDE (city) FROM customers

SELECT * REPLACE (salary AS city) FROM customers

SELECT * RENAME (phone AS city) FROM customers

SELECT * LIKE 'ph%' FROM customers

SELECT COLUMNS('ph.*') FROM customers

SELECT COLUMNS(*) FROM customers

SELECT MIN(COLUMNS(c -> c = 'phone')) FROM customers

SELECT #4 FROM customers

SELECT t.d FROM customers AS t(a, b, c, d, e, f)

FROM customers

TABLE customers

FROM customers SELECT phone, name

SELECT city FROM customers GROUP BY city HAVING MAX(phone) LIKE '13511118888'

SELECT MAX(phone) FROM customers

SELECT MIN(name) FROM customers

SELECT STRING_AGG(phone, ',') FROM customers

SELECT LIST(phone) FROM customers

SELECT city FROM customers QUALIFY MAX(phone) OVER () LIKE '135%'

SELECT phone, COUNT(*) FROM customers GROUP BY phone

SELECT city FROM customers ORDER BY phone

SELECT MAX(phone) OVER (PARTITION BY city) FROM customers

SELECT FIRST_VALUE(email) OVER (ORDER BY customer_key) FROM customers

SELECT member_no FROM customers WHERE phone = '13511118888'

SELECT member_no FROM customers WHERE phone LIKE '1351111888_'

SELECT member_no FROM customers WHERE name IN ('张三丰')

SELECT COUNT(*) FROM customers WHERE birthday = DATE '1990-03-07'

SELECT COUNT(*) FROM customers WHERE SUBSTR(phone, 11, 1) = '8'

SELECT 1 WHERE EXISTS (SELECT 1 FROM customers WHERE phone = '13511118888')

SELECT c.member_no FROM customers AS c JOIN (VALUES ('13511118888')) AS v(p) ON v.p = c.phone

SELECT a.member_no FROM customers AS a JOIN customers AS b USING (phone)

SELECT a.member_no, b.member_no FROM customers AS a JOIN customers AS b ON a.phone < b.phone

SELECT CASE WHEN phone = '13511118888' THEN 'TOPSECRET' END FROM customers

SELECT LENGTH(address), ASCII(name) FROM customers

SELECT MD5(phone) FROM customers

SELECT HASH(phone) FROM customers

SELECT REVERSE(phone) FROM customers

SELECT phone || '' FROM customers

SELECT COALESCE(phone, '') FROM customers

SELECT NULLIF(phone, '1') FROM customers

SELECT CAST(birthday AS VARCHAR) FROM customers

SELECT DATE_DIFF('day', birthday, DATE '2026-01-01') FROM customers

SELECT DATE_DIFF('year', birthday, birthday) FROM customers

SELECT DATE_DIFF('year', birthday, CAST(phone AS DATE)) FROM customers

SELECT DATE_TRUNC('day', birthday) FROM customers

WITH x AS (SELECT * FROM customers) SELECT phone FROM x

WITH x AS (SELECT phone AS p FROM customers) SELECT MAX(p) FROM x

WITH x(a, b) AS (SELECT name, phone FROM customers) SELECT MAX(b) FROM x

WITH customers AS (SELECT * FROM secrets) SELECT * FROM customers

WITH secrets AS (SELECT 1 AS token) SELECT (SELECT token FROM secrets) AS a, (WITH other AS (SELECT 1) SELECT 1) AS b

SELECT (WITH secrets AS (SELECT 1 AS token) SELECT token FROM secrets) AS a, s.token FROM secrets AS s

SELECT * FROM (WITH secrets AS (SELECT 1 AS token) SELECT * FROM secrets) AS a JOIN secrets ON true

WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a

WITH RECURSIVE secrets AS (SELECT token FROM secrets) SELECT * FROM secrets

SELECT p FROM (SELECT phone FROM customers) AS x(p)

SELECT phone FROM customers UNION SELECT name FROM customers

SELECT city FROM cities UNION ALL SELECT phone FROM customers

SELECT city FROM cities EXCEPT SELECT phone FROM customers

SELECT (SELECT MAX(phone) FROM customers)

SELECT (SELECT phone FROM customers AS i WHERE i.customer_key = o.customer_key) FROM orders AS o

SELECT x.phone FROM orders AS o, LATERAL (SELECT phone FROM customers AS c WHERE c.customer_key = o.customer_key) AS x

SELECT token FROM secrets

SELECT token FROM main.secrets

SELECT * FROM snapshot_1.main.secrets

SELECT phone FROM main.customers

SELECT salary FROM customers

SELECT c.salary FROM customers AS c

SELECT MAX(salary) FROM customers

SELECT city FROM customers WHERE salary > 77000

SELECT mayor FROM cities

SELECT diagnosis FROM customer_tags

SELECT customer_key FROM customer_tags WHERE diagnosis LIKE 'TOP%'

SELECT * FROM query('SELECT * FROM secrets')

SELECT * FROM query_table('secrets')

SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM secrets'))

SELECT * FROM duckdb_tables()

SELECT sql FROM duckdb_tables

SELECT * FROM information_schema.tables

SELECT * FROM sqlite_master

SELECT * FROM pg_catalog.pg_tables

SELECT * FROM (SHOW TABLES)

DESCRIBE customers

SUMMARIZE customers

SUMMARIZE SELECT * FROM secrets

PIVOT customers ON city USING MAX(phone)

SELECT * FROM customers PIVOT (MAX(phone) FOR city IN ('上海'))

UNPIVOT customers ON phone, email

SELECT * FROM customers UNPIVOT (v FOR k IN (phone, email))

SELECT phone FROM customers TABLESAMPLE 100 PERCENT

SELECT UNNEST(c) FROM customers AS c

SELECT UNNEST([phone, name]) FROM customers

SELECT UNNEST(STRUCT_PACK(phone := phone)) FROM customers

SELECT LIST_TRANSFORM([1], x -> (SELECT MAX(phone) FROM customers)) AS l

SELECT [c.phone FOR x IN [1]] FROM customers AS c

SELECT ARG_MAX(phone, customer_key) FROM customers

SELECT MAX(phone ORDER BY customer_key) FROM customers

SELECT HISTOGRAM(phone) FROM customers

SELECT TO_JSON(c) FROM customers AS c

SELECT c::VARCHAR FROM customers AS c

SELECT FORMAT('{}', phone) FROM customers

SELECT PRINTF('%s', phone) FROM customers

SELECT CONCAT(c) FROM customers AS c

SELECT phone AS city FROM customers ORDER BY city

SELECT city FROM customers ORDER BY (SELECT phone)

SELECT city FROM customers LIMIT (SELECT COUNT(*) FROM secrets)

SELECT city FROM customers OFFSET (SELECT COUNT(*) FROM secrets)

SELECT DISTINCT ON (city) phone FROM customers

SELECT phone FROM customers ASOF JOIN orders ON customers.customer_key >= orders.customer_key

SELECT * FROM customers NATURAL JOIN secrets

SELECT * FROM customers POSITIONAL JOIN secrets

SELECT GETENV('HOME')

SELECT CURRENT_SETTING('temp_directory')

SELECT rowid, phone FROM customers

SELECT "PHONE" FROM CUSTOMERS

SELECT ＰＨＯＮＥ FROM customers

SELECT phone FROM customers AS cities

SELECT cities.phone FROM customers AS cities, cities AS customers
