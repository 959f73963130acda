"""Typed reading of one mapping of a definition file: each fault becomes an issue, and reading goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from semantic_layer.errors import Issue, Text
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.source import LeafNode, ListNode, MapNode, Node, Place
from semantic_layer.model.types import Scalar, Words

E = TypeVar("E", bound=StrEnum)


class Section:
    """A mapping being read. Every key that is asked for is known; `finish` reports the others.

    A required key that is missing, or a value of the wrong type, adds an issue and gives a neutral value, so that all
    faults of a folder are found in one pass. What was built from neutral values never leaves the loader.
    """

    def __init__(self, node: MapNode, path: str, issues: list[Issue]) -> None:
        self.node = node
        self.path = path
        self._issues = issues
        self._known: list[str] = []

    @property
    def place(self) -> Place:
        return self.node.place

    def key(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def line_of(self, name: str) -> int:
        return self.node.keys.get(name, self.node.place).line

    def report(self, name: str, message: str, remedy: str) -> None:
        issue = Issue(file=self.place.file, line=self.line_of(name), key=self.key(name), message=message, remedy=remedy)
        self._issues.append(issue)

    def has(self, name: str) -> bool:
        self._known.append(name)
        return name in self.node.entries

    def finish(self) -> None:
        """Report keys that nobody asked for."""
        for name in self.unasked():
            self.report(name, f"The key {name!r} is not known here.", did_you_mean(name, self._known, allowed="keys"))

    def unasked(self) -> tuple[str, ...]:
        """The keys that nobody asked for, in the order of the file."""
        return tuple(name for name in self.node.entries if name not in self._known)

    def _take(self, name: str, *, required: bool, expected: str) -> Node | None:
        self._known.append(name)
        node = self.node.entries.get(name)
        if isinstance(node, LeafNode) and node.value is None:
            node = None
        if node is None and required:
            self.report(name, f"The key {name!r} is missing.", f"Add {name}: with {expected}.")
        return node

    def _wrong(self, name: str, expected: str, node: Node) -> None:
        found = {LeafNode: "a single value", ListNode: "a list", MapNode: "a mapping"}[type(node)]
        shown = f" ({node.value!r})" if isinstance(node, LeafNode) else ""
        self.report(name, f"{name!r} must be {expected}, not {found}{shown}.", f"Write {expected}.")

    def text_of(self, name: str, *, required: bool = False, default: str = "") -> str:
        """A string; numbers and dates are taken as their text."""
        node = self._take(name, required=required, expected="a text")
        if node is None:
            return default
        if isinstance(node, LeafNode) and not isinstance(node.value, bool):
            return str(node.value)
        self._wrong(name, "a text", node)
        return default

    def number(self, name: str, *, required: bool = False, default: float | None = None) -> float | None:
        node = self._take(name, required=required, expected="a number")
        if node is None:
            return default
        if isinstance(node, LeafNode) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return float(node.value)
        self._wrong(name, "a number", node)
        return default

    def whole(self, name: str, *, default: int) -> int:
        node = self._take(name, required=False, expected="a whole number")
        if node is None:
            return default
        if isinstance(node, LeafNode) and isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self._wrong(name, "a whole number", node)
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        node = self._take(name, required=False, expected="true or false")
        if node is None:
            return default
        if isinstance(node, LeafNode) and isinstance(node.value, bool):
            return node.value
        self._wrong(name, "true or false", node)
        return default

    def choice(self, name: str, kind: type[E], *, default: E | None = None) -> E:
        """One of a closed set of words; required when there is no default."""
        allowed = [member.value for member in kind]
        found = self.word_of(name, allowed, default=default.value if default else None)
        return kind(found)

    def word_of(self, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        node = self._take(name, required=default is None, expected=f"one of {', '.join(allowed)}")
        if node is None:
            return default or allowed[0]
        if isinstance(node, LeafNode) and str(node.value) in allowed:
            return str(node.value)
        if isinstance(node, LeafNode):
            message = f"{node.value!r} is not allowed for {name!r}."
            self.report(name, message, did_you_mean(str(node.value), allowed, allowed=f"values of {name}"))
        else:
            self._wrong(name, f"one of {', '.join(allowed)}", node)
        return default or allowed[0]

    def scalar(self, name: str, *, required: bool = True) -> Scalar:
        node = self._take(name, required=required, expected="a value")
        if node is None:
            return ""
        if isinstance(node, LeafNode):
            return as_scalar(node)
        self._wrong(name, "a single value", node)
        return ""

    def scalars(self, name: str) -> tuple[Scalar, ...]:
        """A list of values, or one value alone."""
        node = self._take(name, required=False, expected="a list of values")
        if node is None:
            return ()
        nodes = node.items if isinstance(node, ListNode) else (node,)
        found: list[Scalar] = []
        for item in nodes:
            if isinstance(item, LeafNode):
                found.append(as_scalar(item))
            else:
                self._wrong(name, "a list of values", item)
        return tuple(found)

    def texts(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of strings, or one string alone."""
        if required:
            self._take(name, required=True, expected="a list of texts")
        return tuple(str(value) for value in self.scalars(name))

    def bilingual(self, name: str, *, required: bool = False) -> Text:
        """`{zh: …, en: …}`, or one text that serves both languages."""
        node = self._take(name, required=required, expected="{zh: …, en: …}")
        if node is None:
            return Text("", "")
        if isinstance(node, LeafNode):
            return Text(str(node.value), str(node.value))
        if isinstance(node, MapNode):
            inner = Section(node, self.key(name), self._issues)
            found = Text(inner.text_of("zh", required=required), inner.text_of("en", required=required))
            inner.finish()
            return found
        self._wrong(name, "{zh: …, en: …}", node)
        return Text("", "")

    def section(self, name: str) -> Section | None:
        node = self._take(name, required=False, expected="a mapping")
        if node is None:
            return None
        if isinstance(node, MapNode):
            return Section(node, self.key(name), self._issues)
        self._wrong(name, "a mapping", node)
        return None

    def section_if_mapping(self, name: str) -> Section | None:
        """The mapping under a key that may also be a single value, which then is to be read by its own type."""
        node = self.node.entries.get(name)
        self._known.append(name)
        return Section(node, self.key(name), self._issues) if isinstance(node, MapNode) else None

    def is_list_of_mappings(self, name: str) -> bool:
        node = self.node.entries.get(name)
        return isinstance(node, ListNode) and any(isinstance(item, MapNode) for item in node.items)

    def sections(self, name: str, *, required: bool = False, lone: str | None = None) -> tuple[Section, ...]:
        """The mappings of a list; the path of each names it where it has a name.

        With `lone`, an item may also be a single value, which then stands for a mapping with that one key.
        """
        node = self._take(name, required=required, expected="a list")
        if node is None:
            return ()
        if not isinstance(node, ListNode):
            self._wrong(name, "a list", node)
            return ()
        found: list[Section] = []
        for position, given in enumerate(node.items):
            item: Node = given
            if lone is not None and isinstance(given, LeafNode):
                item = MapNode({lone: given}, {lone: given.place}, given.place)
            if isinstance(item, MapNode):
                found.append(Section(item, f"{self.key(name)}[{_label(item, position)}]", self._issues))
            else:
                issue = Issue(
                    file=item.place.file,
                    line=item.place.line,
                    key=f"{self.key(name)}[{position}]",
                    message="Each item must be a mapping.",
                    remedy="Write '- name: …' with the other keys below it.",
                )
                self._issues.append(issue)
        return tuple(found)

    def named(self, name: str) -> tuple[tuple[str, Node], ...]:
        """The pairs of a mapping whose keys are names chosen by the author."""
        inner = self.section(name)
        return tuple(inner.node.entries.items()) if inner else ()

    def inner(self, node: Node, path: str) -> Section | None:
        return Section(node, path, self._issues) if isinstance(node, MapNode) else None

    def words(self) -> Words:
        """`label`, `synonyms`, `description` and `ai_context`, which every definition has."""
        label = self.bilingual("label", required=True)
        synonyms = self.texts("synonyms")
        instructions = ""
        examples: tuple[str, ...] = ()
        context = self.section("ai_context")
        if context is not None:
            synonyms += context.texts("synonyms")
            instructions = context.text_of("instructions")
            examples = context.texts("examples")
            context.finish()
        return Words(
            label=label,
            synonyms=_distinct(synonyms),
            description=self.bilingual("description"),
            instructions=instructions,
            examples=examples,
        )


def as_scalar(node: LeafNode) -> Scalar:
    """The value as definitions hold it: dates become ISO text."""
    value = node.value
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else value


def _label(node: MapNode, position: int) -> str:
    for name in ("name", "value"):
        found = node.entries.get(name)
        if isinstance(found, LeafNode) and found.value not in (None, ""):
            return str(found.value)
    return str(position)


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
