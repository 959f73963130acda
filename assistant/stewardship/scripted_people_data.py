"""The people that the scripted port knows at the beginning: their records, links, moments and the pairs that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from assistant.stewardship.people import IdentityRule, LevelSpan, Moment, PairQuestion, TagLine, Tier
from assistant.stewardship.types import Shown
from semantic_layer.errors import Text

CRM: Final = Text("会员系统", "Member system")
SHOP: Final = Text("商城订单", "Shop orders")
TICKETS: Final = Text("客服工单", "Service tickets")
WECOM: Final = Text("企业微信", "WeCom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record as it is kept, with its values open."""

    id: str
    source: Text
    row: str
    name: str
    phone: str
    email: str = ""
    city: str = ""
    member_no: str = ""
    observed_at: datetime = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
    tier: Tier | None = "exact"


RECORDS: Final = (
    Kept(id="crm/31", source=CRM, row="31", name="林晓芳", phone="13912345678", email="lin.xf@example.com", city="上海", member_no="QH20260031"),
    Kept(id="shop/D20261031", source=SHOP, row="D20261031", name="林晓芳", phone="13912345678", city="上海"),
    Kept(id="tickets/T-884", source=TICKETS, row="T-884", name="林女士", phone="13912345678", tier="exact"),
    Kept(id="wecom/wm_7c", source=WECOM, row="wm_7c", name="晓芳", phone="", email="lin.xf@example.com", tier="strict"),
    Kept(id="shop/D20260618", source=SHOP, row="D20260618", name="周建", phone="13912345678", city="上海", tier="loose"),
    Kept(id="crm/107", source=CRM, row="107", name="王建国", phone="13700001111", email="wjg@example.com", city="成都", member_no="QH20260107"),
    Kept(id="shop/D20261009", source=SHOP, row="D20261009", name="王建國", phone="13700001111", city="成都", tier="strict"),
    Kept(id="crm/212", source=CRM, row="212", name="陈静", phone="13655552222", email="chenjing@example.com", city="杭州", member_no="QH20260212"),
    Kept(id="shop/D20260911", source=SHOP, row="D20260911", name="陈静", phone="13655553333", email="chenjing@example.com", city="杭州", tier=None),
)  # fmt: skip

MEMBERS: Final = {
    1001: ("crm/31", "shop/D20261031", "tickets/T-884", "wecom/wm_7c", "shop/D20260618"),
    1002: ("crm/107", "shop/D20261009"),
    1003: ("crm/212",),
    1004: ("shop/D20260911",),
}

EVIDENCE: Final = {
    ("crm/31", "shop/D20261031"): ("exact", Text("手机号完全相同，姓名也相同。", "The phone number is the same, and so is the name.")),
    ("crm/31", "tickets/T-884"): ("exact", Text("手机号完全相同，称呼与姓相符。", "The phone number is the same, and the form of address fits the surname.")),
    ("crm/31", "wecom/wm_7c"): ("strict", Text("邮箱相同，昵称是名字的一部分。", "The e-mail is the same, and the nickname is part of the name.")),
    ("shop/D20261031", "shop/D20260618"): ("loose", Text("手机号和城市相同，但收件人的姓名不同。", "Phone and city are the same, but the recipient has another name.")),
    ("crm/107", "shop/D20261009"): ("strict", Text("手机号相同，姓名只有简体和繁体之差。", "The phone is the same; the names differ only in simplified and traditional writing.")),
}  # fmt: skip

TAGS: Final = (
    TagLine(name="high_value", label=Text("高价值客户", "High-value customer"), value=Text("是", "yes"), as_of=date(2026, 10, 31)),
    TagLine(name="churn_risk", label=Text("流失风险", "Churn risk"), value=Text("中", "medium"), as_of=date(2026, 10, 31)),
    TagLine(name="level", label=Text("会员等级", "Member level"), value=Text("金卡", "Gold"), as_of=date(2026, 10, 31)),
    TagLine(name="category", label=Text("品类偏好", "Favourite category"), value=Text("母婴", "Mother and baby"), as_of=date(2026, 10, 29), stale=True),
)  # fmt: skip

