"""Metrics of another tool, built in an order in which the parts of each are there before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import NotCarriedError, place_text
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.source import Place
from semantic_layer.model.types import (
    Aggregation,
    Measure,
    Metric,
    MetricBody,
    Origin,
    Simple,
    Unit,
    Words,
)

_COUNTING: Final = frozenset({Aggregation.COUNT, Aggregation.COUNT_DISTINCT, Aggregation.SUM_BOOLEAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDraft:
    """A metric of the source. `body` is asked for once, when the metric is first needed.

    `is_simple` says that the body is one aggregation, so that others may be made of it.
    """

    name: str  # ours, unique among all metrics
    own_name: str  # as the source calls it, inside of `table`
    table: str = ""
    place: Place
    words: Words
    body: Callable[[], MetricBody]
    is_simple: bool
    is_hidden: bool = False

    @property
    def what(self) -> str:
        return f"{self.table}.{self.own_name}" if self.table else self.own_name


@dataclass(slots=True)
class ForeignMetrics:
    """The metrics of one file."""

    drafts: dict[tuple[str, str], MetricDraft] = field(default_factory=dict)
    _built: dict[str, Metric] = field(default_factory=dict)
    _parts: dict[str, list[Metric]] = field(default_factory=dict)
    _failed: dict[str, Text] = field(default_factory=dict)
    _open: list[MetricDraft] = field(default_factory=list)
    _by_measure: dict[Measure, str] = field(default_factory=dict)
    _notes: list[Loss] = field(default_factory=list)

    def declare(self, draft: MetricDraft) -> None:
        self.drafts[draft.table.casefold(), draft.own_name.casefold()] = draft

    def build(self, losses: list[Loss]) -> tuple[Metric, ...]:
        """All that can be carried, in the order of the source, each after the parts that were made for it."""
        for draft in sorted(self.drafts.values(), key=lambda one: not one.is_simple):
            try:
                self._metric(draft)
            except NotCarriedError as error:
                losses.append(Loss(place_text(draft.place), draft.what, error.why))
        losses.extend(self._notes)
        return tuple(
            metric
            for draft in self.drafts.values()
            if draft.name in self._built
            for metric in (*self._parts.get(draft.name, ()), self._built[draft.name])
        )

    def named(self, own_name: str, table: str) -> str | None:
        """Our name of a metric of the source, built if need be; `None` when there is no such metric."""
        draft = self.drafts.get((table.casefold(), own_name.casefold()))
        return None if draft is None else self._metric(draft)

    def part(self, measure: Measure, ending: str) -> str:
        """A metric of one measure: one of the source's own that says the same, or a new hidden one of the open metric."""
        if measure in self._by_measure:
            return self._by_measure[measure]
        draft = self._open[-1]
        taken = {one.name for one in self.drafts.values()} | {one.name for made in self._parts.values() for one in made}
        name = f"{draft.name}_{ending}"
        if name in taken:
            name = next(free for number in count(2) if (free := f"{name}_{number}") not in taken)
        words = Words(label=Text(name, name))
        made = _metric(name, Simple(measures=(measure,)), words, draft.place, is_hidden=True)
        self._parts.setdefault(draft.name, []).append(made)
        self._by_measure[measure] = name
        return name

    def note(self, why: Text) -> None:
        """Something that has to be assumed about the metric that is being built."""
        draft = self._open[-1]
        self._notes.append(Loss(place_text(draft.place), draft.what, why))

    def _metric(self, draft: MetricDraft) -> str:
        if draft.name in self._built:
            return draft.name
        if draft.name in self._failed:
            raise NotCarriedError(self._failed[draft.name])
        if draft in self._open:
            raise NotCarriedError(
                Text(f"指标「{draft.what}」的定义绕回了自己。", f"The metric {draft.what!r} is defined by itself.")
            )
        self._open.append(draft)
        try:
            body = draft.body()
        except NotCarriedError:
            self._failed[draft.name] = Text(
                f"它用到的指标「{draft.what}」没有导入。", f"It is made of {draft.what!r}, which was not carried over."
            )
            raise
        finally:
            self._open.pop()
        self._built[draft.name] = _metric(draft.name, body, draft.words, draft.place, is_hidden=draft.is_hidden)
        if isinstance(body, Simple) and body == Simple(measures=body.measures[:1]):
            self._by_measure.setdefault(body.measures[0], draft.name)
        return draft.name


def _metric(name: str, body: MetricBody, words: Words, place: Place, *, is_hidden: bool) -> Metric:
    counts = isinstance(body, Simple) and all(measure.agg in _COUNTING for measure in body.measures)
    return Metric(
        name=name,
        words=words,
        body=body,
        unit=Unit.COUNT if counts else Unit.NUMBER,
        hidden=is_hidden,
        origin=Origin(file=place.file, line=place.line),
    )
