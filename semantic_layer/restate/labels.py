"""Labels of fields and values in one language, and which values can stand without the name of their field."""

from __future__ import annotations

from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, DimensionKind, Scalar, Tag


class Labels:
    def __init__(self, index: ModelIndex, language: Language) -> None:
        self.index = index
        self.language: Language = language
        self.person = index.entity(index.model.customer_entity).words.name_in(language)

    def text(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def field(self, qualified: str) -> str:
        return self.index.said(qualified).in_(self.language)

    def metric(self, name: str) -> str:
        return self.index.metric(name).words.name_in(self.language)

    def entity(self, name: str) -> str:
        return self.index.entity(name).words.name_in(self.language)

    def value(self, field: str, value: Scalar) -> str:
        """The label of a stored value; a value of a preference tag is one of the dimension that it prefers."""
        for name in (field, *self._preferred(field)):
            for known in self.index.field(name).values:
                if known.value == value and type(known.value) is type(value):
                    return known.label.in_(self.language)
        if isinstance(value, bool):
            return Text("是" if value else "否", "yes" if value else "no").in_(self.language)
        return str(value)

    def _preferred(self, field: str) -> tuple[str, ...]:
        body = getattr(self.index.field(field), "body", None)
        dimension = getattr(body, "dimension", None)
        return (dimension,) if isinstance(dimension, str) and self.index.has_field(dimension) else ()

    def is_flag(self, field: str) -> bool:
        """A tag that holds or does not hold."""
        found = self.index.field(field)
        return isinstance(found, Tag) and not found.values and found.type == "boolean"

    def is_number(self, field: str) -> bool:
        found = self.index.field(field)
        return isinstance(found, Dimension) and found.kind is DimensionKind.NUMERIC

    def flag(self, field: str) -> str:
        """A flag as a noun for many people where its definition knows the plural: high-value customers."""
        words = self.index.field(field).words
        label = words.name_in(self.language)
        if self.language == "en" and f"{label}s" in words.synonyms:
            return f"{label}s"
        return label

    def speaks_for_itself(self, field: str, value: Scalar) -> bool:
        """A place needs no "city:" before it, unless the same word is usually taken for another field."""
        found = self.index.field(field)
        if not isinstance(found, Dimension) or found.kind is not DimensionKind.GEOGRAPHIC:
            return False
        if found.entity != self.index.model.customer_entity and not self._leads_to(found.entity):
            return False
        label = self.value(field, value)
        for ambiguity in self.index.model.ambiguities:
            if ambiguity.word == label:
                return ambiguity.default == field
        return True

    def _leads_to(self, entity: str) -> bool:
        return entity in self.index.reachable(self.index.model.customer_entity)

    def group(self, field: str, name: str) -> str:
        found = self.index.field(field)
        groups = found.groups if isinstance(found, Dimension) else ()
        return next((g.words.name_in(self.language) for g in groups if g.name == name), name)

    def listed(self, words: tuple[str, ...], joiner: str = "、") -> str:
        """Alternatives in a row: 高、中, "high or medium", "a, b or c"."""
        if self.language == "zh":
            return joiner.join(words)
        return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
