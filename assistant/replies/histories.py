"""Replies about what tags were: since when one customer has had one, and how many came to have it in a period."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final

from assistant.answer import Headline, Section
from assistant.replies.draft import Draft
from assistant.replies.restated import predicate_text, time_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Tag
from semantic_layer.query.plan import Became
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.table import Cell, ResultColumn, Table
from tools.profile import value_label
from tools.tags.history import Beginning, Having, Movement, Stretch, TagHistories, having

LATELY: Final = Rolling(30, Grain.DAY)
"""The period that is meant when none is said."""

_RECORDED = Text("来自标签的历史记录。", "From the records of the tags.")
_COMPUTED = Text(
    "没有这么早的标签历史记录，是用现在的定义按当时的数据重新计算的。",
    "Tags were not recorded that far back: computed anew with today's definition from the data of those days.",
)


def became(step: Became, asked: Asked, resources: Resources) -> Draft:
    """One customer's beginning, or the movement of all in a period."""
    what = having(step.what, resources.layer)
    if step.key is not None:
        return _one(step, step.key, what, asked, resources)
    span = resources.calendar.resolve(step.time or LATELY)
    found = TagHistories(resources.layer).movement(what, span, asked.user, among=step.where, cancel=asked.cancel)
    return _many(step, found, what, asked, resources)


def level_sections(key: str, asked: Asked, resources: Resources) -> tuple[Section, ...]:
    """The recorded levels of one customer's tags, for their card: those that changed at least once, newest first."""
    entity = resources.index.model.customer_entity
    tags = {tag.name: tag for tag in resources.index.model.tags if tag.entity == entity}
    levels = TagHistories(resources.layer).levels(key, asked.user, cancel=asked.cancel)
    times = Counter(one.tag for one in levels)
    rows = [(tags[one.tag], one) for one in reversed(levels) if times[one.tag] > 1 and one.tag in tags]
    if not rows:
        return ()
    table = _levels_table(rows, asked.language)
    return (Section(title=Text("标签历史", "History of tags").in_(asked.language), table=table),)


# ---- one customer


def _one(step: Became, key: str, what: Having, asked: Asked, resources: Resources) -> Draft:
    histories = TagHistories(resources.layer)
    found = histories.beginning(what, key, asked.user, cancel=asked.cancel)
    levels = [one for one in histories.levels(key, asked.user, cancel=asked.cancel) if one.tag == what.tag.name]
    said = Text(*(predicate_text(step.what, resources.index, resources.calendar, one) for one in ("zh", "en")))
    table = _levels_table([(what.tag, one) for one in levels], asked.language)
    section = Section(title=what.tag.words.label.in_(asked.language), table=table)
    return Draft(
        text=_since(key, found, said).in_(asked.language),
        plan=asked.plan,
        sections=(section,) if levels else (),
        uses=(what.tag.qualified,),
        remarks=(_RECORDED if found.recorded else _COMPUTED,),
    )


def _since(key: str, found: Beginning, what: Text) -> Text:
    """Never more than was looked at: a day that is not known is said to be before the first one."""
    earliest = found.earliest.isoformat()
    if found.has and found.day is not None:
        day = found.day.isoformat()
        return Text(
            f"会员 {key} 从 {day} 起是「{what.zh}」，到现在没有中断。",
            f"Member {key} has been “{what.en}” since {day}, without a break.",
        )
    if found.has:
        return Text(
            f"会员 {key} 现在是「{what.zh}」，{earliest} 时已经是；更早的没有查。",
            f"Member {key} is “{what.en}” now and was on {earliest} already; nothing earlier was looked at.",
        )
    if found.last is not None:
        last = found.last.isoformat()
        return Text(
            f"会员 {key} 现在不是「{what.zh}」；最后一次是在 {last}。",
            f"Member {key} is not “{what.en}” now; the last day was {last}.",
        )
    return Text(
        f"会员 {key} 不是「{what.zh}」，从 {earliest} 到现在查过的日子里也都不是。",
        f"Member {key} is not “{what.en}”, nor was on any day looked at since {earliest}.",
    )


def _levels_table(rows: list[tuple[Tag, Stretch]], language: Language) -> Table:
    names = (
        ("tag", Text("标签", "Tag")),
        ("value", Text("取值", "Value")),
        ("since", Text("从", "From")),
        ("until", Text("到", "To")),
        ("definition", Text("口径版本", "Definition")),
    )
    columns = tuple(ResultColumn(name=name, label=label, role="attribute") for name, label in names)
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (
            tag.words.label.in_(language),
            _value(tag, one.value, language),
            _from(one, language),
            one.until.isoformat() if one.until is not None else Text("现在", "now").in_(language),
            one.definition,
        )
        for tag, one in rows
    )
    return Table(columns, cells)


def _value(tag: Tag, value: str, language: Language) -> str:
    flags = {"true": Text("是", "yes"), "false": Text("否", "no")}
    if value in flags and not tag.values:
        return flags[value].in_(language)
    known = next((one.value for one in tag.values if str(one.value) == value), value)
    return value_label(tag, known).in_(language)


def _from(one: Stretch, language: Language) -> str:
    day = one.since.isoformat()
    if not one.begun_before:
        return day
    return Text(f"{day} 或更早", f"{day} or before").in_(language)


# ---- everybody


def _many(step: Became, found: Movement, what: Having, asked: Asked, resources: Resources) -> Draft:
    said = Text(*(predicate_text(step.what, resources.index, resources.calendar, one) for one in ("zh", "en")))
    when = Text(*(time_text(step.time or LATELY, resources.index, resources.calendar, one) for one in ("zh", "en")))
    count = found.went if step.lost else found.came
    verb = Text("不再是", "ceased to be") if step.lost else Text("新成为", "became")
    text = Text(
        f"{when.zh}，{verb.zh}「{said.zh}」的有 {count:,} 人：期初 {found.before:,} 人，新增 {found.came:,} 人，离开 {found.went:,} 人，期末 {found.after:,} 人。",
        f"{when.en}: {count:,} people {verb.en} “{said.en}”. {found.before:,} before, {found.came:,} came, {found.went:,} went, {found.after:,} at the end.",
    )
    return Draft(
        text=text.in_(asked.language),
        plan=asked.plan,
        headline=Headline(value=f"{count:,}", exact=f"{count:,}", label=Text("人", "people").in_(asked.language)),
        table=_movement_table(found, asked.language),
        uses=(what.tag.qualified,),
        remarks=(
            _RECORDED if found.recorded else _COMPUTED,
            Text(
                "期初没有、期末有的人算新增；中间来过又走的人不算。",
                "Who did not have it before and has it at the end came; who came and went between is not counted.",
            ),
        ),
    )


def _movement_table(found: Movement, language: Language) -> Table:
    def day(moment: date) -> str:
        return moment.isoformat()

    rows: tuple[tuple[Cell, ...], ...] = (
        (Text(f"期初（{day(found.span.start)} 之前）", f"before {day(found.span.start)}").in_(language), found.before),
        (Text("新增", "came").in_(language), found.came),
        (Text("离开", "went").in_(language), found.went),
        (Text(f"期末（{day(found.span.end)}）", f"at the end of {day(found.span.end)}").in_(language), found.after),
    )
    columns = (
        ResultColumn(name="what", label=Text("情况", "What"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
    )
    return Table(columns, rows)
