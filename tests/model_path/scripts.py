"""Questions in words that no definition holds, what a model should make of each, and the right numbers by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Step = Mapping[str, Any]

LAST_MONTH = {"is": "calendar", "unit": "month", "offset": -1}
THIS_YEAR = {"is": "calendar", "unit": "year"}


def condition(name: str, value: object) -> Step:
    return {"is": "compare", "field": name, "op": "=", "value": value}


def query(*metrics: str, **parts: Any) -> Step:
    return {"is": "query", "metrics": list(metrics), **parts}


def people(where: Step | None, entity: str = "customer") -> Step:
    audience = {"is": "audience", "entity": entity} | ({"where": where} if where else {})
    return {"is": "list_people", "audience": audience}


def form(kind: str, **parts: Any) -> str:
    """The long form, filled in."""
    empty = {"kind": kind, "words": [], "plan": None, "question": None, "options": [], "reason": None}
    return json.dumps(empty | parts, ensure_ascii=False)


def planned(*steps: Step, words: Mapping[str, str]) -> str:
    """A plan as a model writes it; `words` are what it took the unknown words for."""
    listed = [{"said": said, "means": means} for said, means in words.items()]
    return form("plan", plan={"steps": list(steps)}, words=listed)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question, the plan that is meant, and the rows of a statement by hand; `brief` is the short form."""

    text: str
    step: Step
    words: Mapping[str, str]
    sql: str
    brief: Mapping[str, str]

    @property
    def long(self) -> str:
        return planned(self.step, words=self.words)

    @property
    def short(self) -> str:
        return json.dumps(self.brief, ensure_ascii=False)


GUANGDONG = (
    "SELECT SUM(o.net_amount) FROM orders o JOIN customers c USING (customer_key) JOIN cities t ON c.city = t.city "
    "WHERE t.province = '广东' AND o.ordered_at >= DATE '2026-09-01' AND o.ordered_at < DATE '2026-10-01'"
)
CHANNELS = (
    "SELECT channel, SUM(net_amount) AS n FROM orders "
    "WHERE ordered_at >= DATE '2026-{0}-01' AND ordered_at < DATE '2026-{1}-01' GROUP BY ALL ORDER BY n DESC"
)
BY_CHANNEL = [{"is": "by_field", "field": "order.channel"}]

ZH_CHANNELS = Case(
    text="帮我瞅瞅各渠道带来的钱，只要今年的",
    step=query("sales", by=BY_CHANNEL, time=THIS_YEAR),
    words={"瞅瞅": "-", "带来的钱": "sales"},
    sql=CHANNELS.format("01", "11"),
    brief={"asked": "销售额", "A": "无", "B": "无"},
)
ZH_GUANGDONG = Case(
    text="上个月广东那边捞了几多钱",
    step=query("sales", where=condition("city.province", "广东"), time=LAST_MONTH),
    words={"那边捞了几多钱": "sales"},
    sql=GUANGDONG,
    brief={"asked": "销售额", "A": "无"},
)
EN_CHANNELS = Case(
    text="how much dough did we rake in last month by channel",
    step=query("sales", by=BY_CHANNEL, time=LAST_MONTH),
    words={"how much dough did we rake": "sales"},
    sql=CHANNELS.format("09", "10"),
    brief={"asked": "sales", "A": "nothing"},
)
EN_GUANGDONG = Case(
    text="How much moolah came from Guangdong last month",
    step=query("sales", where=condition("city.province", "广东"), time=LAST_MONTH),
    words={"How much moolah came from": "sales"},
    sql=GUANGDONG,
    brief={"asked": "sales", "A": "nothing"},
)
EN_SILENT = Case(
    text="who has gone quiet lately",
    step=people(condition("customer.lifecycle_stage", "沉默")),
    words={"who has gone quiet lately": "customer.lifecycle_stage"},
    sql="SELECT COUNT(*) FROM customers JOIN customer_tags USING (customer_key) WHERE lifecycle_stage = '沉默'",
    brief={"asked": "list of customers", "A": "lifecycle stage is silent"},
)
CASES = (ZH_CHANNELS, ZH_GUANGDONG, EN_CHANNELS, EN_GUANGDONG, EN_SILENT)


def said_in(case: Case, words: dict[str, str]) -> str:
    return words["zh" if case.text[0] > "z" else "en"]
