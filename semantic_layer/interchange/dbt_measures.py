"""Finds the measures behind metrics, and the models whose rows a metric counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.interchange.dbt_types import (
    DbtConversion,
    DbtCumulative,
    DbtDerived,
    DbtInline,
    DbtManifest,
    DbtMeasure,
    DbtMeasureInput,
    DbtMetric,
    DbtMetricInput,
    DbtModel,
    DbtRatio,
    DbtSimple,
    Part,
)
from semantic_layer.model.nearest import nearest

_MEASURE = Text("度量", "measure")
_MODEL = Text("语义模型", "semantic model")
_METRIC = Text("指标", "metric")


@dataclass(frozen=True, slots=True)
class Counted:
    """A measure and the model whose rows it counts."""

    model: DbtModel
    measure: DbtMeasure


class Measures:
    """The measures and metrics of a manifest by name. Unknown names raise `UnknownNameError` with the nearest ones."""

    def __init__(self, manifest: DbtManifest) -> None:
        self._by_name = {one.name: Counted(model, one) for model in manifest.models for one in model.measures}
        self._models = {model.name: model for model in manifest.models}
        self._metrics = {metric.name: metric for metric in manifest.metrics}

    def counted(self, name: str) -> Counted:
        if name not in self._by_name:
            raise UnknownNameError(_MEASURE, name, nearest(name, self._by_name))
        return self._by_name[name]

    def inline(self, body: DbtInline) -> Counted:
        if body.model not in self._models:
            raise UnknownNameError(_MODEL, body.model, nearest(body.model, self._models))
        return Counted(self._models[body.model], body.measure)

    def made(self) -> tuple[Counted, ...]:
        """Measures that are to be metrics under their own names, and are not yet."""
        return tuple(
            one for name, one in self._by_name.items() if one.measure.create_metric and name not in self._metrics
        )

    def simple_for(self, wanted: DbtMeasureInput) -> str | None:
        """A metric that is this measure and nothing else, that of the same name before others."""
        same = [
            metric.name
            for metric in self._metrics.values()
            if metric.body == DbtSimple(wanted) and not metric.filters and metric.grain is None
        ]
        if wanted == DbtMeasureInput(name=wanted.name):
            same += [one.measure.name for one in self.made() if one.measure.name == wanted.name]
        return wanted.name if wanted.name in same else next(iter(same), None)

    def is_metric(self, name: str) -> bool:
        return name in self._metrics or any(one.measure.name == name for one in self.made())

    def starts_of(self, metric: str) -> tuple[str, ...]:
        """The models whose rows a metric counts, each once; of a conversion those of its base."""
        return tuple(dict.fromkeys(self._starts(metric, frozenset())))

    def starts_of_part(self, part: Part) -> tuple[str, ...]:
        if isinstance(part, DbtMetricInput):
            return self.starts_of(part.name)
        return (self.counted(part.name).model.name,)

    def _starts(self, name: str, above: frozenset[str]) -> Iterator[str]:
        metric = self._metrics.get(name)
        if metric is None:
            if not self.is_metric(name):
                raise UnknownNameError(_METRIC, name, nearest(name, self._metrics))
            yield self.counted(name).model.name
        elif name not in above:  # a ring is reported by the rule about rings
            yield from self._starts_of(metric, above | {name})

    def _starts_of(self, metric: DbtMetric, above: frozenset[str]) -> Iterator[str]:
        match metric.body:
            case DbtSimple(measure=measure):
                yield self.counted(measure.name).model.name
            case DbtInline() as body:
                yield self.inline(body).model.name
            case DbtRatio(numerator=first, denominator=second):
                yield from self._starts(first.name, above)
                yield from self._starts(second.name, above)
            case DbtDerived(inputs=inputs):
                for one in inputs:
                    yield from self._starts(one.name, above)
            case DbtCumulative(input=part) | DbtConversion(base=part):
                if isinstance(part, DbtMetricInput):
                    yield from self._starts(part.name, above)
                else:
                    yield self.counted(part.name).model.name
