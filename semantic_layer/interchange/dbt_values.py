"""Small things that occur all over dbt's files: words in any case, expressions, filters, lengths of time, what is left over."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semantic_layer.errors import Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.grain import Grain, Offset
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, ListNode, MapNode, Node

_LENGTH = re.compile(r"(\d+)\s+(\w+)")
FINER = ("nanosecond", "microsecond")
_NO_MEANING = (
    "metadata",
    "config",
    "meta",
)  # who wrote it and how dbt builds it; told only when something stands there


def place_of(section: Section, key: str = "") -> str:
    return f"{section.place.file}:{section.line_of(key) if key else section.place.line}"


def word(section: Section, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
    """One of a closed set of words, in any case."""
    given = section.text_of(name, required=default is None).lower()
    if given in allowed:
        return given
    if given:
        remedy = did_you_mean(given, allowed, allowed=f"values of {name}")
        section.report(name, f"{given!r} is not allowed for {name!r}.", remedy)
    return default or allowed[0]


def expression(section: Section, name: str, default: str) -> str:
    """SQL that may be written as a number or as true and false too."""
    value = section.scalar(name, required=False)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if value != "" else default


def filters(section: Section, name: str) -> tuple[str, ...]:
    """Conditions that must all hold: one text, a list of texts, or the form of a compiled manifest."""
    inner = section.section_if_mapping(name)
    if inner is not None:
        return tuple(item.text_of("where_sql_template", required=True) for item in inner.sections("where_filters"))
    if section.is_list_of_mappings(name):
        return tuple(item.text_of("where_sql_template", required=True) for item in section.sections(name))
    return tuple(text for text in section.texts(name) if text.strip())


def length(section: Section, name: str) -> str:
    """`7 days`, or a mapping with count and granularity, as "7 day"; empty when absent."""
    inner = section.section_if_mapping(name)
    if inner is not None:
        return f"{inner.whole('count', default=0)} {_one(inner.text_of('granularity', required=True).lower())}"
    text = section.text_of(name).lower()
    if not text:
        return ""
    match = _LENGTH.fullmatch(text.strip())
    if match is None:
        section.report(name, f"{text!r} is not a length of time.", "Write a number and a unit, e.g. 7 days.")
        return ""
    return f"{match[1]} {_one(match[2])}"


def offset(section: Section) -> Offset | None:
    """`offset_window: 1 week`, or `offset_to_grain: month`."""
    to_start = section.text_of("offset_to_grain").lower()
    if to_start:
        return Offset(to_start, to_start=True)
    back = length(section, "offset_window")
    if not back:
        return None
    count, unit = back.split(" ")
    return Offset(unit, count=int(count))


def grain(section: Section, name: str, losses: list[Loss], *, default: Grain | None = None) -> Grain | None:
    """A grain; finer ones than a millisecond are read as that, and a company's own are not carried."""
    given = section.text_of(name).lower()
    if not given:
        return default
    if given in FINER:
        why = Text(
            f"没有比毫秒更细的粒度，按毫秒读取（{given}）。", f"Nothing is finer than a millisecond here ({given})."
        )
        losses.append(Loss(place_of(section, name), section.key(name), why))
        return Grain.MILLISECOND
    if given in tuple(Grain):
        return Grain(given)
    why = Text(f"「{given}」不是标准粒度，未读取。", f"{given!r} is not a standard grain and was not read.")
    losses.append(Loss(place_of(section, name), section.key(name), why))
    return default


def left_over(section: Section, known: Sequence[str], losses: list[Loss]) -> None:
    """What stands in the source and was not asked for."""
    for key, node in section.node.entries.items():
        if key in known or _says_nothing(node) or (key in _NO_MEANING and _is_default(node)):
            continue
        why = (
            Text("dbt 的设置，不属于含义，未读取。", "A setting of dbt; it is no part of the meaning and was not read.")
            if key in _NO_MEANING
            else Text("不认识这个键，未读取。", "The key is not known here and was not read.")
        )
        losses.append(Loss(place_of(section, key), section.key(key), why))


def _one(unit: str) -> str:
    singular = unit.removesuffix("s")
    return singular if singular in tuple(Grain) else unit


def _says_nothing(node: Node) -> bool:
    if isinstance(node, LeafNode):
        return node.value in (None, "", False)
    return not (node.items if isinstance(node, ListNode) else node.entries)


def _is_default(node: Node) -> bool:
    """Whether a setting holds nothing that its author wrote: places in files, empty maps, `enabled: true`."""
    if not isinstance(node, MapNode):
        return False
    ours = {key: inner for key, inner in node.entries.items() if key not in ("repo_file_path", "file_slice", "enabled")}
    return all(_says_nothing(inner) or _is_default(inner) for inner in ours.values())
