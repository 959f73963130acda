"""What the reply about a campaign's effect rests on, in titled lines."""

from __future__ import annotations

from assistant.answer import Section
from assistant.resources import Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from tools import numbers
from tools.effect.intervals import Interval
from tools.effect.sentences import points, ratio_line, window_line
from tools.effect.types import Cost, Deliveries, ReadOut


def rests_on(read: ReadOut, language: Language, resources: Resources) -> tuple[Section, ...]:
    """What counts and when, how the groups were split, what was sent and answered, what it cost and brought."""
    lines: list[tuple[Text, Text]] = [
        (Text("计入的行为", "What counts"), read.counted),
        (Text("归因窗口", "Days that count"), window_line(read)),
        (Text("分组核对", "Split of the groups"), ratio_line(read.ratio)),
    ]
    if read.detectable is not None and read.detectable < 1:
        smallest = points(read.detectable, signed=False)
        lines.append(
            (
                Text("这么多人能看出的最小提升", "Smallest lift these groups show"),
                Text(f"{smallest} 个百分点（把握 80%）", f"{smallest} points (with 80% power)"),
            )
        )
    if read.main is not None and read.main.relative is not None:
        relative = Text(f"{read.main.relative * 100:+.0f}%", f"{read.main.relative * 100:+.0f}%")
        lines.append((Text("相对对照组", "Relative to those held back"), relative))
    if read.cuped_missing is not None:
        lines.append((Text("CUPED", "CUPED"), Text(f"没有：{read.cuped_missing.zh}", f"none: {read.cuped_missing.en}")))
    rest = _section(Text("这个结论依据什么", "What this rests on"), lines, language)
    sent = _section(
        Text("发送与回应", "Sent and answered"), _delivery_lines(read.deliveries, len(read.groups.treated)), language
    )
    money = _section(Text("花费与收入", "Costs and sales"), _money_lines(read, resources), language)
    return tuple(one for one in (rest, sent, money) if one.lines)


def _section(title: Text, lines: list[tuple[Text, Text]], language: Language) -> Section:
    return Section(title=title.in_(language), lines=tuple((one.in_(language), two.in_(language)) for one, two in lines))


def _delivery_lines(one: Deliveries, planned: int) -> list[tuple[Text, Text]]:
    """People with their share of those it was planned for."""
    known = (
        (Text("已发送（人）", "Sent (people)"), one.sent),
        (Text("已送达（人）", "Delivered (people)"), one.delivered),
        (Text("打开（人）", "Opened (people)"), one.opened),
        (Text("点击（人）", "Clicked (people)"), one.clicked),
        (Text("退订（人）", "Unsubscribed (people)"), one.unsubscribed),
        (Text("用券（人）", "Redeemed a coupon (people)"), one.redeemed),
    )
    found = [
        (label, count, numbers.percent(count / planned) if planned else "")
        for label, count in known
        if count is not None
    ]
    lines = [(label, Text(f"{count:,}（{share}）", f"{count:,} ({share})")) for label, count, share in found]
    if one.redemptions is not None:
        lines.append((Text("核销券数", "Coupons redeemed"), Text(f"{one.redemptions:,}", f"{one.redemptions:,}")))
    if one.leaked:
        leaked = Text(f"{one.leaked:,}", f"{one.leaked:,}")
        lines.append((Text("对照组里收到消息的人", "Held back, yet sent a message"), leaked))
    return lines


def _money_lines(read: ReadOut, resources: Resources) -> list[tuple[Text, Text]]:
    found: list[tuple[Text, Text]] = []
    if read.money is not None:
        label = resources.index.metric(read.money_in).words.label
        each = _amounts(read.money.difference, read.money.interval, resources)
        found.append((Text(f"人均{label.zh}的差别", f"Difference of {label.en} per person"), each))
    if read.cost is not None:
        found += _cost_lines(read.cost, resources)
    return found


def _cost_lines(cost: Cost, resources: Resources) -> list[tuple[Text, Text]]:
    total = _money(cost.total, resources)
    low, high = (f"{end:+,.0f}" for end in (cost.orders_interval.low, cost.orders_interval.high))
    orders = Text(f"{cost.orders:+,.0f}（{low} 到 {high}）", f"{cost.orders:+,.0f} ({low} to {high})")
    return [
        (Text("花费", "Cost"), total),
        (Text("因活动多出的订单", "Orders that would not have come"), orders),
        (Text("每个多出订单的成本", "Cost of each such order"), _each(cost, resources)),
    ]


def _each(cost: Cost, resources: Resources) -> Text:
    if cost.each is None or cost.each_low is None:
        return Text("没有多出的订单，算不出", "there are none, so there is no such cost")
    each, low = _money(cost.each, resources), _money(cost.each_low, resources)
    if cost.each_high is None:
        return Text(
            f"{each.zh}（至少 {low.zh}；也可能一单都没有多，所以没有上限）",
            f"{each.en} (at least {low.en}; there may be none at all, so there is no upper end)",
        )
    high = _money(cost.each_high, resources)
    return Text(f"{each.zh}（{low.zh} 到 {high.zh}）", f"{each.en} ({low.en} to {high.en})")


def _money(amount: float, resources: Resources) -> Text:
    return Text(*(numbers.exact(amount, Unit.CURRENCY, language, resources.currency) for language in ("zh", "en")))


def _amounts(amount: float, interval: Interval, resources: Resources) -> Text:
    one, low, high = (_money(value, resources) for value in (amount, interval.low, interval.high))
    return Text(f"{one.zh}（{low.zh} 到 {high.zh}）", f"{one.en} ({low.en} to {high.en})")
