"""YAML text as a tree that remembers where everything stands. Knows nothing about what the keys mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import yaml

from semantic_layer.errors import Issue

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader  # the same trees, several times faster

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
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        remedy = "Check indentation, quotes and colons on this line and the one before it."
        return Parsed(
            None,
            (Issue(file=file, line=line, key="", message=f"Not readable as YAML: {error.problem}.", remedy=remedy),),
        )
    except yaml.YAMLError as error:
        return Parsed(
            None,
            (
                Issue(
                    file=file,
                    line=1,
                    key="",
                    message=f"Not readable as YAML: {error}.",
                    remedy="Save the file as UTF-8 text.",
                ),
            ),
        )
    if root is None:
        return Parsed(MapNode({}, {}, Place(file, 1)), ())
    issues: list[Issue] = []
    node = _Converter(file, issues).node(root, path="")
    if not isinstance(node, MapNode):
        remedy = "Start the file with keys such as datasets:, metrics: or tags:."
        issues.append(
            Issue(file=file, line=node.place.line, key="", message="The file is not a mapping of keys.", remedy=remedy)
        )
        return Parsed(None, tuple(issues))
    return Parsed(node, tuple(issues))


class _Converter:
    """Turns PyYAML nodes of one file into ours, noting duplicate keys."""

    def __init__(self, file: str, issues: list[Issue]) -> None:
        self._file = file
        self._issues = issues
        self._scalars = yaml.SafeLoader("")
        self._open: list[yaml.Node] = []

    def node(self, source: yaml.Node, *, path: str) -> Node:
        place = Place(self._file, source.start_mark.line + 1)
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
