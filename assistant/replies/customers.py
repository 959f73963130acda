"""Replies about single customers and about how groups share people."""

from __future__ import annotations

from assistant.answer import Section
from assistant.replies.draft import Draft
from assistant.replies.histories import level_sections
from assistant.replies.meanings import CATEGORIES
from assistant.replies.restated import predicate_text, who_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import TagCategory
from semantic_layer.query.plan import Card, Overlap, WhyMember
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.card import CustomerCard, TagOnCard
from tools.card import card as card_of
from tools.chart import overlap_chart
from tools.explain import overlap as overlap_of
from tools.explain import why_member as membership_of
from tools.facts import Fact


def card(step: Card, asked: Asked, resources: Resources) -> Draft:
    """One customer: attributes, tags with what they rest on, and what happened lately."""
    entity = resources.index.model.customer_entity
    found = card_of(resources.layer, step.key, asked.user, entity=entity, cancel=asked.cancel)
    zh = asked.language == "zh"
    held = [tag.fact for tag in found.tags if tag.holds]
    named = ("、" if zh else ", ").join(_tag_name(fact, asked.language) for fact in held[:6])
    if zh:
        text = f"会员 {found.key}：{named or '目前没有标签'}。"
    else:
        text = f"Member {found.key}: {named or 'no tags at present'}."
    sections = (
        Section(
            title=Text("基本信息", "Basics").in_(asked.language), lines=_fact_lines(found.attributes, asked.language)
        ),
        *_tag_sections(found, asked.language),
        *level_sections(step.key, asked, resources),
        Section(
            title=Text("最近发生的事", "What happened lately").in_(asked.language),
            table=_timeline(found, asked.language),
        ),
    )
    uses = tuple(fact.name for fact in held)
    return Draft(text=text, plan=asked.plan, sections=tuple(s for s in sections if s.lines or s.table), uses=uses)


def _tag_name(fact: Fact, language: Language) -> str:
    label = fact.label.in_(language)
    if fact.value is True:
        return label
    return f"{label} {fact.text.in_(language)}" if language == "zh" else f"{label}: {fact.text.in_(language)}"


def _fact_lines(facts: tuple[Fact, ...], language: Language) -> tuple[tuple[str, str], ...]:
    masked = Text("（已脱敏）", " (masked)").in_(language)
    return tuple(
        (fact.label.in_(language), fact.text.in_(language) + (masked if fact.masked and fact.value is not None else ""))
        for fact in facts
    )


def _tag_sections(found: CustomerCard, language: Language) -> tuple[Section, ...]:
    """Tags by category, each with what it rests on."""
    sections = []
    for category in TagCategory:
        tags = [tag for tag in found.tags if tag.category == category.value]
        if tags:
            title = CATEGORIES[category].in_(language)
            lines = tuple((tag.fact.label.in_(language), _grounded(tag, language)) for tag in tags)
            sections.append(
                Section(
                    title=f"{title}标签" if language == "zh" else f"{title[:1].upper()}{title[1:]} tags", lines=lines
                )
            )
    return tuple(sections)


def _grounded(tag: TagOnCard, language: Language) -> str:
    grounds = ("，" if language == "zh" else ", ").join(
        f"{g.label.in_(language)} {g.text.in_(language)}" for g in tag.grounds
    )
    value = tag.fact.text.in_(language)
    if not grounds:
        return value
    return f"{value}（{grounds}）" if language == "zh" else f"{value} ({grounds})"


def _timeline(found: CustomerCard, language: Language) -> Table | None:
    if not found.timeline:
        return None
    columns = tuple(
        ResultColumn(name=name, label=label, role="attribute")
        for name, label in (
            ("at", Text("时间", "When")),
            ("what", Text("什么", "What")),
            ("details", Text("详情", "Details")),
        )
    )
    comma = "，" if language == "zh" else ", "
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            numbers.cell(one.at, None, language),
            one.kind.in_(language),
            comma.join(f"{name.in_(language)} {value.in_(language)}" for name, value in one.details),
        )
        for one in found.timeline
    )
    return Table(columns, rows)


