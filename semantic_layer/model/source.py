"""YAML text as a tree that remembers where everything stands. Knows nothing about what the keys mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import yaml

from semantic_layer.errors import Issue

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader  # the same trees, several times faster

MAX_DEPTH = 100
MAX_REPEATED = 100_000  # values of one file that stand there again through an anchor

Leaf = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class LeafNode:
    value: Leaf
    place: Place


@dataclass(frozen=True, slots=True)
class ListNode:
    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MapNode:
    """`keys` holds the place of every key, which is where a fault of that key is reported."""

    entries: dict[str, Node]
    keys: dict[str, Place]
    place: Place


Node = LeafNode | ListNode | MapNode


@dataclass(frozen=True, slots=True)
class Parsed:
    root: MapNode | None
    issues: tuple[Issue, ...]


def parse_yaml(text: str, file: str) -> Parsed:
    """The tree of one file. Broken YAML, duplicate keys and a root that is not a mapping become issues."""
    try:
        if (deep := _line_too_deep(text)) is not None:
            return Parsed(None, (_too_deep(file, deep),))
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        return Parsed(None, (_unreadable(error, file),))
    if root is None:
        return Parsed(MapNode({}, {}, Place(file, 1)), ())
    issues: list[Issue] = []
    return Parsed(_mapping_of(root, _Converter(file, issues)), tuple(issues))


def parse_documents(text: str, file: str) -> tuple[tuple[MapNode, ...], tuple[Issue, ...]]:
    """The trees of a file that holds several documents, parted by `---`; empty ones are left out. Faults as above."""
    issues: list[Issue] = []
    converter = _Converter(file, issues)
    found: list[MapNode] = []
    try:
        if (deep := _line_too_deep(text)) is not None:
            return (), (_too_deep(file, deep),)
        for root in yaml.compose_all(text, Loader=_LOADER):
            node = None if root is None or _is_empty(root) else _mapping_of(root, converter)
            if node is not None:
                found.append(node)
    except yaml.YAMLError as error:
        issues.append(_unreadable(error, file))
    return tuple(found), tuple(issues)


def _line_too_deep(text: str) -> int | None:
    """Where values stand inside of more than `MAX_DEPTH` others, if anywhere.

    Composing goes down into each value, so that a file of brackets could end the whole process; events do not.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return event.start_mark.line + 1 if event.start_mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _too_deep(file: str, line: int) -> Issue:
    message = f"Values are nested more than {MAX_DEPTH} deep."
    return Issue(file=file, line=line, key="", message=message, remedy="Look for brackets that are never closed.")


def _is_empty(root: yaml.Node) -> bool:
    return isinstance(root, yaml.ScalarNode) and not root.value


def _mapping_of(root: yaml.Node, converter: _Converter) -> MapNode | None:
    node = converter.node(root, path="")
    if isinstance(node, MapNode):
        return node
    converter.not_a_mapping(node)
    return None


def _unreadable(error: yaml.YAMLError, file: str) -> Issue:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        remedy = "Check indentation, quotes and colons on this line and the one before it."
        return Issue(file=file, line=line, key="", message=f"Not readable as YAML: {error.problem}.", remedy=remedy)
    message, remedy = f"Not readable as YAML: {error}.", "Save the file as UTF-8 text."
    return Issue(file=file, line=1, key="", message=message, remedy=remedy)


class _Converter:
    """Turns PyYAML nodes of one file into ours, noting duplicate keys."""

    def __init__(self, file: str, issues: list[Issue]) -> None:
        self._file = file
        self._issues = issues
        self._scalars = yaml.SafeLoader("")
        self._open: list[yaml.Node] = []
        self._seen: dict[int, yaml.Node] = {}
        self._repeated = 0

    def node(self, source: yaml.Node, *, path: str) -> Node:
        place = Place(self._file, source.start_mark.line + 1)
        if id(source) in self._seen:
            self._repeated += 1
            if self._repeated == MAX_REPEATED:
                message = f"Anchors repeat more than {MAX_REPEATED:,} values in this file."
                self._fault(source, path, message, "Write values out instead of anchors.")
            if self._repeated >= MAX_REPEATED:
                return LeafNode(None, place)
        self._seen[id(source)] = source
        if isinstance(source, yaml.ScalarNode):
            return LeafNode(self._leaf(source), place)
        if source in self._open:
            self._fault(source, path, "The anchor holds itself.", "Write the values out instead.")
            return LeafNode(None, place)
        self._open.append(source)
        try:
            if isinstance(source, yaml.MappingNode):
                return self._mapping(source, place, path)
            items = enumerate(source.value)
            return ListNode(tuple(self.node(item, path=f"{path}[{i}]") for i, item in items), place)
        finally:
            self._open.pop()

    def not_a_mapping(self, node: Node) -> None:
        message, remedy = (
            "The file is not a mapping of keys.",
            "Start the file with keys such as datasets:, metrics: or tags:.",
        )
        self._issues.append(Issue(file=self._file, line=node.place.line, key="", message=message, remedy=remedy))

    def _fault(self, source: yaml.Node, path: str, message: str, remedy: str) -> None:
        line = source.start_mark.line + 1
        self._issues.append(Issue(file=self._file, line=line, key=path, message=message, remedy=remedy))

    def _leaf(self, source: yaml.Node) -> Leaf:
        try:
            value = self._scalars.construct_object(source)
        except yaml.constructor.ConstructorError:
            remedy = "Write a plain value: text, a number, a day, true or false."
            self._fault(source, "", f"The type {source.tag!r} is not known here.", remedy)
            return str(source.value)
        except ValueError:  # looks like a day and is none: whoever reads the key says so
            return str(source.value)
        return value if value is None or isinstance(value, str | int | float | bool | date) else str(source.value)

    def _mapping(self, source: yaml.MappingNode, place: Place, path: str) -> MapNode:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for key_node, value_node in source.value:
            key = str(key_node.value)
            here = Place(self._file, key_node.start_mark.line + 1)
            full = f"{path}.{key}" if path else key
            if key_node.tag == "tag:yaml.org,2002:merge":
                self._fault(key_node, full, "Keys are not merged here.", "Write the keys of the anchor out.")
                continue
            if key in entries:
                message = f"The key {key!r} stands twice; it was first given on line {keys[key].line}."
                remedy = "Keep one of the two."
                self._issues.append(Issue(file=self._file, line=here.line, key=full, message=message, remedy=remedy))
                continue
            entries[key] = self.node(value_node, path=full)
            keys[key] = here
        return MapNode(entries, keys, place)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the file."""
    yield node
    if isinstance(node, MapNode):
        for child in node.entries.values():
            yield from walk(child)
    elif isinstance(node, ListNode):
        for child in node.items:
            yield from walk(child)
