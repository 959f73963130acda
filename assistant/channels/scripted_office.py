"""Roles and a month of questions that need no data: what administrators look at over the scripted workspace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from assistant.channels.role_cards import RoleCard, RowLimit
from assistant.channels.scripted_access import SEEN
from assistant.observability.audit import Asked, OutcomeKind
from semantic_layer.errors import Text

ROLES: Final = (
    RoleCard(
        name="analyst",
        label=Text("分析师", "analyst"),
        description=Text("看全部业务数据，不看姓名和联系方式。", "All business data, no names or contacts."),
        masked=(Text("姓名", "name"), Text("手机", "phone")),
    ),
    RoleCard(
        name="region_east",
        label=Text("华东区域经理", "East China manager"),
        description=Text("只看华东的客户及其交易。", "Only customers of East China and what they did."),
        entities=(Text("客户", "customer"), Text("订单", "order")),
        masked=(Text("手机", "phone"),),
        rows=(
            RowLimit(
                entity=Text("客户", "customer"),
                words=Text("大区 = 华东", "region = 华东"),
                where="city.region = '华东'",
            ),
        ),
        hidden=(Text("毛利", "gross profit"),),
        export=False,
        small_groups=False,
    ),
    RoleCard(
        name="service_agent",
        label=Text("客服主管", "service lead"),
        description=Text("可以看到客户是谁，用于服务补救。", "Sees who a customer is, to put things right."),
        purposes=(Text("服务补救", "service recovery"), Text("内部分析", "internal analysis")),
        contacts_for=(Text("服务补救", "service recovery"),),
        review=True,
    ),
)
_ASKED: Final[tuple[tuple[str, OutcomeKind, str, tuple[str, ...]], ...]] = (
    ("上海有流失风险的高价值客户有哪些？", "answer", "rules", ()),
    ("上个月各大区销售额跟去年同期比", "answer", "reviewed", ()),
    ("", "answer", "", ()),
    ("Which customers love the brand?", "answer", "model small-1", ()),
    ("有多少鲸鱼客户？", "clarification", "rules", ("鲸鱼",)),
    ("明年会卖多少？", "refusal", "rules", ()),
    ("复购率", "answer", "both small-1", ()),
)
_DOORS: Final = ("page", "page", "page", "slack", "http", "page", "mcp")


def roles(data_set: str) -> tuple[RoleCard, ...]:
    """The second data set has two of the three roles."""
    return ROLES if data_set == "retail" else ROLES[:2]


class ScriptedUsage:
    """A month of questions up to `now`: more on weekdays, the same for everybody who looks."""

    def __init__(self, now: datetime = SEEN, days: int = 30) -> None:
        self._now = now
        self._days = days

    def entries(self, since: datetime, until: datetime) -> tuple[Asked, ...]:
        return tuple(one for one in self._all() if since <= one.at < until)

    def _all(self) -> Iterator[Asked]:
        for back in reversed(range(self._days)):
            day = self._now - timedelta(days=back, hours=1)
            many = (4 if day.weekday() > 4 else 14) + 5 * back % 7  # Saturday and Sunday
            for number in range(many):
                question, outcome, by, unexplained = _ASKED[(number + back) % len(_ASKED)]
                slow = by.startswith(("model", "both"))
                yield Asked(
                    id=f"q{back}-{number}",
                    who=("ana", "wei", "lin", "ana")[number % 4],
                    at=day + timedelta(seconds=number),
                    data_set="second" if number % 5 == 4 else "retail",
                    question=question,
                    outcome="error" if (number, back % 9) == (3, 4) else outcome,
                    milliseconds=(1800.0 if slow else 140.0) + 37 * number + 11 * (back % 5),
                    unexplained=unexplained,
                    refused="not_yet" if outcome == "refusal" else "",
                    understood_by=by,
                    tokens=1200.0 if slow else 0.0,
                    cost=0.0006 if slow else 0.0,
                    via=_DOORS[number % len(_DOORS)],
                )