LEVEL: Final = Text("会员等级", "Member level")
LEVELS: Final = (
    LevelSpan(tag=LEVEL, value=Text("金卡", "Gold"), since=date(2026, 6, 19), until=None),
    LevelSpan(tag=LEVEL, value=Text("银卡", "Silver"), since=date(2025, 11, 12), until=date(2026, 6, 19)),
    LevelSpan(tag=LEVEL, value=Text("普通", "Basic"), since=date(2025, 3, 2), until=date(2025, 11, 12)),
)

MOMENTS: Final = (
    Moment(at=datetime(2026, 10, 31, 12, 4, tzinfo=UTC), kind="order", text=Text("下单 ¥268.00，2 件", "Ordered 2 items for ¥268.00"), source=SHOP, detail=Text("D20261031 · 天猫", "D20261031 · Tmall")),
    Moment(at=datetime(2026, 10, 28, 9, 12, tzinfo=UTC), kind="message", text=Text("收到「双11 预售」短信", "Got the text message “11.11 presale”"), source=WECOM),
    Moment(at=datetime(2026, 10, 20, 15, 40, tzinfo=UTC), kind="ticket", text=Text("工单：物流三天没有更新", "Ticket: no news of the parcel for three days"), source=TICKETS, detail=Text("T-884 · 已解决", "T-884 · solved")),
    Moment(at=datetime(2026, 10, 18, 20, 2, tzinfo=UTC), kind="event", text=Text("在应用里看了 6 件母婴商品", "Looked at 6 mother-and-baby products in the app"), source=Text("应用", "App")),
    Moment(at=datetime(2026, 6, 19, 0, 0, tzinfo=UTC), kind="level", text=Text("升为金卡", "Became Gold"), source=CRM),
    Moment(at=datetime(2026, 6, 18, 10, 30, tzinfo=UTC), kind="order", text=Text("下单 ¥1,299.00，1 件", "Ordered 1 item for ¥1,299.00"), source=SHOP, detail=Text("D20260618 · 小程序", "D20260618 · mini program")),
)  # fmt: skip


def _compared(
    *rows: tuple[Text, str, str, bool | None],
) -> tuple[tuple[Text, Shown, Shown, bool | None], ...]:
    return tuple((label, Shown(left), Shown(right), agrees) for label, left, right, agrees in rows)


NAME, PHONE, EMAIL, CITY = Text("姓名", "Name"), Text("手机", "Phone"), Text("邮箱", "E-mail"), Text("城市", "City")
PAIRS: Final = {
    "p1": (
        (1003, 1004),
        PairQuestion(
            id="p1", left=CRM, right=SHOP, probability=0.93, touches=2,
            evidence=Text("姓名、邮箱和城市相同，手机号不同，可能换过号码。", "Name, e-mail and city agree; the phones differ, perhaps a new number."),
            compared=_compared((NAME, "陈静", "陈静", True), (PHONE, "13655552222", "13655553333", False), (EMAIL, "chenjing@example.com", "chenjing@example.com", True), (CITY, "杭州", "杭州", True)),
        ),
    ),
    "p2": (
        (1001, 1002),
        PairQuestion(
            id="p2", left=CRM, right=TICKETS, probability=0.61, touches=2,
            evidence=Text("姓名读音相近，城市相同，没有共同的号码。", "The names sound alike and the city agrees; no number in common."),
            compared=_compared((NAME, "王建国", "王健国", False), (PHONE, "13700001111", "", None), (CITY, "成都", "成都", True)),
        ),
    ),
}  # fmt: skip

RULES: Final = (
    IdentityRule(name="member", label=Text("会员号相同", "Same member number"), meaning=Text("会员号一人一号，直接认定为同一人。", "One number for one person: the same person at once."), tier="exact", on=True, links=20_112),
    IdentityRule(name="phone_name", label=Text("手机号和姓名相同", "Same phone and name"), meaning=Text("同一号码出现在十个以上的人名下时不算。", "Not for numbers that stand with more than ten people."), tier="exact", on=True, links=9_840),
    IdentityRule(name="email", label=Text("邮箱相同", "Same e-mail"), meaning=Text("姓名不矛盾时才算。", "Where the names do not contradict it."), tier="strict", on=True, links=3_212),
    IdentityRule(name="phone_city", label=Text("手机号和城市相同", "Same phone and city"), meaning=Text("家人常共用一个号码，只作为宽松的连接。", "Families share numbers: a loose link only."), tier="loose", on=False, links=0),
)  # fmt: skip
