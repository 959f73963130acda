"""Replies to "what else do they buy": what goes together more often than among others who buy as much, in words with counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.answer import FollowUp, Section
from assistant.replies.draft import Draft
from assistant.replies.restated import condition_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Scalar, Unit
from semantic_layer.query.acts import Basket
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Compare, Did, Not, Predicate, conjoin
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart.clusters import Held, beside_chart
from tools.models.baskets import FEWEST, Found, Rule
from tools.models.baskets_data import Bought, shop_of, split, what_is_bought
from tools.models.types import Task
from tools.profile import value_label

SEED = 0
_SHOWN = 12
_SAID = 3
_COMPARED = Text(
    "提升度和其他买得一样多的人（或同样大小的订单）相比，排除了“买得多的人什么都买得多”；预期是他们中的占比。",
    "Lift is against others who buy as much (or orders of the same size), so that big buyers buying more of everything does "
    "not count; expected is the share among those.",
)


def basket(step: Basket, asked: Asked, resources: Resources) -> Draft:
    """What is bought together: besides what was asked about, or in general."""
    found = what_is_bought(step, Task(layer=resources.layer, user=asked.user, seed=SEED, cancel=asked.cancel))
    words = _Words(found, asked.language, resources)
    if found.people is None:
        return _in_general(found, words, asked)
    return _besides(step, found, found.people, words, asked, resources)


class _Words:
    """What things are called."""

    def __init__(self, found: Bought, language: Language, resources: Resources) -> None:
        self._field = resources.index.field(found.field)
        self._things = found.things
        self._language = language
        self._values = {str(one.value): one.value for one in self._field.values}

    @property
    def qualified(self) -> str:
        return self._field.qualified

    @property
    def field(self) -> str:
        return self._field.words.label.in_(self._language)

    def value(self, thing: int) -> Scalar:
        """The value as the data have it."""
        return self._values.get(self._things[thing], self._things[thing])

    def thing(self, thing: int) -> str:
        return value_label(self._field, self.value(thing)).in_(self._language)

    def things(self, given: Sequence[int]) -> str:
        return " + ".join(self.thing(one) for one in given)


# ---- besides something


def _besides(step: Basket, found: Bought, people: Found, words: _Words, asked: Asked, resources: Resources) -> Draft:
    language = asked.language
    what = condition_text(step.where, resources.index, resources.calendar, language)
    text = _besides_text(found, people, words, what)
    same_order = {rule.then: rule for rule in found.orders.rules}
    rows = tuple(_row(words.thing(rule.then), rule) for rule in people.rules[:_SHOWN])
    bars = [
        Held(name=words.thing(one.then), share=one.confidence, expected=one.expected, text=_lifted(one, language))
        for one in sorted(people.rules[:_SHOWN], key=lambda one: -one.confidence)
    ]
    first = words.thing(people.rules[0].then) if people.rules else ""
    title = Text(f"买「{what}」的人更爱买{first}", f"Buyers of “{what}” like to buy {first}")
    under = Text(
        "买了它的人的占比；竖线是买得一样多的其他客户的占比",
        "share of its buyers; the mark is the share of others who buy as much",
    )
    return Draft(
        text=text.in_(language),
        plan=asked.plan,
        table=Table(_columns(words.field, Text("都买的人数", "Buyers of both")), rows) if rows else None,
        chart=beside_chart(bars, language, title=title.in_(language), subtitle=under.in_(language)),
        sections=_sections(found, people, same_order, words, what, language),
        follow_ups=_next(step, found, people, words, asked, resources),
        uses=(found.field,),
        remarks=_remarks(people.tested),
    )


def _besides_text(found: Bought, people: Found, words: _Words, what: str) -> Text:
    head = Text(
        f"买过「{what}」的有 {found.given_people:,} 人（全部买家 {found.buyers:,} 人）。",
        f"{found.given_people:,} of {found.buyers:,} buyers bought “{what}”.",
    )
    if not people.rules:
        return Text(
            f"{head.zh}和买得一样多的其他客户相比，他们没有明显更爱买的{words.field}。",
            f"{head.en} Against others who buy as much, there is no {words.field} that they clearly buy more often.",
        )
    zh, en = [], []
    for rule in people.rules[:_SAID]:
        name = words.thing(rule.then)
        share, expected = numbers.percent(rule.confidence), numbers.percent(rule.expected)
        zh.append(f"{name}（{share} 也买了，买得一样多的其他客户是 {expected}，{rule.lift:.2f} 倍）")
        en.append(f"{name} ({share} of them, {expected} of others who buy as much, {rule.lift:.2f} times)")
    return Text(f"{head.zh}他们还爱买：{'、'.join(zh)}。", f"{head.en} They also like to buy {', '.join(en)}.")


def _lifted(rule: Rule, language: Language) -> str:
    share = numbers.percent(rule.confidence)
    return Text(f"{share} · {rule.lift:.2f} 倍", f"{share} · {rule.lift:.2f}×").in_(language)


def _sections(
    found: Bought, people: Found, same_order: dict[int, Rule], words: _Words, what: str, language: Language
) -> tuple[Section, ...]:
    lines = [
        (
            words.thing(rule.then),
            Text(
                f"{rule.both:,} 单同时有，占这 {rule.given_count:,} 单的 {numbers.percent(rule.confidence)}，{rule.lift:.2f} 倍",
                f"in {rule.both:,} of {rule.given_count:,} orders ({numbers.percent(rule.confidence)}), {rule.lift:.2f} times",
            ).in_(language),
        )
        for rule in same_order.values()
    ]
    if not lines:
        none = Text("没有明显更常在一起的", "nothing stands together clearly more often").in_(language)
        lines.append((Text("同一单", "One order").in_(language), none))
    day = Text("（同一人同一天算一单）", " (a day of a person counts as one order)") if found.by_day else Text("", "")
    title = Text(f"同一单里和「{what}」在一起的{day.zh}", f"In one order with “{what}”{day.en}")
    sections = [Section(title=title.in_(language), lines=tuple(lines))]
    if people.less:
        less = tuple(
            (
                words.thing(rule.then),
                Text(
                    f"{numbers.percent(rule.confidence)}，买得一样多的其他客户是 {numbers.percent(rule.expected)}",
                    f"{numbers.percent(rule.confidence)}, {numbers.percent(rule.expected)} of others who buy as much",
                ).in_(language),
            )
            for rule in people.less[:_SHOWN]
        )
        sections.append(Section(title=Text("反而买得更少的", "Bought less often").in_(language), lines=less))
    return tuple(sections)


def _next(
    step: Basket, found: Bought, people: Found, words: _Words, asked: Asked, resources: Resources
) -> tuple[FollowUp, ...]:
    """Whom to offer the best match to: those who bought the one and not the other. And the same by another field."""
    offered = []
    shop = shop_of(resources.index)
    entity = resources.index.model.customer_entity
    who, what = split(step.where, resources.index)
    if people.rules and what is not None:
        best = people.rules[0]
        bought = Did(entity=shop.line.name, where=what, time=found.time)
        without = Not(
            Did(entity=shop.line.name, where=Compare(words.qualified, "=", words.value(best.then)), time=found.time)
        )
        parts: tuple[Predicate, ...] = (bought, without) if who is None else (who, bought, without)
        name = words.thing(best.then)
        offered.append(
            FollowUp(
                label=Text(f"还没买{name}的那些人", f"those who have not bought {name}").in_(asked.language),
                plan=Plan((ListPeople(Audience(where=conjoin(parts), entity=entity)),)),
            )
        )
    for other in shop.fields:
        if other.qualified != words.qualified and other.kind.value == "categorical":
            label = other.words.label
            offered.append(
                FollowUp(
                    label=Text(f"按{label.zh}看", f"by {label.en}").in_(asked.language),
                    plan=Plan((replace(step, field=other.qualified),)),
                )
            )
            break
    return tuple(offered)


# ---- in general


def _in_general(found: Bought, words: _Words, asked: Asked) -> Draft:
    language = asked.language
    shown = _each_once(found.orders.rules)[:_SHOWN]
    rows = tuple(_row(f"{words.things(rule.given)} → {words.thing(rule.then)}", rule) for rule in shown)
    bars = [
        Held(
            name=f"{words.things(one.given)} → {words.thing(one.then)}",
            share=one.confidence,
            expected=one.expected,
            text=_lifted(one, language),
        )
        for one in sorted(shown, key=lambda one: -one.confidence)
    ]
    title = Text(
        f"关联最强：{_strongest(shown, words)}" if bars else "",
        f"The strongest link: {_strongest(shown, words)}" if bars else "",
    )
    under = Text(
        "有前者的订单里也有后者的占比；竖线是同样大小的其他订单",
        "share of orders with the first that hold the second; the mark is other orders of the same size",
    )
    return Draft(
        text=_general_text(found, shown, words).in_(language),
        plan=asked.plan,
        table=Table(_columns(words.field, Text("同在一单", "Orders with both")), rows) if rows else None,
        chart=beside_chart(bars, language, title=title.in_(language), subtitle=under.in_(language)),
        uses=(found.field,),
        remarks=_remarks(found.orders.tested),
    )


def _strongest(shown: Sequence[Rule], words: _Words) -> str:
    return f"{words.things(shown[0].given)} → {words.thing(shown[0].then)}"


def _each_once(rules: Sequence[Rule]) -> list[Rule]:
    """Of rules about the same things in another order, the one that is surest to come true."""
    best: dict[frozenset[int], Rule] = {}
    for rule in rules:
        things = frozenset((*rule.given, rule.then))
        if things not in best or rule.confidence > best[things].confidence:
            best[things] = rule
    return sorted(best.values(), key=lambda one: (-one.lift, one.given, one.then))


def _general_text(found: Bought, shown: Sequence[Rule], words: _Words) -> Text:
    if not shown:
        return Text(
            f"{found.all_orders:,} 单里，没有哪些{words.field}明显更常一起买。",
            f"In {found.all_orders:,} orders no {words.field} is bought together clearly more often than by chance.",
        )
    zh, en = [], []
    for rule in shown[:_SAID]:
        given, then = words.things(rule.given), words.thing(rule.then)
        share, expected = numbers.percent(rule.confidence), numbers.percent(rule.expected)
        zh.append(
            f"买{given}的订单里 {share} 也有{then}（同样大小的其他订单 {expected}，{rule.lift:.2f} 倍，{rule.both:,} 单）"
        )
        en.append(
            f"{share} of orders with {given} also hold {then} ({expected} of other orders of the same size, {rule.lift:.2f} times, {rule.both:,} orders)"
        )
    return Text(f"{'；'.join(zh)}。", f"{'; '.join(en)}.")


# ---- shared


def _columns(field: str, both: Text) -> tuple[ResultColumn, ...]:
    return (
        ResultColumn(name="thing", label=Text(field, field), role="group"),
        ResultColumn(name="both", label=both, role="metric", unit=Unit.COUNT),
        ResultColumn(name="support", label=Text("支持度", "Support"), role="share", unit=Unit.PERCENT),
        ResultColumn(name="confidence", label=Text("置信度", "Confidence"), role="share", unit=Unit.PERCENT),
        ResultColumn(name="certain", label=Text("置信度区间", "Interval of the confidence"), role="attribute"),
        ResultColumn(name="base", label=Text("全体占比", "Of all"), role="share", unit=Unit.PERCENT),
        ResultColumn(name="expected", label=Text("可比的预期", "Expected"), role="share", unit=Unit.PERCENT),
        ResultColumn(name="lift", label=Text("提升度", "Lift"), role="attribute", unit=Unit.NUMBER),
        ResultColumn(name="interval", label=Text("提升度区间", "Interval of the lift"), role="attribute"),
    )


def _row(name: str, rule: Rule) -> tuple[Cell, ...]:
    return (
        name,
        rule.both,
        rule.support,
        rule.confidence,
        " – ".join(numbers.percent(end) for end in rule.certain),
        rule.base,
        rule.expected,
        round(rule.lift, 2),
        f"{rule.low:.2f} – {rule.high:.2f}",
    )


def _remarks(tested: int) -> tuple[Text, ...]:
    return (
        Text(
            f"一共检验了 {tested} 条，每条至少 {FEWEST} 个；只列出提升度区间（已按 {tested} 条放宽）整个在 1 以上的。",
            f"{tested} rules were tested, each with at least {FEWEST} cases; shown are those whose interval of the lift, widened "
            f"for {tested} tests, lies above 1.",
        ),
        _COMPARED,
    )
