"""A company that writes to its customers, small enough to say by hand who gets a message and who does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path

import duckdb

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.outreach import Channel, Goal, History, Outreach
from semantic_layer.model.types import (
    Aggregation,
    AttributeBody,
    Column,
    ColumnType,
    Conventions,
    Dimension,
    DimensionKind,
    Entity,
    Measure,
    Metric,
    Relationship,
    SemanticModel,
    Sensitivity,
    Simple,
    Tag,
    TagCategory,
    TagKind,
    Unit,
    Words,
)
from semantic_layer.policy.types import Policy, Purpose, RolePolicy, RowFilter, User
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, Query
from semantic_layer.segments import SegmentsInMemory
from tools.campaigns import CampaignDesk
from tools.campaigns.in_memory import CampaignsInMemory
from tools.campaigns.store import CampaignStore
from tools.destinations.types import Ability, Message, Receipt

S, I, TS, B = ColumnType.STRING, ColumnType.INTEGER, ColumnType.TIMESTAMP, ColumnType.BOOLEAN
TODAY = date(2026, 10, 31)
NOON = datetime(2026, 10, 31, 4, 0, tzinfo=UTC)  # twelve o'clock in Shanghai
SMS = Channel(
    name="短信",
    label=Text("短信", "SMS"),
    kind="sms",
    contact="customer.phone",
    consent="customer.sms_ok",
    purpose="sms",
    cost=0.05,
)
WECOM = Channel(name="企微", label=Text("企微", "WeCom"), kind="wecom", contact="customer.phone", purpose="sms")
MAIL = Channel(name="邮件", label=Text("邮件", "e-mail"), kind="email", contact="customer.email", purpose="mail")
HEALTHY = range(101, 201)  # a hundred people of whom nothing stands in the way
EVERYBODY = Audience(where=Compare("customer.status", "=", "active"))
MIA, DAN, EVE, ANA = (
    User(name="mia", roles=("marketer",)),
    User(name="dan", roles=("boss",)),
    User(name="eve", roles=("marketer",)),
    User(name="ana", roles=("analyst",)),
)
POLICY = Policy(
    roles=(
        RolePolicy(name="marketer", purposes=("sms", "mail"), export_contact_for=("sms", "mail"), send=True),
        RolePolicy(name="boss", approve=True),
        RolePolicy(name="both", approve=True, send=True, export_contact_for=("sms",)),
        RolePolicy(name="intern", send=True),
        RolePolicy(name="root", send=True, see_contact=True, export_contact_for=("sms",)),
        RolePolicy(
            name="west",
            send=True,
            export_contact_for=("sms",),
            row_filters=(RowFilter(entity="customer", where="city = '乌鲁木齐'"),),
        ),
        RolePolicy(name="analyst"),
    ),
    purposes=("sms", "mail"),
    purpose_details=(
        Purpose(name="sms", label=Text("短信营销", "SMS marketing")),
        Purpose(name="mail", label=Text("邮件营销", "e-mail marketing")),
    ),
)

# number, phone, city, level, agrees, what stands in the way
SPECIAL = (
    (1, "13812340001", "上海", "金卡", False),  # did not agree
    (2, "13812340002", "上海", "金卡", True),  # said no to a message
    (3, None, "上海", "金卡", True),  # has no number
    (4, "12345", "上海", "金卡", True),  # has a wrong one
    (5, "13811111111", "上海", "金卡", True),  # has one that is a stand-in
    (6, "13812340006", "上海", "金卡", True),  # was written to once, three days ago
    (7, "13812340007", "上海", "金卡", True),  # got two SMS in seven days
    (8, "13812340008", "上海", "金卡", True),  # got two, of which one is seven days and a minute old
    (9, "13812340009", "上海", "金卡", True),  # got four messages of other channels
    (10, "13812340010", "乌鲁木齐", "金卡", True),  # lives two hours behind
    (11, "13812340011", "上海", "金卡", False),  # did not agree, and said no too
    (12, "13812340012", "上海", None, True),  # has no level
)
MESSAGES = (
    # customer, campaign (1 by SMS, 2 by WeCom), when, said no
    (2, 1, "2026-08-01 10:00:00", True),
    (11, 1, "2026-08-01 10:00:00", True),
    (6, 1, "2026-10-28 09:00:00", False),
    (7, 1, "2026-10-25 09:00:00", False),
    (7, 1, "2026-10-30 09:00:00", False),
    (8, 1, "2026-10-24 11:59:00", False),
    (8, 1, "2026-10-30 09:00:00", False),
    *((9, 2, f"2026-10-{day} 09:00:00", False) for day in (26, 27, 28, 29)),
)


def words(zh: str, en: str) -> Words:
    return Words(label=Text(zh, en))


def dimension(entity: str, name: str, zh: str, kind: DimensionKind = DimensionKind.CATEGORICAL, **more) -> Dimension:
    column_type = more.pop("type", TS if kind is DimensionKind.TIME else S)
    return Dimension(name=name, entity=entity, words=words(zh, name), kind=kind, type=column_type, expr=name, **more)


def entity(name: str, table: str, key: str, columns: dict[str, ColumnType], time: str | None = None) -> Entity:
    guarded = {"phone": Sensitivity.CONTACT, "email": Sensitivity.CONTACT, "nick": Sensitivity.PERSONAL}
    found = tuple(
        Column(name=column, type=kind, sensitivity=guarded.get(column, Sensitivity.NONE))
        for column, kind in columns.items()
    )
    return Entity(
        name=name,
        words=words(name, name),
        table=table,
        primary_key=(key,),
        columns=found,
        time=time,
        label_column="member_no" if name == "customer" else None,
    )


MODEL = SemanticModel(
    name="care",
    words=words("关怀公司", "Care"),
    entities=(
        entity(
            "customer",
            "customers",
            "id",
            dict.fromkeys(("member_no", "nick", "phone", "email", "city", "level", "status"), S)
            | {"id": I, "sms_ok": B},
        ),
        entity("purchase", "purchases", "id", {"id": I, "customer_id": I, "bought_at": TS}, "bought_at"),
        entity("campaign", "campaigns", "id", {"id": I, "name": S, "channel": S, "kind": S, "starts": TS}, "starts"),
        entity(
            "message",
            "messages",
            "id",
            {"id": I, "customer_id": I, "campaign_id": I, "sent_at": TS, "said_no": B},
            "sent_at",
        ),
    ),
    relationships=(
        Relationship(
            name="buyer",
            from_entity="purchase",
            to_entity="customer",
            from_columns=("customer_id",),
            to_columns=("id",),
        ),
        Relationship(
            name="to", from_entity="message", to_entity="customer", from_columns=("customer_id",), to_columns=("id",)
        ),
        Relationship(
            name="of", from_entity="message", to_entity="campaign", from_columns=("campaign_id",), to_columns=("id",)
        ),
    ),
    dimensions=(
        dimension("customer", "member_no", "会员号", DimensionKind.IDENTIFIER),
        dimension("customer", "nick", "昵称", sensitivity=Sensitivity.PERSONAL),
        dimension("customer", "phone", "手机号", DimensionKind.IDENTIFIER, sensitivity=Sensitivity.CONTACT),
        dimension("customer", "email", "邮箱", DimensionKind.IDENTIFIER, sensitivity=Sensitivity.CONTACT),
        dimension("customer", "city", "城市", DimensionKind.GEOGRAPHIC),
        dimension("customer", "level", "会员等级"),
        dimension("customer", "status", "状态"),
        dimension("purchase", "bought_at", "购买时间", DimensionKind.TIME),
        dimension("campaign", "name", "活动名称"),
        dimension("campaign", "channel", "活动渠道"),
        dimension("campaign", "kind", "活动类型"),
        dimension("campaign", "starts", "开始", DimensionKind.TIME),
        dimension("message", "sent_at", "发送时间", DimensionKind.TIME),
        dimension("message", "said_no", "是否退订", type=B),
    ),
    metrics=(
        Metric(
            name="purchases",
            words=words("购买次数", "purchases"),
            unit=Unit.COUNT,
            body=Simple(measures=(Measure(entity="purchase", agg=Aggregation.COUNT),)),
        ),
    ),
    tags=(
        Tag(
            name="sms_ok",
            entity="customer",
            words=words("同意短信", "agrees to SMS"),
            kind=TagKind.ATTRIBUTE,
            category=TagCategory.SOCIAL,
            body=AttributeBody(expr="sms_ok"),
        ),
    ),
    customer_entity="customer",
    conventions=Conventions(as_of=TODAY.isoformat()),
    outreach=Outreach(
        channels=(SMS, WECOM, MAIL),
        goal=Goal(converts="purchases", days=30),
        history=History(
            campaign="campaign",
            name="campaign.name",
            starts="campaign.starts",
            channel="campaign.channel",
            kind="campaign.kind",
            message="message",
            sent="message.sent_at",
            unsubscribed="message.said_no",
        ),
    ),
)


class Sink:
    """A destination that nothing is sent to; `stands` is what stands in its way."""

    name = "file"
    label = Text("文件", "file")
    ability = Ability()

    def __init__(self) -> None:
        self.stands: tuple[Text, ...] = ()

    def check(self) -> tuple[Text, ...]:
        return self.stands

    def preview(self, messages: tuple[Message, ...]) -> str:
        return str(len(messages))

    def send(self, messages: tuple[Message, ...]) -> tuple[Receipt, ...]:
        return ()

    def close(self) -> None:
        return


class Office:
    """The company with a desk, a clock that tests move, and a destination."""

    def __init__(self, layer: Remembered, store: CampaignStore | None = None) -> None:
        self.layer = layer
        self.now = NOON
        self.sink = Sink()
        self.gone: set[str] = set()
        ids = count(1)
        self.store = store or CampaignsInMemory()
        self.desk = CampaignDesk(
            self.store,
            layer,
            "care",
            layer_under=lambda policy: under(layer, policy),
            destinations={"file": self.sink},
            clock=lambda: self.now,
            new_id=lambda: f"c{next(ids)}",
            as_now=lambda user: replace(user, roles=()) if user.name in self.gone else user,
        )

    def draft(self, **more):
        """A draft to everybody by SMS that says something."""
        said = {"audience": EVERYBODY, "channel": "短信", "name": "秋天", "content": "秋天好，拒收请回复R"} | more
        return self.desk.draft(StartCampaign(**said), MIA).campaign

    def approved(self, **more):
        campaign = self.draft(**more)
        self.desk.submit(campaign.id, MIA)
        return self.desk.approve(campaign.id, DAN)

    def started(self, **more):
        return self.desk.start(self.approved(**more).id, MIA)


class Remembered:
    """The layer, which asks the same of data that never changes once for all tests."""

    def __init__(self, layer: SemanticLayer) -> None:
        self.layer = layer
        self.index, self.policy, self.as_of = layer.index, layer.policy, layer.as_of
        self.calendar, self.may_use, self.people = layer.calendar, layer.may_use, layer.people
        self._found: dict[object, object] = {}

    def key_array(self, audience: Audience, user: User, *, cancel=None):
        return self._once(self.layer.key_array, audience, user)

    def columns(self, query: Query, user: User, *, cancel=None):
        return self._once(self.layer.columns, query, user)

    def _once(self, ask, of, user: User):
        found = (of, user.roles)
        if found not in self._found:
            self._found[found] = ask(of, user)
        return self._found[found]


@lru_cache(maxsize=8)
def under(layer: Remembered, policy: Policy) -> Remembered:
    old = layer.layer
    return Remembered(SemanticLayer(old.index, policy, old.engine, TODAY, old.segments))


@contextmanager
def company(folder: Path) -> Iterator[Remembered]:
    """The layer over the people above and a hundred more."""
    path = folder / "care.duckdb"
    with duckdb.connect(str(path)) as data:
        data.execute(
            "CREATE TABLE customers (id INTEGER, member_no VARCHAR, nick VARCHAR, phone VARCHAR, email VARCHAR, city VARCHAR,"
            " level VARCHAR, status VARCHAR, sms_ok BOOLEAN);"
            "CREATE TABLE purchases (id INTEGER, customer_id INTEGER, bought_at TIMESTAMP);"
            "CREATE TABLE campaigns (id INTEGER, name VARCHAR, channel VARCHAR, kind VARCHAR, starts TIMESTAMP);"
            "CREATE TABLE messages (id INTEGER, customer_id INTEGER, campaign_id INTEGER, sent_at TIMESTAMP, said_no BOOLEAN)"
        )
        plain = [(key, f"139{key:08}", "上海", "银卡", True) for key in HEALTHY]
        data.executemany(
            "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?)",
            [
                (key, f"M{key:03}", f"N{key}", phone, f"m{key}@example.com", city, level, ok)
                for key, phone, city, level, ok in (*SPECIAL, *plain)
            ],
        )
        data.execute(
            "INSERT INTO customers VALUES (900, 'M900', 'N', '13900000900', NULL, '上海', '银卡', 'gone', TRUE)"
        )
        data.execute(
            "INSERT INTO campaigns VALUES (1, '旧活动', '短信', '促销', '2026-08-01'), (2, '企微日常', '企微', '关怀', '2026-10-26')"
        )
        data.executemany(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?)", [(number, *row) for number, row in enumerate(MESSAGES)]
        )
        # A quarter of the hundred bought in the last thirty days.
        data.executemany(
            "INSERT INTO purchases VALUES (?, ?, '2026-10-15 12:00:00')",
            [(key, key) for key in HEALTHY if key % 4 == 0],
        )
    engine = DuckDBEngine(path)
    try:
        yield Remembered(SemanticLayer(ModelIndex(MODEL), POLICY, engine, TODAY, SegmentsInMemory()))
    finally:
        engine.close()
