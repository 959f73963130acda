"""The fields, proposals and draft that the scripted sources know of: data only, no behaviour but how values are masked."""

from __future__ import annotations

import re
from typing import Final

from assistant.stewardship.sources import BookField, DraftRow, MappingProposal
from assistant.stewardship.types import Shown
from semantic_layer.errors import Text

TEXT: Final = Text("文本", "text")
NUMBER: Final = Text("数字", "number")
MONEY: Final = Text("金额", "amount")
DAY: Final = Text("日期", "date")

CRM: Final = Text("会员系统", "Member system")
SHOP: Final = Text("商城订单", "Shop orders")

BOOK: Final = (
    BookField(
        name="member_no", label=Text("会员号", "Member number"), type=TEXT, owner="王敏", identifies=True,
        meaning=Text("会员系统发给每位会员的号码，一人一号。", "The number that the member system gives to each member."),
        format=Text("QH 加 8 位数字", "QH and 8 digits"), examples=("QH20260031",), filled_by=(CRM, SHOP),
    ),
    BookField(
        name="name", label=Text("姓名", "Name"), type=TEXT, owner="王敏", personal=True,
        meaning=Text("客户自己填写的姓名。", "The name as customers write it."), examples=("林晓芳",), filled_by=(CRM,),
    ),
    BookField(
        name="phone", label=Text("手机", "Phone"), type=TEXT, owner="王敏", identifies=True, personal=True,
        meaning=Text("能收短信的手机号码。", "A mobile number that takes text messages."),
        format=Text("国际格式：+86 加 11 位", "international: +86 and 11 digits"), examples=("+8613912345678",),
        filled_by=(CRM, SHOP),
    ),
    BookField(
        name="email", label=Text("邮箱", "E-mail"), type=TEXT, owner="王敏", identifies=True, personal=True,
        meaning=Text("客户的电子邮箱。", "The customer's e-mail address."), format=Text("小写", "lower case"),
        examples=("lin@example.com",), filled_by=(CRM,),
    ),
    BookField(
        name="gender", label=Text("性别", "Gender"), type=TEXT, owner="王敏", values=("女", "男"),
        meaning=Text("客户填写的性别，没填为空。", "As the customer said; empty when not said."), filled_by=(CRM,),
    ),
    BookField(
        name="birthday", label=Text("生日", "Birthday"), type=DAY, owner="王敏", personal=True,
        meaning=Text("出生日期。", "Date of birth."), format=Text("年-月-日", "year-month-day"), examples=("1990-05-17",),
        filled_by=(CRM,),
    ),
    BookField(
        name="city", label=Text("城市", "City"), type=TEXT, owner="陈浩", examples=("上海", "成都"),
        meaning=Text("常住城市，从地址得出。", "City of residence, taken from the address."), filled_by=(CRM,),
    ),
    BookField(
        name="order_no", label=Text("订单号", "Order number"), type=TEXT, owner="陈浩", examples=("D2026103100017",),
        meaning=Text("商城里一笔订单的号码。", "The number of one order in the shop."), filled_by=(SHOP,),
    ),
    BookField(
        name="order_date", label=Text("下单日期", "Order date"), type=DAY, owner="陈浩", examples=("2026-10-31",),
        meaning=Text("付款成功的日期。", "The day of payment."), format=Text("年-月-日", "year-month-day"),
        filled_by=(SHOP,),
    ),
    BookField(
        name="amount", label=Text("实付金额", "Amount paid"), type=MONEY, owner="陈浩", examples=("268.00",),
        meaning=Text("扣除优惠后的金额，单位元。", "After discounts, in yuan."), filled_by=(SHOP,),
    ),
)  # fmt: skip

_NAMES: Final = {
    "member_no": ("member", "vip", "会员"),
    "name": ("cust_nm", "name", "姓名", "客户名"),
    "phone": ("phone", "mobile", "tel", "手机", "电话"),
    "email": ("mail", "邮箱"),
    "gender": ("gender", "sex", "性别"),
    "birthday": ("birth", "生日"),
    "city": ("city", "城市"),
    "order_no": ("order_no", "order_id", "订单号"),
    "order_date": ("date", "日期", "时间"),
    "amount": ("amount", "amt", "paid", "金额", "实付"),
}
_LABELS: Final = {each.name: each.label for each in BOOK}


def proposal(column: str, taken: set[str]) -> MappingProposal:
    """The first field whose names stand in the column's name and that is not taken yet."""
    folded = column.casefold()
    fits = [field for field, words in _NAMES.items() if any(word in folded for word in words)]
    free = [field for field in fits if field not in taken]
    if not free:
        why = Text(
            "名称和内容都不像标准里的任何字段。", "Neither its name nor its values are like a field of the standard."
        )
        return MappingProposal(column=column, field="", score=0.0, why=why)
    label = _LABELS[free[0]]
    why = Text(
        f"列名与「{label.zh}」的别名一致，值的格式相符。",
        f"Its name is another name of “{label.en}”, and the values fit.",
    )
    score = 0.97 if folded in _NAMES[free[0]] else 0.86
    return MappingProposal(column=column, field=free[0], score=score, why=why, others=tuple(free[1:]))


def contact(value: str) -> bool:
    """Whether a value looks like a phone number or an e-mail address."""
    return "@" in value or re.fullmatch(r"\+?\d{11,14}", value) is not None


def masked(value: str) -> str:
    """The first and last characters only: enough to tell two values apart, not to use one."""
    if "@" in value:
        front, _, host = value.partition("@")
        return f"{front[:1]}•••@{host}"
    return f"{value[:3]}••••{value[-2:]}" if len(value) > 6 else f"{value[:1]}••"


def shown(value: str, *, open_: bool) -> Shown:
    """A value for a person who may (`open_`) or may not see contacts."""
    return Shown(value) if open_ or not contact(value) else Shown(masked(value), masked=True)


DRAFT: Final = (
    DraftRow(
        id="r1", kind="entity", label=Text("客户", "Customer"), details="customers(cust_id)", synonyms=("会员", "member"),
        why=Text("cust_id 唯一且不为空，三张表引用它。", "cust_id is unique and never empty; three tables refer to it."),
        examples=(Shown("C000017"), Shown("C000018")),
    ),
    DraftRow(
        id="r2", kind="relationship", label=Text("订单 → 客户", "Order → customer"), details="orders.cust_id = customers.cust_id",
        why=Text("99.8% 的值都能在客户表找到。", "99.8% of the values are found in the customers table."),
        examples=(Shown("C000017"),),
    ),
    DraftRow(
        id="r3", kind="dimension", label=Text("客户名称", "Customer name"), details="customers.cust_nm",
        why=Text("cust_nm 拆成 cust（客户）和 nm（名称）；含个人信息。", "cust_nm reads as customer name; holds personal data."),
        examples=(Shown("林晓芳"), Shown("王建国")), synonyms=("姓名", "name"),
    ),
    DraftRow(
        id="r4", kind="metric", label=Text("销售额", "Sales"), details="sum(orders.pay_amt)",
        why=Text("pay_amt 是带两位小数的金额，可以相加。", "pay_amt is an amount with two decimals, and adds up."),
        examples=(Shown("268.00"), Shown("59.90")), synonyms=("成交额", "revenue"),
    ),
    DraftRow(
        id="r5", kind="tag", label=Text("近 90 天有订单", "Ordered within 90 days"), details="count(orders, 90 days) ≥ 1",
        why=Text("订单表有日期和客户。", "The orders have dates and customers."), examples=(Shown("4,310"),),
    ),
)  # fmt: skip
