"""What the names of a model mean to the grammar: the category of each term, and what can be combined with what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.pieces import Values
from semantic_layer.errors import InvalidPlanError, SeveralPathsError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    Ambiguity,
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    DimensionKind,
    Metric,
    PreferenceBody,
    Ratio,
    RuleBody,
    Scalar,
    SemanticModel,
    Simple,
    Tag,
    Unit,
    ValueGroup,
)
from semantic_layer.query.predicate import Among, Between, Compare, HasMetric, Op, Predicate
from semantic_layer.query.time import TimeRange
from semantic_layer.vocabulary import Entry, Term
from semantic_layer.vocabulary.fold import fold
from semantic_layer.vocabulary.terms import (
    AmbiguityTerm,
    CategoryTerm,
    EntityTerm,
    FieldTerm,
    GroupTerm,
    MetricTerm,
    NearMissTerm,
    ValueTerm,
    VerbTerm,
)

NOT_DEFAULT = 0.3  # price of a meaning that the definitions do not take by default
_SIMPLE_LEVEL = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|=)\s*(\d+(?:\.\d+)?)\s*\Z")


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a word. `word` is the declared ambiguous word it comes from; `assumed` that it is the default."""

    cat: str
    value: object
    term: Term
    price: float = 0.0
    word: str | None = None
    assumed: bool = False


