"""Names of things of a model in one language, chosen so that each name stands for one thing only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar, Tag, Words


class Names:
    """Built once for a model and a language."""

    def __init__(self, index: ModelIndex, language: Language) -> None:
        self._index = index
        self._language: Language = language
        self._taken = Counter(_key(name) for name in _all_names(index))

    def field(self, qualified: str) -> str:
        return self._own(self._index.field(qualified).words)

    def tag(self, tag: Tag) -> str:
        return self._own(tag.words)

    def metric(self, name: str) -> str:
        return self._own(self._index.metric(name).words)

    def entity(self, name: str) -> str:
        return self._index.entity(name).words.name_in(self._language)

    def value(self, field: str, value: Scalar) -> str:
        found = self._index.field(field)
        label = next((v.label for v in found.values if v.value == value), None)
        return (label or Text(str(value), str(value))).in_(self._language) or str(value)

    def group(self, field: str, name: str) -> str:
        group = next((g for g in self._index.dimension(field).groups if g.name == name), None)
        return group.words.name_in(self._language) if group is not None else name

    def verb(self, entity: str, fields: frozenset[str]) -> str:
        """A word for having rows of the entity, one that no other entity has whose rows lead to `fields` as well."""
        found = self._index.entity(entity)
        rivals = [e for e in self._index.model.entities if e.name != entity and self._leads(e.name, fields)]
        others = {v for e in rivals for v in e.verbs}
        mine = [v for v in found.verbs if v.isascii() == (self._language == "en") and v not in others]
        if mine:
            past = (v for v in mine if v.split()[0].endswith("ed") or v == "bought")
            return next(past, mine[0])
        label = found.words.name_in(self._language)
        return f"有{label}" if self._language == "zh" else f"with {label}"

    def _leads(self, entity: str, fields: frozenset[str]) -> bool:
        reached = self._index.reachable(entity)
        return all(field.split(".")[0] in reached for field in fields)

    def _own(self, words: Words) -> str:
        """The label, or the first other name in the language when the label also names something else."""
        label = words.name_in(self._language)
        if self._taken[_key(label)] <= 1:
            return label
        others = [s for s in words.synonyms if s.isascii() == (self._language == "en") and self._taken[_key(s)] <= 1]
        return others[0] if others else label


def _key(name: str) -> str:
    return name.lower().replace("-", " ")


def _all_names(index: ModelIndex) -> Iterator[str]:
    model = index.model
    for words in (
        *(e.words for e in model.entities),
        *(d.words for d in model.dimensions),
        *(t.words for t in model.tags),
        *(m.words for m in model.metrics),
    ):
        yield from {_key(n) for n in (words.label.zh, words.label.en, *words.synonyms) if n}
    for values in (*(d.values for d in model.dimensions), *(t.values for t in model.tags)):
        for value in values:
            yield from {_key(n) for n in (value.label.zh, value.label.en, *value.aliases) if n}
    for ambiguity in model.ambiguities:
        yield _key(ambiguity.word)
        yield _key(ambiguity.word)
