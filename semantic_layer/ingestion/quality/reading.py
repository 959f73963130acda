"""Rules of quality: those that follow from the field standard, and what `quality.yml` of a data set says besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from semantic_layer.errors import Issue, Text
from semantic_layer.ingestion.quality.defaults import default_rules, shipped_defaults
from semantic_layer.ingestion.quality.rules import (
    ROW,
    Agreement,
    Among,
    Body,
    FakeFrequency,
    FakePattern,
    Format,
    Fresh,
    NotNull,
    Range,
    Rule,
    Severity,
    Unique,
    Volume,
)
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.types import FieldStandard
from semantic_layer.model.load import raise_errors, read_text
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.read_entities import read_name, read_origin
from semantic_layer.model.section import Section
from semantic_layer.model.source import parse_yaml
from semantic_layer.model.types import ColumnType

RULES_FILE: Final = "quality.yml"


_NUMBERS: Final = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT})
_TIMES: Final = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class _Names:
    """What a rule may name: fields with their types, and sources."""

    fields: Mapping[str, ColumnType]
    sources: tuple[str, ...]


def read_rules(folder: Path | None, standard: FieldStandard, specs: Sequence[SourceSpec]) -> tuple[Rule, ...]:
    """All rules: the default ones, changed and switched off (`off`) by name, and those that `folder/quality.yml` adds.

    Raises:
        DefinitionError: with every fault of the file.
    """
    rules = {rule.name: rule for rule in default_rules(standard, specs, shipped_defaults())}
    path = None if folder is None else folder / RULES_FILE
    if path is None or not path.is_file():
        return tuple(rules.values())
    parsed = parse_yaml(read_text(path), path.name)
    issues: list[Issue] = list(parsed.issues)
    if parsed.root is not None:
        root = Section(parsed.root, "", issues)
        types = {field.name: field.type for field in standard.fields} | {ROW: ColumnType.STRING}
        names = _Names(types, tuple(spec.name for spec in specs))
        own: set[str] = set()
        for section in root.sections("rules"):
            rule = _rule(section, rules, names)
            if rule.name in own:
                section.report("name", f"The rule {rule.name!r} stands twice.", "Keep one of the two.")
            own.add(rule.name)
            rules[rule.name] = rule
        for name in root.texts("off"):
            if name not in rules:
                root.report("off", f"There is no rule {name!r}.", did_you_mean(name, rules, allowed="rules"))
            rules.pop(name, None)
        root.finish()
    raise_errors(tuple(issues))
    return tuple(rules.values())


def _rule(section: Section, known: Mapping[str, Rule], names: _Names) -> Rule:
    name = read_name(section)
    before = known.get(name)
    if before is not None and "kind" not in section.node.entries:
        found = before
    else:
        kind = section.word_of("kind", tuple(_KINDS))
        fields = section.texts("fields") or section.texts("field")
        found = Rule(
            name=name,
            body=_KINDS[kind](section),
            severity=Severity.WARN,
            fields=fields,
            source=section.text_of("source"),
        )
        _check(section, found, names)
        _check_ends(section, found, names)
    allowed = section.number("allowed", default=found.allowed)
    found = replace(
        found,
        severity=section.choice("severity", Severity, default=found.severity),
        allowed=found.allowed if allowed is None else allowed,
        reason=section.bilingual("reason") if section.has("reason") else found.reason or Text(name, name),
        fix=section.bilingual("fix") if section.has("fix") else found.fix,
        origin=read_origin(section),
    )
    section.finish()
    return found


def _check(section: Section, rule: Rule, names: _Names) -> None:
    for each in rule.fields:
        if each not in names.fields:
            section.report("field", f"There is no field {each!r}.", did_you_mean(each, names.fields, allowed="fields"))
    other = rule.body.other if isinstance(rule.body, Agreement) else ""
    for key, source in (("source", rule.source), ("with", other)):
        if source and source not in names.sources:
            section.report(
                key, f"There is no source {source!r}.", did_you_mean(source, names.sources, allowed="sources")
            )
    if not rule.fields and not isinstance(rule.body, Fresh | Volume):
        section.report("field", "The key 'field' is missing.", "Add field: with the name of a field.")
    if isinstance(rule.body, Agreement) and rule.body.by not in names.fields:
        section.report("by", f"There is no field {rule.body.by!r}.", did_you_mean(rule.body.by, names.fields, allowed="fields"))  # fmt: skip


def _check_ends(section: Section, rule: Rule, names: _Names) -> None:
    if not isinstance(rule.body, Range):
        return
    kinds = [names.fields[each] for each in rule.fields if each in names.fields]
    for key, end in (("low", rule.body.low), ("high", rule.body.high)):
        if not end or not kinds:
            continue
        if kinds[0] not in _NUMBERS | _TIMES:
            section.report(key, f"A field of type {kinds[0]} has no ends.", "Use kind: format or kind: set.")
        elif not _is_end(end, kinds[0]):
            wanted = "now, or a day such as 2026-03-05" if kinds[0] in _TIMES else "a number"
            section.report(key, f"{end!r} is no end of a field of type {kinds[0]}.", f"Write {wanted}.")


def _is_end(end: str, kind: ColumnType) -> bool:
    try:
        if kind in _NUMBERS:
            float(end)
        elif end != "now":
            datetime.fromisoformat(end)
    except ValueError:
        return False
    return True


def _patterns(section: Section) -> tuple[str, ...]:
    written = section.texts("patterns", required=True)
    return tuple(each for each in written if _compiles(section, "patterns", each))


def _compiles(section: Section, key: str, written: str) -> bool:
    try:
        re.compile(written)
    except re.error as error:
        section.report(key, f"Not a regular expression: {error}.", "Escape signs such as ( [ * with a backslash.")
        return False
    return True


def _format(section: Section) -> Body:
    written = section.text_of("pattern", required=True)
    return Format(written if _compiles(section, "pattern", written) else "")


def _range(section: Section) -> Body:
    found = Range(section.text_of("low"), section.text_of("high"))
    if not found.low and not found.high:
        section.report("low", "The range has no end.", "Add low:, high: or both.")
    return found


def _fresh(section: Section) -> Body:
    return Fresh(section.number("days", required=True) or 0.0)


def _volume(section: Section) -> Body:
    usual = Volume()
    least = section.number("least", default=usual.least)
    most = section.number("most", default=usual.most)
    return Volume(least or 0.0, most or usual.most, section.whole("loads", default=usual.loads))


_KINDS: Final[Mapping[str, Callable[[Section], Body]]] = {
    "unique": lambda _: Unique(),
    "not_null": lambda _: NotNull(),
    "format": _format,
    "range": _range,
    "set": lambda section: Among(section.texts("values", required=True)),
    "freshness": _fresh,
    "volume": _volume,
    "agreement": lambda section: Agreement(
        section.text_of("with", required=True), section.text_of("by", required=True)
    ),
    "fake_pattern": lambda section: FakePattern(_patterns(section)),
    "fake_frequency": lambda section: FakeFrequency(section.whole("guard", default=FakeFrequency().guard)),
}