def why_member(step: WhyMember, asked: Asked, resources: Resources) -> Draft:
    """Condition by condition: is this customer in the audience, and on what grounds."""
    found = membership_of(resources.layer, step.key, step.audience, asked.user, cancel=asked.cancel)
    who = who_text(step.audience, resources.index, resources.calendar, asked.language)
    zh = asked.language == "zh"
    failed = [check for check in found.checks if not check.holds]
    words = [predicate_text(c.condition, resources.index, resources.calendar, asked.language) for c in failed]
    if found.member:
        text = (
            f"会员 {found.key} 在「{who}」里：所有条件都满足。"
            if zh
            else f"Member {found.key} is in “{who}”: all conditions hold."
        )
    elif zh:
        text = f"会员 {found.key} 不在「{who}」里：不满足{'、'.join(f'「{w}」' for w in words)}。"
    else:
        text = f"Member {found.key} is not in “{who}”: {', '.join(f'“{w}”' for w in words)} does not hold."
    sections = tuple(
        Section(
            title=predicate_text(check.condition, resources.index, resources.calendar, asked.language),
            lines=(
                (
                    Text("是否满足", "Holds").in_(asked.language),
                    Text("满足" if check.holds else "不满足", "yes" if check.holds else "no").in_(asked.language),
                ),
                *_fact_lines(check.facts, asked.language),
                *_meanings(check.facts, asked, resources),
            ),
        )
        for check in found.checks
    )
    return Draft(
        text=text,
        plan=asked.plan,
        sections=sections,
        uses=_tags_in(found.checks[0].facts if found.checks else (), resources),
    )


def _meanings(facts: tuple[Fact, ...], asked: Asked, resources: Resources) -> tuple[tuple[str, str], ...]:
    """What the tags among the facts mean, so that the reason can be understood."""
    tags = {tag.qualified: tag for tag in resources.index.model.tags}
    meaning = Text("口径", "Definition").in_(asked.language)
    return tuple(
        (meaning, tags[fact.name].words.description.in_(asked.language)) for fact in facts if fact.name in tags
    )


def _tags_in(facts: tuple[Fact, ...], resources: Resources) -> tuple[str, ...]:
    known = {tag.qualified for tag in resources.index.model.tags}
    return tuple(fact.name for fact in facts if fact.name in known)


def overlap(step: Overlap, asked: Asked, resources: Resources) -> Draft:
    """How many people are in each group and in both."""
    found = overlap_of(resources.layer, step.audiences, asked.user, cancel=asked.cancel)
    names = [who_text(audience, resources.index, resources.calendar, asked.language) for audience in step.audiences]
    zh = asked.language == "zh"
    rows: list[tuple[Cell, ...]] = [(name, size, None) for name, size in zip(names, found.sizes, strict=True)]
    for first, second, both in found.pairs:
        part = both / found.sizes[first] if found.sizes[first] else None
        rows.append((f"{names[first]} ∩ {names[second]}", both, part))
    rows.append((" ∪ ".join(names), found.union, None))
    sized = [f"{name} {size:,} {'人' if zh else 'people'}" for name, size in zip(names, found.sizes, strict=True)]
    shares = [numbers.percent(found.common / size) if size else numbers.NOTHING for size in found.sizes]
    if zh:
        text = f"重合 {found.common:,} 人：{'，'.join(sized)}；分别占 {'、'.join(shares)}。"
    else:
        text = f"{found.common:,} people are in both: {', '.join(sized)}; that is {' and '.join(shares)} of them."
    columns = (
        ResultColumn(name="group", label=Text("人群", "Group"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
        ResultColumn(name="share", label=Text("占第一个人群", "Share of the first"), role="share"),
    )
    return Draft(
        text=text,
        plan=asked.plan,
        table=Table(columns, tuple(rows)),
        chart=overlap_chart(tuple(zip(names, found.sizes, strict=True)), found.pairs, asked.language),
    )
