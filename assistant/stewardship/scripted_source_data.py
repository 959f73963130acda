"""What the scripted sources hold at the beginning: four sources, rows in quarantine, two questions about columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from assistant.stewardship.scripted_book import BOOK
from assistant.stewardship.sources import DriftAnswer, DriftQuestion, QuarantineRow, SourceRow, SourceState
from assistant.stewardship.types import Shown
from semantic_layer.errors import Text
from semantic_layer.ingestion.sources.types import SourceKind

LOADED: Final = datetime(2026, 10, 31, 3, 12, tzinfo=UTC)


def first_sources() -> dict[str, SourceRow]:
    rows = (
        SourceRow(
            name="tickets", label=Text("客服工单", "Service tickets"), kind=SourceKind.EXCEL, address="tickets/*.xlsx",
            owner="赵琳", state=SourceState.HELD, score=88.1, trend=(90.2, 91.0, 90.4, 89.6, 88.1), loaded_at=LOADED,
            rows=8_204, drift=2,
            said=Text("10 月的文件里，列「手机号」不见了，多了一列「联系电话」。", "The October file has no column “手机号” but a new one, “联系电话”."),
        ),
        SourceRow(
            name="shop_orders", label=Text("商城订单", "Shop orders"), kind=SourceKind.CSV, address="orders/2026-*.csv",
            owner="陈浩", state=SourceState.GOOD, score=91.6, trend=(84.0, 86.3, 85.1, 90.8, 91.6), loaded_at=LOADED,
            rows=118_422, quarantined=len(first_quarantine()),
        ),
        SourceRow(
            name="crm_members", label=Text("会员系统", "Member system"), kind=SourceKind.POSTGRESQL,
            address="postgresql://crm.internal/members", owner="王敏", state=SourceState.GOOD, score=97.3,
            trend=(96.8, 97.0, 97.1, 97.3, 97.3), loaded_at=LOADED, rows=20_112,
        ),
        SourceRow(
            name="wecom", label=Text("企业微信", "WeCom contacts"), kind=SourceKind.HTTP, address="https://wecom.internal/contacts",
            owner="赵琳", state=SourceState.NEW, said=Text("还没有导入过。", "Never loaded."),
        ),
    )  # fmt: skip
    return {row.name: row for row in rows}


def first_quarantine() -> dict[str, tuple[QuarantineRow, str]]:
    """Waiting rows with the value itself, which only those see who may."""
    phone, paid, day = (next(each.label for each in BOOK if each.name == n) for n in ("phone", "amount", "order_date"))
    fake = Text("不像真号码：同一号码出现在 214 行里。", "Not likely a real number: it stands in 214 rows.")
    ask = Text("向客户核实号码，或忽略这一格。", "Ask the customer for the number, or ignore this cell.")
    bad_day = Text("2 月没有 31 日。", "February has no 31st.")
    right_day = Text("写成「年-月-日」，例如 2026-02-28。", "Write year-month-day, for example 2026-02-28.")
    odd = Text("金额比平时高 100 倍以上。", "More than 100 times the usual amount.")
    check = Text("核对小数点，或确认无误后忽略。", "Check the decimal point, or ignore it when it is right.")
    rows = [
        ("q1", 118, "date_format", "order_date", day, "2026-02-31", bad_day, right_day, True),
        ("q2", 402, "fake_value", "phone", phone, "13800138000", fake, ask, False),
        ("q3", 977, "fake_value", "phone", phone, "13800138000", fake, ask, False),
        ("q4", 1204, "range", "amount", paid, "2680000", odd, check, True),
    ]
    rows += [(f"q{n}", 1300 + n, "fake_value", "phone", phone, "13900000000", fake, ask, False) for n in range(5, 29)]
    return {
        ref: (
            QuarantineRow(
                id=ref, place=f"orders/2026-10.csv:{line}", rule=rule, field=name, field_label=label, value=Shown(""),
                reason=reason, remedy=remedy, held=held, found_at=LOADED,
            ),
            value,
        )
        for ref, line, rule, name, label, value, reason, remedy, held in rows
    }  # fmt: skip


RULES: Final = {
    "date_format": Text("日期格式", "Date format"),
    "fake_value": Text("虚假号码", "Fake numbers"),
    "range": Text("数值范围", "Range"),
    "unique": Text("不重复", "Unique"),
    "not_null": Text("必填", "Required"),
}


def first_drift() -> dict[str, DriftQuestion]:
    return {
        "d1": DriftQuestion(
            id="d1", kind="renamed", found_at=LOADED, examples=(Shown("139••••78", masked=True),),
            question=Text("「联系电话」就是原来的「手机号」吗？98% 的值写法相同。", "Is “联系电话” the former “手机号”? 98% of its values look the same."),
            answers=(
                DriftAnswer(id="same", label=Text("是，改名了", "Yes, it was renamed"), effect=Text("继续填入「手机」，旧名也记住。", "It goes on filling “Phone”, and the old name is remembered.")),
                DriftAnswer(id="new", label=Text("不是，是新列", "No, it is new"), effect=Text("「手机」从这个来源不再更新，新列先不用。", "“Phone” is no longer filled from here, and the new column is not used yet.")),
            ),
        ),
        "d2": DriftQuestion(
            id="d2", kind="added", found_at=LOADED, examples=(Shown("物流"), Shown("退款")),
            question=Text("多了一列「问题类型」。要用它吗？", "There is a new column “问题类型”. Is it to be used?"),
            answers=(
                DriftAnswer(id="ignore", label=Text("先不用", "Not now"), effect=Text("原值仍保存，随时可以启用。", "Its values are kept and can be used at any time.")),
                DriftAnswer(id="use", label=Text("作为新字段", "As a new field"), effect=Text("在字段标准里加一个字段，等待审核。", "A field is added to the standard and waits for review.")),
            ),
        ),
    }  # fmt: skip
