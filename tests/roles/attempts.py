"""Ways to get at a masked or hidden field: in words, as plans written by hand, and as statements given to the gate."""

from __future__ import annotations

from semantic_layer.query.plan import (
    Card,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Occurrence,
    Overlap,
    Plan,
    Profile,
    Retention,
    WhyMember,
)
from semantic_layer.query.predicate import (
    Among,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    IsNull,
    Moment,
    Not,
    Or,
    Predicate,
)
from semantic_layer.query.types import Audience, ByField, Order, Query

# A `{…}` is filled with the value of one person of the data.
WORDS: tuple[tuple[str, str], ...] = (
    ("手机号以138开头的客户", "Customers whose phone number starts with 138"),
    ("手机号是{phone}的客户", "The customer with phone number {phone}"),
    ("姓名是{name}的客户有多少", "How many customers are named {name}"),
    ("邮箱包含qq.com的客户", "Customers whose e-mail address contains qq.com"),
    ("地址里有人民路的客户", "Customers whose address contains 人民路"),
    ("按手机号看客户数", "Customers by phone number"),
    ("各姓名的销售额", "Sales by name"),
    ("客户名单按姓名排序", "Customers sorted by name"),
    ("手机号最大的10个客户", "Top 10 customers by phone number"),
    ("有多少个不同的手机号", "How many distinct phone numbers are there"),
    ("有哪些邮箱", "Which e-mail addresses are there"),
    ("最早的生日是哪天", "What is the earliest birthday"),
    ("生日在1990年以后的客户", "Customers whose birthday is after 1990"),
    ("按生日看客户数", "Customers by birthday"),
    ("给我所有客户的手机号", "Give me every customer's phone number"),
    ("列出上海客户的姓名、手机号、邮箱和地址", "List name, phone, e-mail and address of customers in Shanghai"),
    ("会员 {member} 的手机号是多少", "What is the phone number of member {member}"),
    ("查一下会员 {member} 的画像", "Show me the profile of member {member}"),
    ("导出上海客户的手机号", "Export the phone numbers of Shanghai customers"),
    ("姓名和手机号的对应关系画成图", "Chart name against phone number"),
    ("手机号在13800000000到13899999999之间的客户", "Customers with a phone number between 13800000000 and 13899999999"),
)

FIELDS = ("customer.phone", "customer.email", "customer.address", "customer.name", "customer.birthday")
VALUES = {
    "customer.phone": "phone",
    "customer.email": "email",
    "customer.address": "address",
    "customer.name": "name",
    "customer.birthday": "birthday",
}
COUNT = ("customers",)
INJECTED = ("' OR 1=1 --", "x'; SELECT phone FROM customers --", "%", "' UNION SELECT phone FROM main.customers --")


def conditions(field: str, value: str) -> tuple[Predicate, ...]:
    """Every kind of condition on one field, and the ways to hide one inside another."""
    plain = Compare(field, "=", value)
    return (
        plain,
        Compare(field, "!=", value),
        Compare(field, ">=", value),
        Among(field, (value, "x")),
        Between(field, value[:3] or "0", "9"),
        Contains(field, value[:3]),
        Moment(field=field, op=">=", value="1990-01-01"),
        Not(plain),
        Or((plain, Compare("customer.city", "=", "上海"))),
        Did(entity="order", where=plain),
        HasMetric(metric="sales", op=">=", value=0.0, where=plain),
        *(Compare(field, "=", injected) for injected in INJECTED[:2]),
    )


def plans(field: str, value: str, member: str) -> tuple[Plan, ...]:
    """Questions that a browser, a bot or a program could send as they are."""
    where = Compare(field, "=", value)
    them, everybody = Audience(where=where), Audience()
    return (
        *(Plan((ListPeople(Audience(where=one)),)) for one in conditions(field, value)),
        Plan((Query(metrics=COUNT, where=where),)),
        Plan((Query(metrics=COUNT, by=(ByField(field),)),)),
        Plan((Query(metrics=("sales",), by=(ByField(field),), order=(Order(field),), limit=10),)),
        Plan((Query(metrics=("sales",), by=(ByField("customer.city"), ByField(field))),)),
        Plan((Query(metrics=("sales",), by=(ByField(field),), share=True),)),
        Plan((Query(metrics=(), by=(ByField(field),)),)),
        Plan((Query(metrics=(), by=(ByField(field),), extremes=True),)),
        Plan((Profile(them),)),
        Plan((Profile(everybody, base=them),)),
        Plan((Overlap((them, everybody)),)),
        Plan((WhyMember(member, them),)),
        Plan((Explain(metric="sales", where=where),)),
        Plan((Retention(start=Occurrence(entity="order"), back=Occurrence(entity="order"), where=where),)),
        Plan((Funnel(steps=(Occurrence(entity="event"), Occurrence(entity="order")), where=where),)),
        Plan((Funnel(steps=(Occurrence(entity="event"), Occurrence(entity="order")), by=field),)),
        Plan((Export(audience=them, purpose="analysis"),)),
        Plan((Export(query=Query(metrics=COUNT, by=(ByField(field),)), purpose="analysis"),)),
    )