class Meanings:
    """Read-only questions about one model, worded as the grammar asks them."""

    def __init__(self, index: ModelIndex) -> None:
        self.index = index
        self.model: SemanticModel = index.model
        self.person = index.model.customer_entity
        self._ambiguities = {a.word: a for a in index.model.ambiguities}

    # ---- senses of a word

    def senses(self, entry: Entry) -> Iterator[Sense]:
        match entry.term:
            case AmbiguityTerm(word=word):
                yield from self._declared(self._ambiguities[word])
            case term:
                sense = self._sense(term)
                if sense is not None:
                    yield sense

    def _declared(self, ambiguity: Ambiguity) -> Iterator[Sense]:
        called = self._called(ambiguity)
        for meaning in ambiguity.meanings:
            base = self._meaning(meaning, called)
            if base is not None:
                default = meaning == ambiguity.default
                price = 0.0 if default or ambiguity.default is None else NOT_DEFAULT
                yield Sense(base.cat, base.value, base.term, price - 0.01, ambiguity.word, assumed=default)

    def _called(self, ambiguity: Ambiguity) -> Scalar | None:
        """The value that the word calls in one of the fields it may mean; the other fields then have the same value."""
        word = fold(ambiguity.word)
        for name in ambiguity.meanings:
            qualified = self._qualified(name)
            for value in self.index.field(qualified).values if qualified else ():
                if word in {fold(n) for n in (str(value.value), value.label.zh, value.label.en, *value.aliases)}:
                    return value.value
        return None

    def _qualified(self, name: str) -> str | None:
        qualified = name if "." in name else f"{self.person}.{name}"
        return qualified if self.index.has_field(qualified) and not self.index.has_metric(name) else None

    def _meaning(self, name: str, called: Scalar | None) -> Sense | None:
        """A metric, a field, or the value of a field."""
        if self.index.has_metric(name):
            return self._sense(MetricTerm(name))
        qualified = self._qualified(name)
        if qualified is None:
            return None
        if called is None:
            return self._sense(FieldTerm(qualified))
        known = any(v.value == called for v in self.index.field(qualified).values)
        return self._sense(ValueTerm(qualified, called)) if known else None

    def _sense(self, term: Term) -> Sense | None:
        match term:
            case MetricTerm(name=name):
                return Sense(cat.METRIC, name, term)
            case FieldTerm(field=field):
                return Sense(cat.FIELD, field, term)
            case ValueTerm(field=field, value=value, weak=weak):
                weak = weak or self._is_preference(field) or self.is_history(self.index.field(field).entity)
                return Sense(cat.WEAK_VALUE if weak else cat.VALUE, Values(field, (value,)), term)
            case GroupTerm(field=field, group=name):
                return Sense(cat.VALUE, self._group_values(field, self.group(field, name)), term)
            case EntityTerm(name=name):
                return Sense(cat.ENTITY, name, term)
            case VerbTerm(entity=entity):
                return Sense(cat.VERB, entity, term, 0.1)
            case CategoryTerm(category=category):
                return Sense(cat.CATEGORY, category, term, 0.2)
            case NearMissTerm() | AmbiguityTerm():
                return None

    def _is_preference(self, field: str) -> bool:
        """A preference tag shares its values with the dimension it is about; alone they mean that dimension."""
        found = self.index.field(field)
        return isinstance(found, Tag) and isinstance(found.body, PreferenceBody)

    def group(self, field: str, name: str) -> ValueGroup:
        return next(g for g in self.index.dimension(field).groups if g.name == name)

    def _group_values(self, field: str, group: ValueGroup) -> Values:
        return Values(field, tuple(group.members), group.name, low=group.low, high=group.high)

    # ---- fields

    def field_called(self, entity: str, said: str) -> bool:
        """Has the entity a field that is called so, or by a longer name that ends so: a channel of consent is a channel."""
        names = (
            fold(name)
            for field in self.index.fields_of(entity)
            for name in (field.words.label.zh, field.words.label.en, *field.words.synonyms)
        )
        words = {fold(said), fold(said).removesuffix("s")}
        return any(name.endswith(word) for name in names for word in words)

    def is_tag(self, field: str) -> bool:
        return isinstance(self.index.field(field), Tag)

    def is_place(self, field: str) -> bool:
        found = self.index.field(field)
        return isinstance(found, Dimension) and found.kind is DimensionKind.GEOGRAPHIC

    def larger(self, field: str, other: str) -> bool:
        """Has the one kind of place fewer places than the other?"""
        return 0 < len(self.index.field(field).values) < len(self.index.field(other).values or range(1_000_000))

    def is_numeric(self, field: str) -> bool:
        found = self.index.field(field)
        return isinstance(found, Dimension) and found.kind is DimensionKind.NUMERIC

    def can_group(self, field: str) -> bool:
        found = self.index.field(field)
        kinds = (DimensionKind.CATEGORICAL, DimensionKind.GEOGRAPHIC)
        return isinstance(found, Tag) or found.kind in kinds

    def positive(self, field: str) -> Predicate | None:
        """What is meant when only the name of a tag is said."""
        found = self.index.field(field)
        if not isinstance(found, Tag):
            return None
        if not found.values:
            return Compare(field, "=", True)
        if not found.positive:
            return None
        return self.one_of(field, found.positive)

    def one_of(self, field: str, values: tuple[Scalar, ...], group: str | None = None) -> Predicate:
        if len(values) == 1 and group is None:
            return Compare(field, "=", values[0])
        return Among(field, values, group)

    def values_condition(self, values: Values) -> Predicate:
        if values.low is not None or values.high is not None:
            return _range(values)
        return self.one_of(values.field, values.values, values.group)

    def from_level(self, values: Values, op: Op) -> Predicate | None:
        """Gold and above: the levels of an ordered field from `values` on, upwards or downwards."""
        found = self.index.field(values.field)
        if not found.ordered or len(values.values) != 1:
            return None
        levels = [v.value for v in found.values]
        if values.values[0] not in levels:
            return None
        place = levels.index(values.values[0])
        kept = {">=": levels[place:], ">": levels[place + 1 :], "<=": levels[: place + 1], "<": levels[:place]}.get(op)
        return self.one_of(values.field, tuple(kept)) if kept else None

    def windowed(self, field: str, time: TimeRange) -> Predicate | None:
        """A tag that asks for one metric in a window, asked over another window: "active in the last three months"."""
        found = self.index.field(field)
        if not isinstance(found, Tag) or not isinstance(found.body, RuleBody):
            return None
        body = found.body
        if len(body.inputs) != 1 or body.inputs[0].where or not body.inputs[0].window or not body.levels:
            return None
        level = _SIMPLE_LEVEL.match(body.levels[0].when)
        if level is None or level.group(1) != body.inputs[0].name:
            return None
        op: Op = ">=" if level.group(2) == ">=" else ">" if level.group(2) == ">" else "="
        if level.group(2) not in (">", ">="):
            return None
        return HasMetric(metric=body.inputs[0].metric, op=op, value=float(level.group(3)), time=time)

    def has_time(self, entity: str) -> bool:
        """Have rows of the entity a time, of which a part of the week or of the day can be asked?"""
        fields = self.index.fields_of(entity)
        return any(isinstance(f, Dimension) and f.kind is DimensionKind.TIME for f in fields)

    def can_head(self, field: str) -> bool:
        """Can the bare name of the field stand for its values ("which cities")? A yes-or-no tag cannot."""
        found = self.index.field(field)
        return self.can_group(field) and not (isinstance(found, Tag) and not found.values)

    def dated(self, field: str, time: TimeRange) -> Predicate | None:
        """Registered in the last 30 days: people who are counted at that date inside the time."""
        entity, _, name = field.partition(".")
        found = self.index.field(field)
        if entity != self.person or not isinstance(found, Dimension) or found.kind is not DimensionKind.TIME:
            return None
        for metric in self.model.metrics:
            if (
                isinstance(metric.body, Simple)
                and metric.counts == self.person
                and metric.body.measures[0].time == name
            ):
                first = metric.body.measures[0]
                if not first.where and first.per is None and first.non_additive is None:
                    return HasMetric(metric=metric.name, op=">=", value=1.0, time=time)
        return None

    def measured(self, entity: str) -> int:
        """How many metrics have their first measure on the rows of an entity: a sign of how much it matters."""
        bodies = [m.body for m in self.model.metrics if isinstance(m.body, Simple)]
        return sum(any(measure.entity == entity for measure in body.measures) for body in bodies)

    # ---- entities and reach

    def name_field(self, entity: str) -> str | None:
        """The field by which the rows of an entity other than people are called: the name of a shop."""
        if entity == self.person:
            return None
        found = self.index.entity(entity)
        label = f"{entity}.{found.label_column}"
        if found.label_column and self.index.has_field(label) and self.can_group(label):
            return label
        named = (f for f in self.index.fields_of(entity) if isinstance(f, Dimension) and f.index_values)
        return next((f.qualified for f in named if self.can_group(f.qualified)), None)

    def is_history(self, entity: str) -> bool:
        """Do its rows say what held when? Such a value is told of rows with a time, and is nothing that people have."""
        return self.index.entity(entity).validity is not None

    def default_of(self, word: str) -> str | None:
        """The field that the company takes a word for that has several meanings."""
        known = self._ambiguities.get(word)
        return self._qualified(known.default) if known is not None and known.default else None

    def meanings_of(self, word: str) -> tuple[str, ...]:
        """What a word that is declared to have several meanings may mean."""
        known = self._ambiguities.get(word)
        return known.meanings if known is not None else ()

    def reaches(self, start: str, target: str) -> int | None:
        """Number of many-to-one steps from one entity to another; `None` when there is no single way."""
        try:
            return len(self.index.path(start, target))
        except SeveralPathsError as error:  # which way is meant is asked when the answer is computed
            return error.suggestions[0].count(">") + 1
        except InvalidPlanError:
            return None

    @cached_property
    def behaviours(self) -> tuple[str, ...]:
        """Entities whose rows lead to a person, in the order of the definitions."""
        return tuple(
            e.name
            for e in self.model.entities
            if e.name != self.person and self.reaches(e.name, self.person) is not None
        )

    def measure_entities(self, metric: str) -> tuple[frozenset[str], ...]:
        """For each simple metric that `metric` is made of, the entities at which it can be computed."""
        body = self.index.metric(metric).body
        match body:
            case Simple():
                return (frozenset(m.entity for m in body.measures),)
            case Ratio():
                return self.measure_entities(body.numerator.metric) + self.measure_entities(body.denominator.metric)
            case Derived():
                return tuple(part for one in body.inputs for part in self.measure_entities(one.metric))
            case Cumulative():
                return self.measure_entities(body.input)
            case Conversion():
                return self.measure_entities(body.base)

    def distance(self, metric: str, entity: str) -> int | None:
        """Steps from the rows of a metric to `entity`, the longest over its parts; `None` when a part does not lead there."""
        furthest = 0
        for entities in self.measure_entities(metric):
            steps = [s for e in entities if (s := self.reaches(e, entity)) is not None]
            if not steps:
                return None
            furthest = max(furthest, min(steps))
        return furthest

    def is_average(self, metric: str) -> bool:
        """Is the metric an average already, so that the word adds nothing?"""
        body = self.index.metric(metric).body
        if isinstance(body, Simple):
            return all(measure.agg is Aggregation.AVERAGE for measure in body.measures)
        return isinstance(body, (Ratio, Derived)) and self.index.metric(metric).unit is not Unit.PERCENT

    def adds_up(self, metric: str) -> bool:
        """Can the metric of a whole be shared out among its parts? Rates and averages cannot."""
        found = self.index.metric(metric)
        return isinstance(found.body, Simple) and found.unit in (Unit.COUNT, Unit.CURRENCY)

    def timeless(self, metric: str) -> bool:
        """Does the metric count what is there now, so that a time cannot be asked of it?"""
        body = self.index.metric(metric).body
        match body:
            case Simple():
                return all(m.time is None and self.index.entity(m.entity).time is None for m in body.measures)
            case Ratio():
                return self.timeless(body.numerator.metric) and self.timeless(body.denominator.metric)
            case Derived():
                return all(self.timeless(one.metric) for one in body.inputs)
            case Cumulative() | Conversion():
                return False

    @cached_property
    def people_metric(self) -> str | None:
        """The metric that counts people as they are now, without any condition."""
        return next((m.name for m in self.model.metrics if self._counts_all(m, self.person)), None)

    def count_metric(self, entity: str) -> str | None:
        """The metric that counts all rows of an entity."""
        if entity == self.person:
            return self.people_metric
        return next((m.name for m in self.model.metrics if self._counts_all(m, entity)), None)

    def _counts_all(self, metric: Metric, entity: str) -> bool:
        if not isinstance(metric.body, Simple):
            return False
        first = metric.body.measures[0]
        counting = first.agg in (Aggregation.COUNT, Aggregation.COUNT_DISTINCT)
        keyed = not first.expr or first.expr in self.index.entity(entity).primary_key
        plain = not first.where and first.per is None and first.having is None and first.non_additive is None
        return counting and first.entity == entity and plain and keyed

    def amount_field(self, entity: str) -> str | None:
        """The field that a bare sum of money on rows of an entity means: its first one in currency."""
        for field in self.index.fields_of(entity):
            if isinstance(field, Dimension) and field.unit is Unit.CURRENCY:
                return field.qualified
        return None


def _range(values: Values) -> Predicate:
    if values.low is not None and values.high is not None:
        return Between(values.field, values.low, values.high)
    if values.low is not None:
        return Compare(values.field, ">=", values.low)
    return Compare(values.field, "<=", values.high if values.high is not None else 0)
