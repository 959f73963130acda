"""The field standard from its file, with what a data set says differently laid over it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from semantic_layer.errors import Issue, UnknownNameError
from semantic_layer.ingestion.standard.step import Step
from semantic_layer.ingestion.standard.steps import all_steps, step_named
from semantic_layer.ingestion.standard.types import FieldStandard, Identifier, StandardField
from semantic_layer.model.load import raise_errors, read_text
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.read_entities import read_name, read_origin, read_value
from semantic_layer.model.section import Section
from semantic_layer.model.source import MapNode, parse_yaml
from semantic_layer.model.types import ColumnType, Sensitivity

STANDARD_FILE: Final = "standard.yml"
_SHIPPED: Final = "fields.yml"


def read_standard(folder: Path | None) -> FieldStandard:
    """The shipped standard; `folder/standard.yml`, where there is one, changes fields by naming the keys that differ, and
    adds others.

    Raises:
        DefinitionError: with every fault of the files.
    """
    issues: list[Issue] = []
    shipped = _root(Path(__file__).with_name(_SHIPPED), issues)
    own = _root(folder / STANDARD_FILE, issues) if folder is not None and (folder / STANDARD_FILE).is_file() else None
    given = _by_name(shipped)
    for name, node in _by_name(own).items():
        before = given.get(name)
        given[name] = node if before is None else _over(before, node)
    steps = all_steps()
    fields = tuple(_field(Section(node, f"fields[{name}]", issues), steps) for name, node in given.items())
    raise_errors(tuple(issues))
    return FieldStandard(fields=fields)


def _root(path: Path, issues: list[Issue]) -> Section | None:
    parsed = parse_yaml(read_text(path), path.name)
    issues.extend(parsed.issues)
    return None if parsed.root is None else Section(parsed.root, "", issues)


def _by_name(root: Section | None) -> dict[str, MapNode]:
    found: dict[str, MapNode] = {}
    if root is None:
        return found
    for section in root.sections("fields"):
        name = read_name(section)
        if name in found:
            section.report("name", f"The field {name!r} stands twice.", "Keep one of the two.")
        elif name:
            found[name] = section.node
    root.finish()
    return found


def _over(before: MapNode, after: MapNode) -> MapNode:
    return MapNode({**before.entries, **after.entries}, {**before.keys, **after.keys}, after.place)


def _field(section: Section, steps: Mapping[str, Step]) -> StandardField:
    name = section.text_of("name", required=True)
    listed = section.sections("values", lone="value")
    named = section.has("identifier")
    found = StandardField(
        name=name,
        words=section.words(),
        type=section.choice("type", ColumnType, default=ColumnType.STRING),
        format=section.bilingual("format"),
        steps=_steps(section, steps),
        pattern=_pattern(section),
        values=tuple(read_value(value) for value in listed),
        examples=section.texts("examples"),
        identifier=section.choice("identifier", Identifier) if named else None,
        sensitivity=section.choice("sensitivity", Sensitivity, default=Sensitivity.NONE),
        group=section.text_of("group"),
        origin=read_origin(section),
    )
    section.finish()
    return found


def _steps(section: Section, steps: Mapping[str, Step]) -> tuple[str, ...]:
    written = section.texts("steps")
    for each in written:
        try:
            step_named(each, steps)
        except UnknownNameError as error:
            section.report(
                "steps", f"There is no step {each!r}.", did_you_mean(each, error.suggestions or steps, allowed="steps")
            )
    return written


def _pattern(section: Section) -> str:
    written = section.text_of("pattern")
    try:
        re.compile(written)
    except re.error as error:
        section.report("pattern", f"Not a regular expression: {error}.", "Escape signs such as ( [ * with a backslash.")
        return ""
    return written
