"""Dialogs and the home page as views of Slack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answer import Answer
from assistant.channels.slack import blocks as kit
from assistant.channels.slack.blocks import Block, Choice, Json
from assistant.channels.slack.messages import samples
from assistant.channels.slack.words import say
from assistant.channels.workspace import AssistantPort, ExportColumn, Purpose
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Sensitivity


def told(language: Language, title: str, *lines: str) -> Block:
    """A dialog that only says something."""
    return {
        "type": "modal",
        "title": kit.plain(say(language, title), kit.TITLE),
        "close": kit.plain(say(language, "close"), kit.TITLE),
        "blocks": [kit.section(line) for line in lines],
    }


def how(answer: Answer, assistant: AssistantPort) -> Block:
    """Definitions, SQL and who understood the question."""
    language = answer.language
    made = told(language, "how")
    made["blocks"] = list(_how(answer, assistant))[: kit.BLOCKS]
    return made


def _how(answer: Answer, assistant: AssistantPort) -> Iterator[Block]:
    language = answer.language
    restated = assistant.restated(answer)
    if restated:
        yield kit.section(f"{say(language, 'plan')}: {restated}")
    as_of = answer.as_of or assistant.as_of
    yield kit.context(answer.understood_by.in_(language), say(language, "as_of", date=as_of.isoformat()))
    if answer.definitions:
        yield kit.header(say(language, "definitions"))
    for used in answer.definitions[:15]:
        yield kit.section(f"{used.label}: {used.meaning}")
        yield kit.context(say(language, "owner", owner=used.owner or "–", version=used.version))
    for sql in answer.sql[:5]:
        yield kit.code("SQL", sql)
    if not answer.sql:
        yield kit.context(say(language, "no_sql"))


def save(language: Language, kept: str, *, name: str = "", fault: str = "") -> Block:
    """The dialog that asks for the name of a segment."""
    typed: Block = {"type": "plain_text_input", "action_id": "name", "max_length": 100}
    if name:
        typed["initial_value"] = name
    return _form(language, "save", kept, [_field("name", say(language, "segment_name"), typed)], fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeable:
    """What can be taken away of an answer: columns of its table and of its list, empty where there is none."""

    table: tuple[ExportColumn, ...] = ()
    people: tuple[ExportColumn, ...] = ()
    purposes: tuple[Purpose, ...] = ()


def export(language: Language, kept: str, offered: Takeable, *, fault: str = "") -> Block:
    """The dialog that asks what to export, how, and what for. Columns with contacts or names are not chosen beforehand."""
    parts = [("people", offered.people), ("table", offered.table)]
    there = [Choice(say(language, f"part_{part}"), part) for part, columns in parts if columns]
    purposes = [Choice(one.label.in_(language), kit.cut(one.id, kit.LABEL)) for one in offered.purposes[:99]]
    none = Choice(say(language, "no_purpose"), "-")
    fields = [
        _field("part", say(language, "part"), _chosen("part", there)),
        _field("format", say(language, "format"), _chosen("format", [Choice("Excel", "xlsx"), Choice("CSV", "csv")])),
        _field("purpose", say(language, "purpose"), _chosen("purpose", [none, *purposes])),
    ]
    for part, columns in parts:
        if columns:
            name = f"columns_{part}"
            fields.append(_field(name, say(language, name), _columns(name, columns, language), optional=True))
    return _form(language, "export", kept, fields, fault)


def _chosen(act: str, choices: Sequence[Choice]) -> Block:
    made = kit.menu("–", act, choices)
    made["initial_option"] = kit.option(choices[0])
    return made


def _columns(act: str, columns: Sequence[ExportColumn], language: Language) -> Block:
    choices = [(Choice(c.label.in_(language), kit.cut(c.name, kit.LABEL)), c) for c in columns[: kit.OPTIONS]]
    made = kit.menu("–", act, [choice for choice, _ in choices])
    made["type"] = "multi_static_select"
    usual: Json = [kit.option(choice) for choice, column in choices if column.sensitivity is Sensitivity.NONE]
    if usual:
        made["initial_options"] = usual
    return made


def _field(name: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": kit.plain(label, kit.LABEL),
        "element": element,
        "optional": optional,
    }


def _form(language: Language, kind: str, kept: str, fields: Sequence[Block], fault: str) -> Block:
    first = [kit.section(f"⚠ {fault}")] if fault else []
    return {
        "type": "modal",
        "callback_id": kind,
        "private_metadata": kept,
        "title": kit.plain(say(language, kind), kit.TITLE),
        "submit": kit.plain(say(language, "submit"), kit.TITLE),
        "close": kit.plain(say(language, "cancel"), kit.TITLE),
        "blocks": [*first, *fields],
    }


def home(language: Language, questions: tuple[str, ...], scope: str) -> Block:
    """The home page of somebody who may ask."""
    return {
        "type": "home",
        "blocks": [
            kit.header(say(language, "home_title")),
            kit.section(say(language, "home_how")),
            *kit.actions(samples(questions)),
            kit.context(scope),
            kit.section(say(language, "help")),
        ],
    }


def closed_home(said: Text | None, language: Language) -> Block:
    """The home page of somebody who may not."""
    lines = [kit.section(said.in_(language))] if said is not None else [kit.section("–")]
    return {"type": "home", "blocks": list(lines)}
