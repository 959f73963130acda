"""A shop of four customers: a model, a policy and a database small enough to check every row by eye."""

from __future__ import annotations

from pathlib import Path

import duckdb

from semantic_layer.errors import Text
from semantic_layer.model.types import (
    AttributeBody,
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Level,
    Relationship,
    RuleBody,
    SemanticModel,
    Sensitivity,
    Tag,
    TagBody,
    TagCategory,
    TagKind,
    Value,
    Words,
)
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User

T = ColumnType
# Each value that must not come out without the right stands once in the data and is found again by these pieces.
CANARIES = (
    "三丰",
    "四光",
    "1351111",
    "1111888",
    "fly@",
    "wind@",
    "解放路",
    "1990-03-07",
    "1984-11-23",
    "TOPSECRET",
    "77123",
)

DATA = """
CREATE TABLE cities (city VARCHAR, region VARCHAR, mayor VARCHAR);
INSERT INTO cities VALUES ('上海', '华东', 'TOPSECRET-1'), ('杭州', '华东', 'TOPSECRET-2'), ('北京', '华北', 'TOPSECRET-3');
CREATE TABLE customers (customer_key INTEGER, member_no VARCHAR, name VARCHAR, phone VARCHAR, email VARCHAR,
  address VARCHAR, birthday DATE, gender VARCHAR, city VARCHAR, level VARCHAR, salary INTEGER);
INSERT INTO customers VALUES
  (1, 'M1', '张三丰', '13511118888', 'fly@example.com', '上海市解放路1号', DATE '1990-03-07', '男', '上海', '金卡', 77123),
  (2, 'M2', '李四光', '13511118889', 'wind@example.com', '杭州市解放路2号', DATE '1984-11-23', '女', '杭州', '银卡', 77123),
  (3, 'M3', '王三丰', '13511118880', NULL, '北京市解放路3号', DATE '1990-03-07', '女', '北京', '金卡', 77123),
  (4, 'M4', '赵四光', NULL, 'wind@example.org', NULL, NULL, NULL, NULL, '普通', 77123);
CREATE TABLE orders (order_id BIGINT, customer_key INTEGER, ordered_at TIMESTAMP, channel VARCHAR, paid DECIMAL(12,2));
INSERT INTO orders VALUES
  (11, 1, TIMESTAMP '2026-01-05 10:00:00', '门店', 100), (12, 1, TIMESTAMP '2026-02-05 10:00:00', 'APP', 50),
  (13, 2, TIMESTAMP '2026-02-07 10:00:00', 'APP', 30), (14, 3, TIMESTAMP '2026-03-01 10:00:00', '门店', 500),
  (15, 4, TIMESTAMP '2026-03-02 10:00:00', 'APP', 7), (16, NULL, TIMESTAMP '2026-03-03 10:00:00', '门店', 9);
CREATE TABLE products (product_id INTEGER, category VARCHAR, price DECIMAL(12,2));
INSERT INTO products VALUES (1, '运动鞋', 100), (2, '箱包', 50);
CREATE TABLE order_lines (line_id BIGINT, order_id BIGINT, product_id INTEGER, quantity INTEGER);
INSERT INTO order_lines VALUES (1, 11, 1, 1), (2, 12, 2, 1), (3, 13, 2, 1), (4, 14, 1, 5), (5, 15, 2, 1), (6, 16, 2, 1);
CREATE TABLE customer_tags (customer_key INTEGER, high_value BOOLEAN, diagnosis VARCHAR);
INSERT INTO customer_tags VALUES (1, true, 'TOPSECRET-4'), (2, false, 'TOPSECRET-5'), (3, true, NULL), (4, false, NULL);
CREATE TABLE secrets (token VARCHAR);
INSERT INTO secrets VALUES ('TOPSECRET-6');
"""


def words(zh: str, en: str) -> Words:
    return Words(label=Text(zh, en))


def columns(**kinds: T | tuple[T, Sensitivity]) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, type=kind) if isinstance(kind, T) else Column(name=name, type=kind[0], sensitivity=kind[1])
        for name, kind in kinds.items()
    )


def field(name: str, entity: str, kind: T, expr: str, sensitivity: Sensitivity = Sensitivity.NONE) -> Dimension:
    return Dimension(
        name=name,
        entity=entity,
        words=words(name, name),
        kind=DimensionKind.CATEGORICAL,
        type=kind,
        expr=expr,
        sensitivity=sensitivity,
    )


