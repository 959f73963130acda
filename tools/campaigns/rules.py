"""The rules of contact that a company sets: each kind is a value, said in words, checked before it is kept, kept as JSON."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never, cast
from zoneinfo import ZoneInfo, available_timezones

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.query.codec import Json, kind_name


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyCap:
    """At most `most` messages in any `hours` running hours: on `channel` (on all together when empty), of these `kinds`."""

    most: int
    hours: int
    channel: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Nothing is sent from `start` to `end` (HH:MM; past midnight when `end` is earlier) by the customer's own clock.

    `zones` are (value, zone) pairs of `zone_field`, a field of customers; whoever has none of them has the company's zone.
    """

    start: str = "21:00"
    end: str = "08:00"
    channel: str = ""
    zone_field: str = ""
    zones: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalControl:
    """A standing `share` of all customers who get no marketing at all, so that all of it together can be measured."""

    share: float
    seed: str = "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityRule:
    """Of campaigns whose sending lies within `hours` of each other, the one of higher priority keeps the customer."""

    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastAudience:
    """A campaign that would reach fewer `people` is not sent."""

    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastHoldout:
    """At least this `share` is held back, unless a reason is given."""

    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeded:
    """Only who agreed to `channel` (to each, when empty) is contacted. `transactional`: for messages about a purchase too."""

    channel: str = ""
    transactional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNeeded:
    """A second person approves before anything is sent. `transactional`: messages about a purchase too."""

    transactional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionalOverride:
    """Messages about a purchase pass caps and quiet hours. Whether they count into caps is a separate choice (`counts`)."""

    counts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeText:
    """Marketing on channels of these kinds must hold one of `words`; drafts end with `ending` (Chinese) or `ending_en`."""

    channel_kinds: tuple[str, ...] = ("sms", "email")
    words: tuple[str, ...] = ("退订", "拒收", "unsubscribe", "opt out")
    ending: str = "拒收请回复R"
    ending_en: str = "Reply STOP to unsubscribe"


Rule = (
    FrequencyCap
    | QuietHours
    | GlobalControl
    | PriorityRule
    | LeastAudience
    | LeastHoldout
    | ConsentNeeded
    | ApprovalNeeded
    | TransactionalOverride
    | UnsubscribeText
)
RULES: Final[Mapping[str, type[Rule]]] = {
    kind_name(kind): kind
    for kind in (
        FrequencyCap,
        QuietHours,
        GlobalControl,
        PriorityRule,
        LeastAudience,
        LeastHoldout,
        ConsentNeeded,
        ApprovalNeeded,
        TransactionalOverride,
        UnsubscribeText,
    )
}
"""The kinds of rules by their name in JSON and on screens."""

LONGEST_HOURS: Final = 24 * 92
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_KIND_OF_CHANNEL: Final = ("sms", "email", "wecom", "push", "phone", "webhook")


def said(rule: Rule) -> Text:  # noqa: C901  # one arm for each kind of rule
    """The rule in a sentence."""
    match rule:
        case FrequencyCap(most=most, hours=hours, channel=channel, kinds=kinds):
            zh, en = channel or "全部渠道合计", channel or "all channels together"
            of_zh = f"（{'、'.join(kinds)}）" if kinds else ""
            of_en = f" ({', '.join(kinds)})" if kinds else ""
            window = _window(hours)
            return Text(f"{zh}{of_zh} {window.zh}内最多 {most} 次", f"{en}{of_en}: at most {most} in any {window.en}")
        case QuietHours(start=start, end=end, channel=channel, zone_field=field):
            zh, en = channel or "所有渠道", channel or "all channels"
            zone_zh = "客户所在时区" if field else "公司时区"
            zone_en = "the customer's zone" if field else "the company's zone"
            return Text(f"{zh} {start}–{end}（{zone_zh}）不发送", f"{en}: nothing from {start} to {end} ({zone_en})")
        case GlobalControl(share=share):
            return Text(
                f"全局对照组 {share:.1%}，不收任何营销消息",
                f"A standing control group of {share:.1%} gets no marketing",
            )
        case PriorityRule(hours=hours):
            window = _window(hours)
            return Text(
                f"{window.zh}内的几个活动，客户归优先级高的那个",
                f"Of campaigns within {window.en} of each other, the one of higher priority keeps the customer",
            )
        case LeastAudience(people=people):
            return Text(
                f"可发送少于 {people} 人的活动不发送", f"A campaign that reaches fewer than {people} people is not sent"
            )
        case LeastHoldout(share=share):
            return Text(
                f"对照组至少 {share:.1%}，否则要写明理由", f"At least {share:.1%} are held back, or a reason is given"
            )
        case ConsentNeeded(channel=channel, transactional=both):
            zh, en = channel or "所有渠道", channel or "all channels"
            also_zh, also_en = ("，交易通知也要", ", for transactional messages too") if both else ("", "")
            return Text(f"{zh}只发给同意的客户{also_zh}", f"{en}: only those who agreed are contacted{also_en}")
        case ApprovalNeeded(transactional=both):
            zh, en = ("", "") if both else ("（交易通知除外）", " (transactional messages do not)")
            return Text(f"发送前要由另一个人审批{zh}", f"A second person approves before anything is sent{en}")
        case TransactionalOverride(counts=counts):
            zh, en = (
                ("，但计入频次", ", but count into them")
                if counts
                else ("，也不计入频次", " and do not count into them")
            )
            return Text(f"交易通知不受频次和安静时段限制{zh}", f"Transactional messages pass caps and quiet hours{en}")
        case UnsubscribeText(channel_kinds=kinds):
            return Text(
                f"{'、'.join(kinds)} 营销内容要写明怎样退订", f"Marketing by {', '.join(kinds)} says how to unsubscribe"
            )
        case _:
            assert_never(rule)