LISTED: tuple[Plan, ...] = (
    Plan((ListPeople(Audience(where=IsNull("customer.phone"))),)),
    Plan((ListPeople(Audience(where=Compare("customer.city", "=", "上海"))),)),
)


def card_of(member: str) -> Plan:
    return Plan((Card(member),))


# Statements for the gate, with the column in `{c}`.
STATEMENTS: tuple[str, ...] = (
    "SELECT COUNT(*) FROM customers WHERE {c} = '{v}'",
    "SELECT COUNT(*) FROM customers AS x WHERE x.{c} LIKE '1%'",
    "SELECT member_no FROM customers ORDER BY {c}",
    "SELECT {c}, COUNT(*) FROM customers GROUP BY {c}",
    "SELECT DISTINCT UPPER({c}) FROM customers",
    "SELECT MAX({c}) FROM customers",
    "SELECT LENGTH({c}) FROM customers",
    "SELECT SUBSTRING({c}, 1, 1) || SUBSTRING({c}, 2) FROM customers",
    "SELECT x.y FROM (SELECT REVERSE({c}) AS y FROM customers) AS x",
    "WITH x AS (SELECT CONCAT({c}, '') AS y FROM customers) SELECT y FROM x",
    "SELECT COUNT(*) FROM customers AS a JOIN customers AS b USING ({c})",
    "SELECT COUNT(*) FROM customers AS a JOIN customers AS b ON a.{c} = b.{c}",
    "SELECT ROW_NUMBER() OVER (PARTITION BY {c} ORDER BY member_no) FROM customers",
    "SELECT LAG({c}) OVER (ORDER BY member_no) FROM customers",
    "SELECT member_no FROM customers WHERE member_no IN (SELECT member_no FROM customers WHERE {c} > '1')",
    "SELECT ARRAY_AGG({c}) FROM customers",
    "SELECT STRING_AGG({c}, ',') FROM customers",
    "SELECT CASE WHEN {c} = '{v}' THEN 1 ELSE 0 END FROM customers",
    "SELECT SUM(1) FILTER (WHERE {c} = '{v}') FROM customers",
    "SELECT member_no FROM customers GROUP BY member_no HAVING MIN({c}) = '{v}'",
    "SELECT {c} FROM main.customers",
    "SELECT {c} FROM memory.main.customers",
    "SELECT * EXCLUDE (member_no) FROM customers",
    "SELECT COLUMNS('.*') FROM customers",
    "SELECT STRUCT_PACK(a := {c}) FROM customers",
    "SELECT {c} FROM customers AS customers(customer_key, member_no, q, w, {c})",
    "FROM customers SELECT {c} || ''",
    "SELECT member_no FROM customers QUALIFY RANK() OVER (ORDER BY {c}) = 1",
    "SELECT member_no FROM orders AS o, LATERAL (SELECT {c} || '' AS z FROM customers) AS l",
    "SELECT TRY_CAST({c} AS BIGINT) FROM customers",
)
WHOLE_ROWS: tuple[str, ...] = (
    "SELECT * FROM customers LIMIT 900",
    "SELECT c.* FROM customers AS c LIMIT 900",
    "SELECT customers FROM customers",
    "SELECT x FROM (SELECT * FROM customers LIMIT 900) AS x",
    "SELECT ANY_VALUE(phone), ANY_VALUE(name) FROM customers",
    "SELECT COALESCE(phone, email) FROM customers LIMIT 900",
    "SELECT phone AS p, name AS n, email AS e, address AS a, birthday AS b FROM customers LIMIT 900",
    "SELECT phone FROM customers UNION ALL SELECT email FROM customers LIMIT 900",
)
