"""Replies about definitions: what a tag or metric means, and which ones there are."""

from __future__ import annotations

from assistant.answer import DefinitionUsed, Section
from assistant.replies.draft import Draft
from assistant.replies.tag_cards import tag_lines
from assistant.resources import Asked, Resources
from semantic_layer.compiler.tag_table import compile_tag
from semantic_layer.errors import Language, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.layer import readable
from semantic_layer.model.deprecated import replacement_of
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Metric, Tag, TagCategory
from semantic_layer.query.plan import Catalogue, Define
from semantic_layer.query.types import Query
from semantic_layer.table import ResultColumn, Table
from tools import numbers

Defined = Metric | Tag | Dimension

CATEGORIES = {
    TagCategory.BASIC: Text("基础", "basic"),
    TagCategory.BEHAVIOUR: Text("行为", "behaviour"),
    TagCategory.PREFERENCE: Text("偏好", "preference"),
    TagCategory.LIFECYCLE: Text("生命周期", "life cycle"),
    TagCategory.SOCIAL: Text("社交", "social"),
}


def kind_of(thing: Defined) -> Text:
    """What sort of definition it is, in words."""
    match thing:
        case Metric():
            return Text("指标", "metric")
        case Tag():
            return Text("标签", "tag")
        case Dimension():
            return Text("维度", "dimension")


def find(index: ModelIndex, name: str) -> Defined:
    """A metric, tag or dimension by its name; raises `UnknownNameError` with the nearest names."""
    if "." in name:
        return index.field(name)
    try:
        return index.metric(name)
    except UnknownNameError:
        others: tuple[Tag | Dimension, ...] = (*index.model.tags, *index.model.dimensions)
        for thing in others:
            if thing.name == name:
                return thing
        raise


def full_name(thing: Defined) -> str:
    """The name by which plans speak of it."""
    return thing.name if isinstance(thing, Metric) else thing.qualified


def define(step: Define, asked: Asked, resources: Resources) -> Draft:
    """The definition card."""
    thing = find(resources.index, step.name)
    if not resources.layer.may_use(full_name(thing), asked.user):
        named = thing.words.label
        raise NotAllowedError(Text(f"您的角色不能使用「{named.zh}」。", f"Your role may not use {named.en}."))
    card = definition_card(thing, asked, resources)
    meaning = thing.words.description.in_(asked.language)
    label = thing.words.label.in_(asked.language)
    text = f"{label}：{meaning}" if asked.language == "zh" else f"{label[:1].upper()}{label[1:]}: {meaning}"
    return Draft(
        text=text, plan=asked.plan, sections=(card,), uses=(full_name(thing),), sql=(card.code,) if card.code else ()
    )


def definition_card(thing: Defined, asked: Asked, resources: Resources) -> Section:
    """Words, owner, version, what replaces it, freshness, coverage and SQL of one definition."""
    zh = asked.language == "zh"
    lines = [
        ("类型" if zh else "Kind", kind_of(thing).in_(asked.language)),
        ("含义" if zh else "Meaning", thing.words.description.in_(asked.language)),
        ("也叫" if zh else "Also called", ("、" if zh else ", ").join(thing.words.synonyms)),
        ("负责人" if zh else "Owner", thing.origin.owner),
        ("版本" if zh else "Version", str(thing.origin.version)),
        ("已停用" if zh else "Deprecated", thing.origin.deprecated),
        ("替代" if zh else "Replaced by", _replacement(thing, asked.language, resources)),
        ("数据截至" if zh else "Data as of", f"{resources.as_of}"),
    ]
    if isinstance(thing, Tag):
        lines.append(("类别" if zh else "Category", CATEGORIES[thing.category].in_(asked.language)))
        lines.append(("刷新" if zh else "Refreshed", _refresh(thing.refresh, asked.language)))
        lines.append(("覆盖率" if zh else "Coverage", numbers.percent(coverage(thing, asked, resources))))
        lines += tag_lines(thing, asked, resources)
    values = () if isinstance(thing, Metric) else thing.values
    if values:
        lines.append(
            ("取值" if zh else "Values", ("、" if zh else ", ").join(v.label.in_(asked.language) for v in values))
        )
    return Section(
        title=thing.words.label.in_(asked.language),
        lines=tuple((name, text) for name, text in lines if text),
        code=statement_of(thing, resources),
    )


def coverage(tag: Tag, asked: Asked, resources: Resources) -> float:
    """The part of all customers who have the tag: a known value and, for yes-or-no tags, yes."""
    counts = resources.layer.value_counts(tag.qualified, asked.user, cancel=asked.cancel)
    everybody = sum(count for _, count in counts)
    having = sum(count for value, count in counts if value is not None and value is not False)
    return having / everybody if everybody else 0.0


def statement_of(thing: Defined, resources: Resources) -> str:
    """The SQL that computes a definition; empty for kinds that are not computed yet."""
    try:
        match thing:
            case Metric():
                return readable(resources.layer.compile(Query(metrics=(thing.name,))).tree)
            case Tag():
                return readable(compile_tag(thing, resources.layer.context).tree)
            case Dimension():
                return thing.expr
    except UserError:
        return ""


