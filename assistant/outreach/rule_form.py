"""The numbers of a rule of contact as a form shows them, and the rule that comes out of what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Final

from assistant.outreach.wishes import number, whole
from semantic_layer.errors import Text
from tools.campaigns.rules import Rule

_LABELS: Final = MappingProxyType(
    {
        "most": Text("最多几次", "most messages"),
        "hours": Text("几小时之内", "in so many hours"),
        "start": Text("开始（时:分）", "from (hour:minute)"),
        "end": Text("结束（时:分）", "until (hour:minute)"),
        "share": Text("占比（%）", "share (%)"),
        "people": Text("最少人数", "fewest people"),
    }
)
"""The parts of rules that can be changed on a page, by their names in `tools.campaigns.rules`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleField:
    """One number of a rule, as text."""

    name: str
    label: Text
    value: str


def rule_fields(rule: Rule) -> tuple[RuleField, ...]:
    """What can be changed in a rule; nothing for one that is only on or off."""
    return tuple(
        RuleField(name=one.name, label=_LABELS[one.name], value=_shown(one.name, getattr(rule, one.name)))
        for one in fields(rule)
        if one.name in _LABELS
    )


def rule_with(rule: Rule, typed: Mapping[str, str]) -> Rule:
    """The rule with what was typed; parts that were not sent stay. Raises `InvalidPlanError` for what is no number."""
    values: dict[str, object] = {}
    for one in rule_fields(rule):
        said = typed.get(one.name, one.value)
        match getattr(rule, one.name):
            case str():
                values[one.name] = said.strip()
            case float():
                values[one.name] = number(said, one.label) / 100
            case _:
                values[one.name] = whole(said, one.label)
    return replace(rule, **values)  # type: ignore[arg-type]  # each of the type that it had


def _shown(name: str, value: object) -> str:
    return f"{float(str(value)) * 100:g}" if name == "share" else str(value)
