"""Names of things of a model in one language, chosen so that each name stands for one thing only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from semantic_layer.errors import Language, Text
from semantic_layer.model.grain import Grain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar, Simple, Tag, Words


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

    def registration(self) -> str:
        """A short word for becoming one of the people: 注册, registered. Empty when nothing says when they did."""
        found = registration_field(self._index)
        return "" if found is None else short_name(self._index.field(found).words, self._language)

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


def registration_field(index: ModelIndex) -> str | None:
    """The time by which a metric counts all people: when they became what they are."""
    person = index.model.customer_entity
    for metric in index.model.metrics:
        measures = metric.body.measures if isinstance(metric.body, Simple) else ()
        for measure in measures:
            field = f"{person}.{measure.time}"
            if measure.entity == person and measure.time and not measure.where and index.has_field(field):
                return field
    return None


def short_name(words: Words, language: Language) -> str:
    """The shortest name that begins as the label does; in English the past of a verb if there is one."""
    label = words.name_in(language)
    mine = [w for w in (label, *words.synonyms) if w.isascii() == (language == "en") and w[:2] == label[:2]]
    return min([w for w in mine if w.endswith("ed")] or mine, key=len)


_LENGTHS = {
    Grain.HOUR: Text("{n}小时", "{n} hour"),
    Grain.DAY: Text("{n}天", "{n} day"),
    Grain.WEEK: Text("{n}周", "{n} week"),
    Grain.MONTH: Text("{n}个月", "{n} month"),
    Grain.QUARTER: Text("{n}个季度", "{n} quarter"),
    Grain.YEAR: Text("{n}年", "{n} year"),
}


def length_words(count: int, unit: Grain) -> Text:
    """A length of time: 7天, 7 days."""
    known = _LENGTHS.get(unit, Text("{n}" + unit.value, "{n} " + unit.value))
    return Text(known.zh.format(n=count), known.en.format(n=count) + ("" if count == 1 else "s"))


def spaced_length(count: int, unit: Grain, language: Language) -> str:
    """As it is shown: 7 天, 7 days."""
    said = length_words(count, unit).in_(language)
    return f"{count} {said.removeprefix(str(count)).strip()}"


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
