"""What is put together belongs together: the parts of a metric lead to something that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.rules.metrics import Path, metrics_named
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import (
    Conversion,
    Derived,
    Metric,
    PreferenceBody,
    QuantileBody,
    Ratio,
    RuleBody,
    SemanticModel,
    Simple,
    Tag,
)


def related_parts(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """The inputs of a metric share an entity to be grouped by; a measure reaches what it is grouped by first.

    Parts that share nothing but time can still be shown over time, which is worth a warning only.
    """
    reach = Reach(model)
    for metric in model.metrics:
        match metric.body:
            case Ratio(numerator=top, denominator=bottom):
                parts: list[tuple[Path, str]] = [(("numerator",), top.metric), (("denominator",), bottom.metric)]
            case Derived(inputs=inputs):
                parts = [(("inputs", at), part.metric) for at, part in enumerate(inputs)]
            case Conversion():
                yield from _conversion(metric, metric.body, reach, sources)
                continue
            case Simple():
                yield from _grouped_first(metric, metric.body, reach, sources)
                continue
            case _:
                continue
        yield from _share(metric, parts, reach, sources)


def _share(metric: Metric, parts: Sequence[tuple[Path, str]], reach: Reach, sources: Sources) -> Iterator[Issue]:
    shared: frozenset[str] | None = None
    before: list[str] = []
    for path, name in parts:
        own = reach.of_metric(name)
        if own is None:
            return
        if shared is not None and not shared & own:
            others = " and ".join(repr(one) for one in dict.fromkeys(before))
            message = (
                f"{name!r} ({_over(reach, name)}) and {others} ({_over(reach, before[0])}) are over unrelated entities."
            )
            if all(reach.is_timed(one) for _, one in parts):
                remedy = "It can only be shown over time. Add a relationship to something that both lead to."
                issue = sources.issue("metric", metric.name, path, message, remedy)
                yield replace(issue, severity="warning")
            else:
                remedy = "Add a relationship to something that both lead to, or take metrics that belong together."
                yield sources.issue("metric", metric.name, path, message, remedy)
            return
        shared = own if shared is None else shared & own
        before.append(name)


def _over(reach: Reach, name: str) -> str:
    return ", ".join(sorted(reach.entities_of(name)))


def _conversion(metric: Metric, body: Conversion, reach: Reach, sources: Sources) -> Iterator[Issue]:
    """Both ends lead to what is converted; what must stay the same is a field of each."""
    for key, name in (("base", body.base), ("target", body.target)):
        own = reach.of_metric(name)
        if own is not None and body.entity in reach.entities and body.entity not in own:
            message = f"{name!r} is over {_over(reach, name)}, which does not lead to {body.entity!r}."
            remedy = did_you_mean(body.entity, own, allowed="entities it leads to")
            yield sources.issue("metric", metric.name, (key,), message, remedy)
        for at, pair in enumerate(body.constant):
            field = pair[0] if key == "base" else pair[1]
            yield from _constant(metric, (("constant", at, key), field), own, reach, sources)


def _constant(
    metric: Metric, named: tuple[Path, str], own: frozenset[str] | None, reach: Reach, sources: Sources
) -> Iterator[Issue]:
    path, field = named
    plain = field.rpartition(">")[2]
    if not field or own is None:
        return
    known = [name for name in reach.fields if name.partition(".")[0] in own]
    if plain not in known:
        why = "is not reached from it" if plain in reach.fields else "is no field (written entity.name)"
        yield sources.issue(
            "metric", metric.name, path, f"{field!r} {why}.", did_you_mean(plain, known, allowed="fields")
        )


def _grouped_first(metric: Metric, body: Simple, reach: Reach, sources: Sources) -> Iterator[Issue]:
    for at, measure in enumerate(body.measures):
        own = reach.of_entity(measure.entity)
        if measure.per in reach.entities and own and measure.per not in own:
            message = f"Rows of {measure.entity!r} do not lead to {measure.per!r}."
            remedy = did_you_mean(measure.per or "", own, allowed="entities it leads to")
            yield sources.issue("metric", metric.name, ("measures", at, "per"), message, remedy)
        if measure.non_additive is None:
            continue
        for name in measure.non_additive.groupings:
            qualified = (name if "." in name else f"{measure.entity}.{name}").rpartition(">")[2]
            known = [one for one in reach.fields if one.partition(".")[0] in own]
            if own and qualified not in known:
                path: Path = ("measures", at, "non_additive", "groupings")
                remedy = did_you_mean(name, known, allowed="fields")
                yield sources.issue("metric", metric.name, path, f"{name!r} is no field that its rows lead to.", remedy)


def tags_of_people(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """The metrics of a tag can be computed for one row of its entity."""
    reach = Reach(model)
    for tag in model.tags:
        for path, name in _metrics_of(tag):
            own = reach.of_metric(name)
            if own is not None and tag.entity in reach.entities and tag.entity not in own:
                message = f"{name!r} is over {_over(reach, name)}, which does not lead to {tag.entity!r}."
                remedy = f"Take a metric whose rows belong to one {tag.entity}, or add a relationship."
                yield sources.issue("tag", tag.qualified, path, message, remedy)
        if isinstance(tag.body, PreferenceBody):
            own, owner = reach.of_metric(tag.body.metric), tag.body.dimension.partition(".")[0]
            if own is not None and owner in reach.entities and owner not in own:
                message = (
                    f"{tag.body.metric!r} is over {_over(reach, tag.body.metric)}, which does not lead to {owner!r}."
                )
                remedy = "Take a metric of what is preferred, or another dimension."
                yield sources.issue("tag", tag.qualified, ("dimension",), message, remedy)


def _metrics_of(tag: Tag) -> Iterator[tuple[Path, str]]:
    match tag.body:
        case RuleBody(inputs=inputs):
            yield from ((("inputs", item.name, "metric"), item.metric) for item in inputs)
        case QuantileBody(metric=metric, require=require):
            yield ("metric",), metric
            yield from ((("require", at), bound.metric) for at, bound in enumerate(require))
        case PreferenceBody(metric=metric):
            yield ("metric",), metric
        case _:
            return


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a metric: where all its parts lead, over which entities they are, whether all go by a time."""

    leads_to: frozenset[str] | None
    entities: frozenset[str]
    is_timed: bool