def _replacement(thing: Defined, language: Language, resources: Resources) -> str:
    """What to use instead of a deprecated definition; empty when nothing is named."""
    other = replacement_of(thing, resources.index)
    return "" if other is None else f"{other.words.label.in_(language)} ({full_name(other)})"


def _refresh(refresh: str, language: Language) -> str:
    known = {"daily": Text("每天", "daily"), "weekly": Text("每周", "weekly"), "monthly": Text("每月", "monthly")}
    return known.get(refresh, Text(refresh, refresh)).in_(language)


def catalogue(step: Catalogue, asked: Asked, resources: Resources) -> Draft:
    """The definitions that fit a topic, as a table."""
    found = tuple(
        thing
        for thing in search(resources.index, step.topic or "", step.kind)
        if resources.layer.may_use(full_name(thing), asked.user)
    )
    zh = asked.language == "zh"
    columns = tuple(
        ResultColumn(name=name, label=label, role="attribute")
        for name, label in (
            ("label", Text("名称", "Name")),
            ("kind", Text("类型", "Kind")),
            ("meaning", Text("含义", "Meaning")),
            ("owner", Text("负责人", "Owner")),
        )
    )
    rows = tuple(
        (
            thing.words.label.in_(asked.language),
            kind_of(thing).in_(asked.language),
            thing.words.description.in_(asked.language),
            thing.origin.owner,
        )
        for thing in found
    )
    topic = topic_label(step.topic, resources.index, asked.language)
    names = ("、" if zh else ", ").join(str(row[0]) for row in rows[:12])
    if not rows:
        text = f"没有关于「{topic}」的定义。" if zh else f"Nothing is defined about “{topic}”."
    elif zh:
        text = f"{f'关于「{topic}」' if topic else ''}共 {len(rows)} 个：{names}{' 等' if len(rows) > 12 else ''}。"
    else:
        text = f"{len(rows)} defined{f' about “{topic}”' if topic else ''}: {names}{' and more' if len(rows) > 12 else ''}."
    return Draft(text=text, plan=asked.plan, table=Table(columns, rows))


def topic_label(topic: str | None, index: ModelIndex, language: Language) -> str:
    """A topic in words: the name of a category, or the word itself."""
    if topic in set(TagCategory):
        return CATEGORIES[TagCategory(topic)].in_(language)
    named = next((tag for tag in index.model.tags if tag.qualified == topic), None)
    if named is None and topic is not None and index.has_field(topic):
        return index.field(topic).words.label.in_(language)
    return CATEGORIES[named.category].in_(language) if named is not None else topic or ""


def search(index: ModelIndex, topic: str, kind: str | None = None) -> tuple[Defined, ...]:
    """Definitions whose name, label, synonyms, category or meaning hold the topic; best first."""
    everything: tuple[Defined, ...] = (*index.model.tags, *index.model.metrics, *index.model.dimensions)
    wanted = tuple(thing for thing in everything if kind is None or kind_of(thing).en == kind)
    if not topic:
        return wanted
    named = next((tag for tag in index.model.tags if tag.qualified == topic), None)
    if named is None and index.has_field(topic):  # a dimension stands for what is called like it
        label = index.field(topic).words.label
        return tuple(dict.fromkeys((*search(index, label.zh, kind), *search(index, label.en, kind))))
    if named is not None:  # a tag stands for its category, itself first
        alike = [thing for thing in wanted if isinstance(thing, Tag) and thing.category is named.category]
        return tuple(sorted(alike, key=lambda tag: tag is not named))
    scored = [(rank, thing) for thing in wanted if (rank := _rank(thing, topic.casefold())) is not None]
    return tuple(thing for _, thing in sorted(scored, key=lambda pair: pair[0]))


def _rank(thing: Defined, topic: str) -> int | None:
    words = thing.words
    if isinstance(thing, Tag):
        category = CATEGORIES[thing.category]
        if topic in {thing.category.value, category.zh, category.en, category.en.replace(" ", "")}:
            return 1
    names = (thing.name, words.label.zh, words.label.en, *words.synonyms)
    if any(topic == name.casefold() for name in names):
        return 0
    if any(topic in name.casefold() for name in names):
        return 2
    values = () if isinstance(thing, Metric) else thing.values
    if any(topic in (*(a.casefold() for a in v.aliases), v.label.zh, v.label.en.casefold()) for v in values):
        return 3
    return 4 if topic in words.description.zh or topic in words.description.en.casefold() else None


def definitions_used(uses: tuple[str, ...], asked: Asked, resources: Resources) -> tuple[DefinitionUsed, ...]:
    """The definitions an answer rests on, with owner and freshness."""
    fresh = f"数据截至 {resources.as_of}" if asked.language == "zh" else f"data as of {resources.as_of}"
    things = (find(resources.index, name) for name in uses)
    return tuple(
        DefinitionUsed(
            name=full_name(thing),
            kind="metric" if isinstance(thing, Metric) else "tag" if isinstance(thing, Tag) else "dimension",
            label=thing.words.label.in_(asked.language),
            meaning=thing.words.description.in_(asked.language),
            owner=thing.origin.owner,
            version=thing.origin.version,
            freshness=fresh,
        )
        for thing in things
    )
