"""What a declaration says that cannot be: fields, tables and steps that are not there, secrets, keys of another kind."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from semantic_layer.errors import UnknownNameError
from semantic_layer.ingestion.sources.addresses import VARIABLE, clear_secret, is_secret
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.step import Step
from semantic_layer.ingestion.standard.steps import step_named
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.section import Section

_FILES: Final = (SourceKind.CSV, SourceKind.EXCEL, SourceKind.JSON, SourceKind.PARQUET, SourceKind.SQLITE)
_SERVERS: Final = (SourceKind.POSTGRESQL, SourceKind.MYSQL)
_ONLY_OF: Final[Mapping[str, tuple[SourceKind, ...]]] = {
    "encoding": (SourceKind.CSV, SourceKind.JSON),
    "delimiter": (SourceKind.CSV,),
    "header": (SourceKind.CSV, SourceKind.EXCEL),
    "table": (SourceKind.EXCEL, SourceKind.JSON, SourceKind.SQLITE, *_SERVERS),
    "watermark": (SourceKind.SQLITE, *_SERVERS, SourceKind.HTTP),
    "watch": _FILES,
    "paging": (SourceKind.HTTP,),
    "headers": (SourceKind.HTTP,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names that a declaration may use. Without `tables`, any will do."""

    fields: Sequence[str]
    tables: Sequence[str]
    steps: Mapping[str, Step]


def check_mapping(section: Section, key: str, mapping: ColumnMapping, known: Known) -> None:
    """A column goes to a field of the standard, by steps that there are."""
    if mapping.field and mapping.field not in known.fields:
        message = f"There is no field {mapping.field!r} in the standard."
        section.report(key, message, did_you_mean(mapping.field, known.fields, allowed="fields"))
    for each in mapping.steps:
        try:
            step_named(each, known.steps)
        except UnknownNameError as error:
            remedy = did_you_mean(each, error.suggestions or tuple(known.steps), allowed="steps")
            section.report("steps", f"There is no step {each!r}.", remedy)


def check_source(section: Section, spec: SourceSpec, known: Known) -> None:
    """Everything about a source that its keys alone do not tell."""
    for key, kinds in _ONLY_OF.items():
        if key in section.node.entries and spec.kind not in kinds:
            allowed = ", ".join(kind.value for kind in kinds)
            section.report(
                key, f"A source of kind {spec.kind.value!r} has no {key!r}.", f"Leave it out; it is for: {allowed}."
            )
    if spec.into and known.tables and spec.into not in known.tables:
        message = f"There is no table {spec.into!r} in the definitions."
        section.report("into", message, did_you_mean(spec.into, known.tables, allowed="tables"))
    _check_columns(section, spec)
    _check_values(section, spec)
    _check_address(section, spec)
    _check_rows(section, spec)


def _check_columns(section: Section, spec: SourceSpec) -> None:
    by_field: dict[str, str] = {}
    by_header: dict[str, str] = {}
    for column in spec.columns:
        if column.field and (first := by_field.setdefault(column.field, column.column)) != column.column:
            message = f"The columns {first!r} and {column.column!r} both fill the field {column.field!r}."
            section.report("columns", message, "Keep one; write an earlier header of it below was.")
        for header in dict.fromkeys((column.column, *column.names)):
            if (first := by_header.setdefault(header, column.column)) != column.column:
                message = f"The header {header!r} stands for both {first!r} and {column.column!r}."
                section.report("columns", message, "Keep it at one of the two.")


def _check_values(section: Section, spec: SourceSpec) -> None:
    if spec.encoding and not _is_encoding(spec.encoding):
        remedy = "Write utf-8, gb18030, big5 or utf-16, or leave it out to have it found."
        section.report("encoding", f"There is no encoding {spec.encoding!r}.", remedy)
    if len(spec.delimiter) > 1:
        remedy = "Write one character, or tab; or leave it out to have it found."
        section.report("delimiter", f"{spec.delimiter!r} is not one character.", remedy)
    if spec.header is not None and not 0 <= spec.header <= 10:
        section.report("header", f"A header of {spec.header} rows is not possible.", "Write 0 (none) to 10.")
    if spec.priority < 1:
        section.report("priority", "The best priority is 1.", "Write 1 or more.")
    if spec.keep_days is not None and spec.keep_days < 1:
        section.report("keep_days", "Rows are kept for a day at least.", "Write 1 or more, or leave it out.")
    if spec.time_zone and not _is_zone(spec.time_zone):
        section.report("time_zone", f"There is no time zone {spec.time_zone!r}.", "Write one such as Asia/Shanghai.")


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _check_address(section: Section, spec: SourceSpec) -> None:
    if (secret := clear_secret(spec.address)) is not None:
        remedy = "Write ${A_NAME} in its place, and set that variable where the program runs."
        section.report("address", f"The address holds {secret.en} in clear text.", remedy)
    for name, value in spec.headers:
        if is_secret(name) and not VARIABLE.search(value):
            remedy = f"Write {name}: ${{A_NAME}}, and set that variable where the program runs."
            section.report("headers", f"The header {name!r} holds a secret in clear text.", remedy)
    path = PurePosixPath(spec.address)
    if spec.kind in _FILES and (path.is_absolute() or ".." in path.parts):
        message = f"{spec.address!r} leads out of the folder of the data."
        section.report("address", message, "Write a path below it, such as crm/members_*.csv.")
    is_web = urlsplit(spec.address).scheme in {"http", "https"} or spec.address.startswith("${")
    if spec.kind is SourceKind.HTTP and spec.address and not is_web:
        section.report("address", "An HTTP source begins with http:// or https://.", "Write the whole address.")
    is_server = spec.address.partition("://")[0] in {"postgresql", "postgres", "mysql", "mariadb"}
    if spec.kind in _SERVERS and spec.address and not (is_server or spec.address.startswith("${")):
        remedy = f"Write {spec.kind.value}://user:${{PASSWORD}}@host:port/database."
        section.report("address", "This is not the address of a database.", remedy)


def _check_rows(section: Section, spec: SourceSpec) -> None:
    if spec.kind in _SERVERS and not spec.key:
        remedy = "Write the column or columns that tell its rows apart."
        section.report("key", f"A source of kind {spec.kind.value!r} needs a key.", remedy)
    if spec.kind in {*_SERVERS, SourceKind.SQLITE} and not spec.table:
        section.report("table", "Which table is to be read is not said.", "Write table: with its name, or a SELECT.")
