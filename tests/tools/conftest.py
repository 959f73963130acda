"""A small company, written out by hand: eight customers whose every number can be counted on the fingers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    AttributeBody,
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Measure,
    Metric,
    QuantileBody,
    Relationship,
    SemanticModel,
    Sensitivity,
    Simple,
    Tag,
    TagCategory,
    TagKind,
    Unit,
    Value,
    ValueGroup,
    Words,
)
from semantic_layer.policy.types import Policy, Purpose, RolePolicy, User
from semantic_layer.table import Cell
from tools.people_in_memory import PeopleInMemory


def words(zh: str, en: str) -> Words:
    return Words(label=Text(zh, en))


def dimension(entity: str, name: str, zh: str, kind: DimensionKind, **more: object) -> Dimension:
    column_type = {DimensionKind.NUMERIC: ColumnType.INTEGER, DimensionKind.TIME: ColumnType.TIMESTAMP}.get(
        kind, ColumnType.STRING
    )
    return Dimension(name=name, entity=entity, words=words(zh, name), kind=kind, type=column_type, expr=name, **more)  # type: ignore[arg-type]


LEVELS = tuple(
    Value(value=zh, label=Text(zh, en)) for zh, en in (("普通", "basic"), ("银卡", "silver"), ("金卡", "gold"))
)
GROUP = ValueGroup(name="sweet", words=words("江浙沪", "sweet"), members=("上海", "杭州"))


@pytest.fixture
def index() -> ModelIndex:
    customer_dimensions = (
        dimension("customer", "member_no", "会员号", DimensionKind.IDENTIFIER),
        dimension("customer", "city", "城市", DimensionKind.GEOGRAPHIC, groups=(GROUP,)),
        dimension("customer", "level", "会员等级", DimensionKind.CATEGORICAL, values=LEVELS, ordered=True),
        dimension("customer", "age", "年龄", DimensionKind.NUMERIC),
        dimension("customer", "phone", "手机", DimensionKind.IDENTIFIER, sensitivity=Sensitivity.CONTACT),
    )
    high = Tag(
        name="high_value",
        entity="customer",
        words=words("高价值客户", "high-value customer"),
        kind=TagKind.QUANTILE,
        category=TagCategory.BEHAVIOUR,
        body=QuantileBody(metric="sales", window="12 months", share=0.2),
    )
    sensitive = Tag(
        name="price_sensitive",
        entity="customer",
        words=words("价格敏感", "price sensitive"),
        kind=TagKind.ATTRIBUTE,
        category=TagCategory.PREFERENCE,
        body=AttributeBody(expr="coupons > 3"),
    )
    orders = Metric(
        name="orders",
        words=words("订单数", "orders"),
        unit=Unit.COUNT,
        body=Simple(measures=(Measure(entity="order", agg=Aggregation.COUNT),)),
    )
    sales = Metric(
        name="sales",
        words=words("销售额", "sales"),
        unit=Unit.CURRENCY,
        body=Simple(measures=(Measure(entity="order", agg=Aggregation.SUM, expr="paid"),)),
    )
    key = (Column(name="id", type=ColumnType.INTEGER),)
    return ModelIndex(
        SemanticModel(
            name="small",
            words=words("小公司", "small company"),
            entities=(
                Entity(
                    name="customer",
                    words=words("客户", "customer"),
                    table="customers",
                    primary_key=("id",),
                    columns=key,
                    label_column="member_no",
                ),
                Entity(
                    name="place", words=words("所在地", "place"), table="cities", primary_key=("city",), columns=key
                ),
                Entity(
                    name="order",
                    words=words("订单", "order"),
                    table="orders",
                    primary_key=("id",),
                    columns=key,
                    time="ordered_at",
                ),
            ),
            relationships=(
                Relationship(
                    name="home", from_entity="customer", to_entity="place", from_columns=("city",), to_columns=("city",)
                ),
                Relationship(
                    name="buyer",
                    from_entity="order",
                    to_entity="customer",
                    from_columns=("customer_id",),
                    to_columns=("id",),
                ),
            ),
            dimensions=(
                *customer_dimensions,
                dimension("place", "province", "省份", DimensionKind.GEOGRAPHIC),
                dimension("order", "ordered_at", "下单时间", DimensionKind.TIME),
                dimension("order", "channel", "渠道", DimensionKind.CATEGORICAL),
            ),
            metrics=(orders, sales),
            tags=(high, sensitive),
        )
    )


PEOPLE = (
    # number, city, province, level, age, high value, price sensitive
    (1, "上海", "上海", "金卡", 30, True, False),
    (2, "上海", "上海", "金卡", 41, True, True),
    (3, "上海", "上海", "银卡", 25, False, True),
    (4, "苏州", "江苏", "普通", 19, False, True),
    (5, "南京", "江苏", "普通", 52, False, False),
    (6, "杭州", "浙江", "银卡", 33, True, False),
    (7, "杭州", "浙江", "普通", 28, False, False),
    (8, None, None, "普通", None, False, False),
)


def rows() -> list[Mapping[str, Cell]]:
    return [
        {
            "key": number,
            "customer.member_no": f"M{number:03}",
            "customer.city": city,
            "place.province": province,
            "customer.level": level,
            "customer.age": age,
            "customer.phone": f"1380013800{number}",
            "customer.high_value": high,
            "customer.price_sensitive": sensitive,
        }
        for number, city, province, level, age, high, sensitive in PEOPLE
    ]


@pytest.fixture
def people() -> list[Mapping[str, Cell]]:
    return rows()


@pytest.fixture
def layer(index: ModelIndex) -> PeopleInMemory:
    return PeopleInMemory(index, {"customer": rows(), "order": ()})


@pytest.fixture
def layer_with(index: ModelIndex) -> Callable[..., PeopleInMemory]:
    return lambda **more: PeopleInMemory(index, {"customer": rows(), "order": ()}, **more)


@pytest.fixture
def policy() -> Policy:
    return Policy(
        roles=(
            RolePolicy(name="analyst"),
            RolePolicy(name="marketer", export_contact_for=("sms",)),
            RolePolicy(name="viewer", export=False),
        ),
        purposes=("sms", "analysis"),
        purpose_details=(
            Purpose(name="sms", label=Text("短信营销", "SMS marketing")),
            Purpose(name="analysis", label=Text("内部分析", "internal analysis")),
        ),
    )


@pytest.fixture
def ana() -> User:
    return User(name="ana", roles=("analyst",))


@pytest.fixture
def mia() -> User:
    return User(name="mia", roles=("marketer",))
