"""What a prompt may hold of a data set: the definitions and values that the question's own words, or words near them, lead to.

Values are those that the definitions declare or that the question itself names. No row of data is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.pieces import Values
from assistant.interpreters.names import Ranks
from assistant.interpreters.spans import Found, Gap
from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Entity, Metric, Scalar, Sensitivity, Tag, Value
from semantic_layer.query.codec import Json, encode
from semantic_layer.query.plan import Plan
from semantic_layer.query.time import TimeRange
from semantic_layer.vocabulary.terms import FieldTerm, GroupTerm, MetricTerm, Term, ValueTerm

_METRICS: Final = 14
_FIELDS: Final = 14
_VALUES: Final = 16  # declared values shown of one field
_EXAMPLES: Final = 4


class Example(Protocol):
    """A question that was reviewed, with its plan."""

    @property
    def plan(self) -> Plan: ...

    def wordings(self, language: Language | None = None) -> tuple[str, ...]: ...


class Examples(Protocol):
    """Reviewed questions like one that is asked."""

    def near(self, text: str, limit: int, language: Language) -> Sequence[Example]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFound:
    """A field that may be meant, with the values worth telling."""

    field: Dimension | Tag
    values: tuple[Value, ...] = ()
    named: tuple[Scalar, ...] = ()  # stored values that the question names


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that is told of the data set for one question, most likely first."""

    language: Language
    found: Found
    metrics: tuple[Metric, ...]
    fields: tuple[FieldFound, ...]
    entities: tuple[Entity, ...]
    times: tuple[tuple[str, Json], ...]  # as said, and as plans hold it
    examples: tuple[tuple[str, Plan], ...]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What nothing explains, as narrow as it is."""
        return tuple(places[0] for places in self.found.gaps)


class Gatherer:
    """Gathers material from one data set; read only."""

    def __init__(self, index: ModelIndex, ranks: Ranks, examples: Examples) -> None:
        self._index = index
        self._ranks = ranks
        self._examples = examples

    def gather(self, text: str, found: Found, language: Language) -> Material:
        return Material(
            language=language,
            found=found,
            metrics=tuple(self._metrics(text, found))[:_METRICS],
            fields=tuple(self._fields(text, found))[:_FIELDS],
            entities=tuple(e for e in self._index.model.entities if e.verbs or e.name == self._person),
            times=tuple(
                (found.said(word), encode(word.value)) for word in found.words if isinstance(word.value, TimeRange)
            ),
            examples=tuple(
                (example.wordings(language)[0], example.plan)
                for example in self._examples.near(text, _EXAMPLES, language)
                if example.wordings(language)
            ),
        )

    @property
    def _person(self) -> str:
        return self._index.model.customer_entity

    def _metrics(self, text: str, found: Found) -> Iterable[Metric]:
        named = [str(w.value) for w in found.words if w.cat == cat.METRIC and self._index.has_metric(str(w.value))]
        near = [t.name for t in self._terms(text, found, 12, 5, (MetricTerm,)) if isinstance(t, MetricTerm)]
        for name in dict.fromkeys((*named, *near)):
            metric = self._index.metric(name)
            if not metric.hidden:
                yield metric

    def _fields(self, text: str, found: Found) -> Iterable[FieldFound]:
        named: dict[str, list[Scalar]] = {}
        for word in found.words:
            if isinstance(word.value, Values):
                named.setdefault(word.value.field, []).extend(word.value.values)
            elif word.cat == cat.FIELD:
                named.setdefault(str(word.value), [])
        near = [
            t.field
            for t in self._terms(text, found, 10, 5, (FieldTerm, ValueTerm, GroupTerm))
            if isinstance(t, FieldTerm | ValueTerm | GroupTerm)
        ]
        for name in dict.fromkeys((*named, *near)):
            field = self._index.field(name)
            if field.sensitivity is Sensitivity.NONE:
                yield FieldFound(
                    field=field, values=field.values[:_VALUES], named=tuple(dict.fromkeys(named.get(name, ())))
                )

    def _terms(self, text: str, found: Found, whole: int, each: int, kinds: Sequence[type[Term]]) -> tuple[Term, ...]:
        near = list(self._ranks.ranked(text, whole, kinds=kinds))
        for places in found.gaps:
            for gap in places:
                near += self._ranks.ranked(gap.said, each, kinds=kinds)
        return tuple(n.entry.term for n in sorted(near, key=lambda n: -n.similarity))