CUSTOMER = Entity(
    name="customer",
    words=words("客户", "customer"),
    table="customers",
    primary_key=("customer_key",),
    columns=columns(
        customer_key=T.INTEGER,
        member_no=T.STRING,
        name=(T.STRING, Sensitivity.PERSONAL),
        phone=(T.STRING, Sensitivity.CONTACT),
        email=(T.STRING, Sensitivity.CONTACT),
        address=(T.STRING, Sensitivity.CONTACT),
        birthday=(T.DATE, Sensitivity.PERSONAL),
        gender=T.STRING,
        city=T.STRING,
        level=T.STRING,
    ),
)
CITY = Entity(
    name="city",
    words=words("城市", "city"),
    table="cities",
    primary_key=("city",),
    columns=columns(city=T.STRING, region=T.STRING),
)
ORDER = Entity(
    name="order",
    words=words("订单", "order"),
    table="orders",
    primary_key=("order_id",),
    columns=columns(
        order_id=T.INTEGER, customer_key=T.INTEGER, ordered_at=T.TIMESTAMP, channel=T.STRING, paid=T.DECIMAL
    ),
)
PRODUCT = Entity(
    name="product",
    words=words("商品", "product"),
    table="products",
    primary_key=("product_id",),
    columns=columns(product_id=T.INTEGER, category=T.STRING, price=T.DECIMAL),
)
LINE = Entity(
    name="order_line",
    words=words("订单行", "order line"),
    table="order_lines",
    primary_key=("line_id",),
    columns=columns(line_id=T.INTEGER, order_id=T.INTEGER, product_id=T.INTEGER, quantity=T.INTEGER),
)


def many_to_one(name: str, source: str, target: str, key: str) -> Relationship:
    return Relationship(name=name, from_entity=source, to_entity=target, from_columns=(key,), to_columns=(key,))


PLAIN = AttributeBody(expr="1")


def tag(name: str, kind: T, sensitivity: Sensitivity = Sensitivity.NONE, body: TagBody = PLAIN) -> Tag:
    return Tag(
        name=name,
        entity="customer",
        words=words(name, name),
        kind=TagKind.ATTRIBUTE,
        category=TagCategory.BASIC,
        body=body,
        type=kind,
        sensitivity=sensitivity,
    )


MODEL = SemanticModel(
    name="shop",
    words=words("小店", "shop"),
    entities=(CUSTOMER, CITY, ORDER, PRODUCT, LINE),
    relationships=(
        many_to_one("lives_in", "customer", "city", "city"),
        many_to_one("ordered_by", "order", "customer", "customer_key"),
        many_to_one("part_of", "order_line", "order", "order_id"),
        many_to_one("of_product", "order_line", "product", "product_id"),
    ),
    dimensions=(
        field("region", "city", T.STRING, "region"),
        field("level", "customer", T.STRING, "level"),
        field("paying", "customer", T.BOOLEAN, "level <> '普通'"),
        field("age", "customer", T.INTEGER, "date_diff('year', birthday, :as_of)"),
        field("has_phone", "customer", T.BOOLEAN, "phone IS NOT NULL"),
        field("domain", "customer", T.STRING, "split_part(email, '@', 2)", Sensitivity.CONTACT),
    ),
    metrics=(),
    tags=(
        tag("high_value", T.BOOLEAN),
        tag("diagnosis", T.STRING, Sensitivity.PERSONAL),
        tag("birth_month", T.INTEGER, body=AttributeBody(expr="MONTH(birthday)")),
        tag(
            "central",
            T.BOOLEAN,
            body=RuleBody(
                inputs=(),
                levels=(
                    Level(
                        value=Value(value=True, label=Text("是", "yes")),
                        when="city = '北京' AND CONTAINS(address, '解放路')",
                    ),
                ),
            ),
        ),
    ),
)
CATALOG = Catalog.from_model(MODEL)

POLICY = Policy(
    roles=(
        RolePolicy(name="owner", see_personal=True, see_contact=True),
        RolePolicy(name="analyst"),
        RolePolicy(name="manager", see_personal=True),
        RolePolicy(name="east", row_filters=(RowFilter(entity="customer", where="city.region = '华东'"),)),
        RolePolicy(name="gold", row_filters=(RowFilter(entity="customer", where="level = '金卡'"),)),
        RolePolicy(name="app_sales", row_filters=(RowFilter(entity="order", where="channel = 'APP'"),)),
        RolePolicy(
            name="east_gold",
            row_filters=(
                RowFilter(entity="customer", where="city.region = '华东'"),
                RowFilter(entity="customer", where="level = '金卡'"),
            ),
        ),
        RolePolicy(name="goods", entities=("product",)),
        RolePolicy(name="broken", row_filters=(RowFilter(entity="customer", where="shoe_size > 40"),)),
    )
)


def user(*roles: str) -> User:
    return User(name="ana", roles=roles)


def database(folder: Path, name: str = "snapshot_1.duckdb") -> Path:
    """Write the shop's data to a file and say where it is."""
    path = folder / name
    with duckdb.connect(str(path)) as connection:
        connection.execute(DATA)
    return path