def _window(hours: int) -> Text:
    if hours % 24:
        return Text(f"{hours} 小时", f"{hours} hours")
    days = hours // 24
    return Text(f"{days} 天", f"{days} {'day' if days == 1 else 'days'}")


def check(rule: Rule, channels: Sequence[str] = ()) -> None:  # noqa: C901  # one arm for each kind of rule
    """Raises `InvalidPlanError` for a rule that cannot be right, and `UnknownNameError` for an unknown channel or zone."""
    _check_channel(getattr(rule, "channel", ""), channels)
    match rule:
        case FrequencyCap(most=most, hours=hours):
            _between(Text("次数", "the number of messages"), most, 1, 1000)
            _between(Text("时长（小时）", "the window in hours"), hours, 1, LONGEST_HOURS)
        case QuietHours():
            _check_quiet(rule)
        case GlobalControl(share=share):
            _between(Text("全局对照组占比", "the share of the standing control group"), share, 0.001, 0.5)
        case PriorityRule(hours=hours):
            _between(Text("时长（小时）", "the window in hours"), hours, 1, LONGEST_HOURS)
        case LeastAudience(people=people):
            _between(Text("最少人数", "the fewest people"), people, 1, 1_000_000)
        case LeastHoldout(share=share):
            _between(Text("最小对照组占比", "the least share held back"), share, 0, 0.5)
        case UnsubscribeText(channel_kinds=kinds, words=words):
            for kind in kinds:
                if kind not in _KIND_OF_CHANNEL:
                    raise UnknownNameError(Text("渠道种类", "kind of channel"), kind, nearest(kind, _KIND_OF_CHANNEL))
            if not all(word.strip() for word in words) or not words:
                raise InvalidPlanError(Text("请写出至少一个退订字样。", "Give at least one word for unsubscribing."))
        case ConsentNeeded() | ApprovalNeeded() | TransactionalOverride():
            return
        case _:
            assert_never(rule)


def _check_channel(channel: str, channels: Sequence[str]) -> None:
    if channel and channels and channel not in channels:
        raise UnknownNameError(Text("渠道", "channel"), channel, nearest(channel, channels) or channels)


def _check_quiet(rule: QuietHours) -> None:
    for clock in (rule.start, rule.end):
        if not _CLOCK.fullmatch(clock):
            raise InvalidPlanError(
                Text(f"「{clock}」不是 24 小时制的时间，请写成 21:00。", f"{clock!r} is no time of day; write 21:00.")
            )
    if rule.start == rule.end:
        raise InvalidPlanError(
            Text(
                "安静时段的开始和结束相同，就永远不能发送。",
                "Quiet hours that begin and end at the same time never end.",
            )
        )
    known = available_timezones()
    for _, zone in rule.zones:
        if zone not in known:
            raise UnknownNameError(Text("时区", "time zone"), zone, nearest(zone, known))
        ZoneInfo(zone)
    if bool(rule.zones) != bool(rule.zone_field):
        raise InvalidPlanError(
            Text(
                "按客户时区时，要同时给出字段和各取值的时区。",
                "Give both the field and the zone of each of its values.",
            )
        )


def _between(what: Text, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidPlanError(
            Text(
                f"{what.zh}是 {value:g}，应在 {low:g} 到 {high:g} 之间。",
                f"{what.en} is {value:g}; it must lie between {low:g} and {high:g}.",
            )
        )


# ---- as JSON


def rule_to_json(rule: Rule) -> dict[str, Json]:
    return {"is": kind_name(type(rule)), **cast("dict[str, Json]", dataclasses.asdict(rule))}


def rule_from_json(data: Mapping[str, Json]) -> Rule:
    """Raises `InvalidPlanError` that names the part that is missing, unknown or of another type."""
    name = str(data.get("is", ""))
    kind = RULES.get(name)
    if kind is None:
        raise UnknownNameError(Text("规则种类", "kind of rule"), name, nearest(name, RULES) or tuple(RULES))
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for unknown in data.keys() - fields.keys() - {"is"}:
        raise UnknownNameError(Text("规则的项目", "part of a rule"), unknown, nearest(unknown, fields) or tuple(fields))
    values: dict[str, object] = {}
    for field in fields.values():
        if field.name in data:
            values[field.name] = _typed(data[field.name], str(field.type), field.name)
        elif field.default is dataclasses.MISSING:
            raise InvalidPlanError(Text(f"规则缺少「{field.name}」。", f"The rule lacks {field.name!r}."))
    return kind(**values)  # type: ignore[arg-type]  # checked field by field above


def _typed(value: Json, hint: str, name: str) -> object:
    match hint, value:
        case ("bool", bool()) | ("str", str()):
            return value
        case "int", int() if not isinstance(value, bool):
            return value
        case "float", int() | float() if not isinstance(value, bool):
            return float(value)
        case "tuple[str, ...]", list() | tuple() if all(isinstance(one, str) for one in value):
            return tuple(value)
        case "tuple[tuple[str, str], ...]", list() | tuple():
            pairs = [one for one in value if isinstance(one, list | tuple) and len(one) == 2]
            if len(pairs) == len(value) and all(isinstance(part, str) for pair in pairs for part in pair):
                return tuple((str(first), str(second)) for first, second in pairs)
        case _:
            pass
    raise InvalidPlanError(
        Text(f"「{name}」的值 {value!r} 类型不对，应为 {hint}。", f"{name!r} is {value!r}; expected {hint}.")
    )
