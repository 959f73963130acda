"""Where every definition stands in its file, so that a rule about meaning can point at a line."""

from __future__ import annotations

from typing import Literal

from semantic_layer.errors import Issue
from semantic_layer.model.section import Section
from semantic_layer.model.source import ListNode, MapNode, Node, Place

Kind = Literal[
    "model", "entity", "dimension", "relationship", "metric", "tag", "ambiguity", "near_miss", "festival", "sample",
    "conventions", "role", "time_spine", "outreach",
]  # fmt: skip


class Sources:
    """Sections by kind and name. Filled while a folder is read; definitions of the same name keep all their places."""

    def __init__(self) -> None:
        self._sections: dict[tuple[Kind, str], list[Section]] = {}

    def add(self, kind: Kind, name: str, section: Section) -> None:
        self._sections.setdefault((kind, name), []).append(section)

    def twice(self, kind: Kind) -> tuple[tuple[str, Section, Section], ...]:
        """Names of `kind` given more than once: the name, the first section, and each later one."""
        return tuple(
            (name, sections[0], later)
            for (found, name), sections in self._sections.items()
            if found == kind
            for later in sections[1:]
        )

    def issue(self, kind: Kind, name: str, path: tuple[str | int, ...], message: str, remedy: str) -> Issue:
        """An error at `path` below the definition, or as near to it as the file goes."""
        sections = self._sections.get((kind, name))
        if not sections:
            return Issue(file="", line=0, key=name, message=message, remedy=remedy)
        section = sections[0]
        place, key = _descend(section, path)
        return Issue(file=place.file, line=place.line, key=key, message=message, remedy=remedy)


def _descend(section: Section, path: tuple[str | int, ...]) -> tuple[Place, str]:
    node: Node = section.node
    place = section.place
    key = section.path
    for step in path:
        if isinstance(node, MapNode) and isinstance(step, str):
            if step not in node.entries:
                continue  # a metric with one measure gives its keys without the list
            place, node, key = node.keys[step], node.entries[step], f"{key}.{step}"
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place, key = node.place, f"{key}[{step}]"
    return place, key
