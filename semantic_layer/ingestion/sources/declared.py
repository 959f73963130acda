"""Sources as they are declared in `sources/*.yml` of a data set: read with every fault found, and written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from semantic_layer.errors import Issue
from semantic_layer.ingestion.sources.checking import Known, check_mapping, check_source
from semantic_layer.ingestion.sources.types import ColumnMapping, Paging, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.steps import all_steps
from semantic_layer.ingestion.standard.types import FieldStandard
from semantic_layer.model.load import raise_errors, read_text
from semantic_layer.model.read_entities import read_name
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, MapNode, Node, parse_yaml
from semantic_layer.model.types import Origin

FOLDER: Final = "sources"
_DEFAULTS: Final = Paging()


def read_sources(folder: Path, standard: FieldStandard, *, tables: Collection[str] = ()) -> tuple[SourceSpec, ...]:
    """The sources of the files `folder/sources/*.yml`, in the order of the files; none without files.

    `tables` are those that rows may go to; without any, `into` is not checked.

    Raises:
        DefinitionError: with every fault of all files, each with its line and what would mend it.
    """
    issues: list[Issue] = []
    known = Known(fields=tuple(field.name for field in standard.fields), tables=tuple(tables), steps=all_steps())
    found: dict[str, SourceSpec] = {}
    for path in sorted((folder / FOLDER).glob("*.yml")):
        parsed = parse_yaml(read_text(path), f"{FOLDER}/{path.name}")
        issues.extend(parsed.issues)
        if parsed.root is None:
            continue
        root = Section(parsed.root, "", issues)
        for section in root.sections("sources"):
            spec = _source(section, known, issues)
            if (first := found.get(spec.name)) is not None and spec.name:
                where = f"{first.origin.file}:{first.origin.line}"
                section.report(
                    "name", f"The source {spec.name!r} stands twice; it was first given at {where}.", "Rename one."
                )
            found.setdefault(spec.name, spec)
        root.finish()
    raise_errors(tuple(issues))
    return tuple(found.values())


def _source(section: Section, known: Known, issues: list[Issue]) -> SourceSpec:
    name = read_name(section)
    paging = section.section("paging")
    headers = section.section("headers")
    spec = SourceSpec(
        name=name,
        label=section.bilingual("label"),
        kind=section.choice("kind", SourceKind),
        address=_address(section),
        columns=_columns(section, known, issues),
        into=section.text_of("into"),
        table=section.text_of("table"),
        key=section.texts("key"),
        watermark=section.text_of("watermark"),
        encoding=section.text_of("encoding"),
        delimiter=_delimiter(section),
        header=section.whole("header", default=0) if section.has("header") else None,
        paging=_paging(paging) if paging else Paging(),
        headers=_headers(headers) if headers else (),
        time_zone=section.text_of("time_zone"),
        priority=section.whole("priority", default=5),
        watch=section.flag("watch", default=False),
        keep_days=section.whole("keep_days", default=0) if section.has("keep_days") else None,
        owner=section.text_of("owner"),
        origin=Origin(file=section.place.file, line=section.place.line, owner=section.text_of("owner")),
    )
    section.finish()
    check_source(section, spec, known)
    return spec


def _address(section: Section) -> str:
    kind = section.node.entries.get("kind")
    is_sent = isinstance(kind, LeafNode) and kind.value == SourceKind.EVENTS  # and has no address
    return section.text_of("address", required=not is_sent)


def _delimiter(section: Section) -> str:
    found = section.text_of("delimiter")
    return {"tab": "\t", "\\t": "\t"}.get(found, found)


def _columns(section: Section, known: Known, issues: list[Issue]) -> tuple[ColumnMapping, ...]:
    inner = section.section("columns")
    if inner is None:
        return ()
    found: list[ColumnMapping] = []
    for header, node in inner.node.entries.items():
        path = f"{inner.path}.{header}"
        if isinstance(node, MapNode):
            mapping = Section(node, path, issues)
            one = ColumnMapping(
                column=header,
                field=mapping.text_of("to", required=True),
                names=mapping.texts("was"),
                steps=mapping.texts("steps"),
            )
            mapping.finish()
            check_mapping(mapping, "to", one, known)
        else:
            lone: dict[str, Node] = {"to": node} if isinstance(node, LeafNode) else {}
            keys = {"to": inner.node.keys[header]}
            mapping = Section(MapNode(lone, keys, inner.node.keys[header]), path, issues)
            one = ColumnMapping(column=header, field=mapping.text_of("to", required=True))
            check_mapping(mapping, "to", one, known)
        found.append(one)
    return tuple(found)


def _paging(section: Section) -> Paging:
    found = Paging(
        parameter=section.text_of("parameter", default=_DEFAULTS.parameter),
        size_parameter=section.text_of("size_parameter"),
        size=section.whole("size", default=_DEFAULTS.size),
        cursor=section.text_of("cursor"),
        rows=section.text_of("rows"),
        first=section.whole("first", default=_DEFAULTS.first),
    )
    section.finish()
    return found


def _headers(section: Section) -> tuple[tuple[str, str], ...]:
    return tuple((name, section.text_of(name)) for name in section.node.entries)


@dataclass(frozen=True, slots=True)
class _Flow:
    """A value that is written on one line."""

    value: object


class _Dumper(yaml.SafeDumper):
    """Writes nested lists with their indent, and marked values on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002  # of the base class
        super().increase_indent(flow=flow, indentless=False)


def _represented(dumper: yaml.SafeDumper, flow: _Flow) -> yaml.Node:
    node = dumper.represent_data(flow.value)
    if isinstance(node, yaml.SequenceNode | yaml.MappingNode):
        node.flow_style = True
    return node


_Dumper.add_representer(_Flow, _represented)


def source_yaml(spec: SourceSpec) -> str:
    """A source as the text of a file of its own. What is as it would be anyway is left out; reading it gives `spec`."""
    lines: dict[str, object] = {"name": spec.name}
    if spec.label.zh or spec.label.en:
        lines["label"] = _Flow({"zh": spec.label.zh, "en": spec.label.en})
    lines["kind"] = spec.kind.value
    basis = SourceSpec(name="", label=spec.label, kind=spec.kind, address="", columns=())
    for name in _PLAIN:
        if (value := getattr(spec, name)) != getattr(basis, name):
            lines[name] = value
    if spec.key:
        lines["key"] = spec.key[0] if len(spec.key) == 1 else _Flow(list(spec.key))
    paging = {
        name: getattr(spec.paging, name) for name in _PAGING if getattr(spec.paging, name) != getattr(_DEFAULTS, name)
    }
    if paging:
        lines["paging"] = _Flow(paging)
    if spec.headers:
        lines["headers"] = dict(spec.headers)
    if spec.columns:
        lines["columns"] = {column.column: _mapping(column) for column in spec.columns}
    text: str = yaml.dump({"sources": [lines]}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return text


_PLAIN: Final = (
    "address", "into", "table", "watermark", "encoding", "delimiter", "header", "time_zone", "priority", "watch",
    "keep_days", "owner",
)  # fmt: skip
_PAGING: Final = ("parameter", "size_parameter", "size", "cursor", "rows", "first")


def _mapping(column: ColumnMapping) -> object:
    if not column.names and not column.steps:
        return column.field
    found: dict[str, object] = {"to": column.field}
    if column.names:
        found["was"] = list(column.names)
    if column.steps:
        found["steps"] = list(column.steps)
    return _Flow(found)