_UNKNOWN = _Known(None, frozenset(), is_timed=False)


class Reach:
    """Which entities the rows of entities and metrics lead to, many to one. Unknown names and rings lead nowhere known."""

    def __init__(self, model: SemanticModel) -> None:
        self.entities = {entity.name: entity for entity in model.entities}
        self.fields = frozenset([*(d.qualified for d in model.dimensions), *(t.qualified for t in model.tags)])
        self._customer = model.customer_entity
        self._metrics = {metric.name: metric for metric in model.metrics}
        self._next: dict[str, list[str]] = {}
        for relation in model.relationships:
            self._next.setdefault(relation.from_entity, []).append(relation.to_entity)
        self._of_entity: dict[str, frozenset[str]] = {}
        self._known: dict[str, _Known] = {}

    def of_entity(self, name: str) -> frozenset[str]:
        """The entity and all that its rows lead to; none for an unknown one."""
        if name not in self.entities:
            return frozenset()
        if name not in self._of_entity:
            found, waiting = {name}, [name]
            while waiting:
                for other in self._next.get(waiting.pop(), ()):
                    if other not in found:
                        found.add(other)
                        waiting.append(other)
            self._of_entity[name] = frozenset(found)
        return self._of_entity[name]

    def of_metric(self, name: str) -> frozenset[str] | None:
        """What all the parts of a metric lead to, by some measure each; `None` where a name is unknown or a ring is met."""
        return self._of(name).leads_to

    def entities_of(self, name: str) -> frozenset[str]:
        """The entities over whose rows a metric is computed."""
        return self._of(name).entities

    def is_timed(self, name: str) -> bool:
        """Whether all rows that a metric is computed over go by a time."""
        return self._of(name).is_timed

    def _of(self, name: str) -> _Known:
        """Parts before the whole, without recursion: metrics may be made of metrics to any depth."""
        waiting, opened = [name], set[str]()
        while waiting:
            here = waiting[-1]
            parts = self._parts(here)
            unknown = [part for part in parts if part not in self._known and part not in opened]
            if here in self._known or not unknown:
                waiting.pop()
                if here not in self._known:
                    self._known[here] = self._joined(here, parts)
                continue
            opened.add(here)
            waiting.extend(unknown)
        return self._known[name]

    def _parts(self, name: str) -> list[str]:
        metric = self._metrics.get(name)
        if metric is None or isinstance(metric.body, Simple):
            return []
        return [part for _, part in metrics_named(metric.body)]

    def _joined(self, name: str, parts: Sequence[str]) -> _Known:
        metric = self._metrics.get(name)
        if metric is None:
            return _UNKNOWN
        if isinstance(metric.body, Simple):
            entities = frozenset(measure.entity for measure in metric.body.measures)
            leads_to = frozenset[str]().union(*(self.of_entity(entity) for entity in entities))
            timed = all(
                one.time is not None or (one.entity != self._customer and self._has_time(one.entity))
                for one in metric.body.measures
            )
            return _Known(leads_to or None, entities, timed)
        known = [self._known.get(part, _UNKNOWN) for part in parts]
        ways = [part.leads_to for part in known if part.leads_to is not None]
        return _Known(
            frozenset.intersection(*ways) if ways and len(ways) == len(known) else None,
            frozenset[str]().union(*(part.entities for part in known)),
            all(part.is_timed for part in known),
        )

    def _has_time(self, entity: str) -> bool:
        found = self.entities.get(entity)
        return found is not None and found.time is not None
