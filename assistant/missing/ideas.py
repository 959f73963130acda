"""Ways to define what is not defined, made from what the model has: a metric against a bound, a top share, how lately."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, assert_never

from assistant.interpreters.grammar.kinds import main_behaviour
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.qualities import Idea
from assistant.missing.phrases import Phrase
from semantic_layer.errors import UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Ratio, Simple, Unit
from semantic_layer.query.predicate import And, Did, HasMetric, Not, Op, Predicate, Ranked
from semantic_layer.query.time import Grain, Rolling, TimeRange

SHARE: Final = 0.2  # the part of all people that "high" means when nothing else is said
LATELY: Final = Rolling(90, Grain.DAY)
LONG_AGO: Final = Rolling(180, Grain.DAY)
_LEAST_EVENTS: Final = 3.0  # a rate over fewer says little about a person
_BOUNDS: Final[dict[Unit, tuple[float, ...]]] = {
    Unit.PERCENT: (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
    Unit.COUNT: (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 100, 200, 500, 1000),
    Unit.DAYS: (7, 14, 30, 60, 90, 180, 365),
}
_AMOUNTS: Final = tuple(step * 10.0**power for power in range(-1, 8) for step in (1, 2, 5))

Counts = Callable[[Predicate | None], int]
"""How many people a condition leaves; raises `UserError` when it cannot be computed, or not for this person."""


class Ideas:
    """Composes definitions over one model; `counts` looks at the data, so that a bound parts the people there are."""

    def __init__(self, index: ModelIndex, counts: Counts) -> None:
        self._m = Meanings(index)
        self._index = index
        self._counts = counts
        count, _, unit = index.model.conventions.default_window.partition(" ")
        grain = next((one for one in Grain if one.value == unit.removesuffix("s")), None)
        self._window: TimeRange | None = Rolling(int(count), grain) if grain is not None else None

    def of(self, phrase: Phrase) -> tuple[Predicate, ...]:
        """Definitions for a phrase, the usual first; those that the data cannot give are left out."""
        found: list[Predicate] = []
        for metric in phrase.metrics:
            found += self._of_metric(metric, high=phrase.high)
        for idea in phrase.ideas:
            found += self._of_idea(idea)
        return tuple(dict.fromkeys(found))

    def _of_metric(self, metric: str, *, high: bool) -> Iterator[Predicate]:
        top = self._best(metric, high=high)
        if self._holds(top):
            yield top
        bound = self._bound(metric, high=high)
        if bound is None:
            return
        yield bound
        under = self._denominator(metric)
        if under is not None:
            yield And((bound, HasMetric(metric=under, op=">=", value=_LEAST_EVENTS, time=self._window)))

    def _of_idea(self, idea: Idea) -> Sequence[Predicate]:
        main = main_behaviour(self._m)
        often = self._m.count_metric(main) if main is not None else None
        spent = self._spent()
        match idea:
            case Idea.OFTEN | Idea.SELDOM if often is not None:
                return self._those_that_hold(self._best(often, high=idea is Idea.OFTEN))
            case Idea.LATELY if main is not None:
                return self._those_that_hold(Did(entity=main, time=LATELY))
            case Idea.NOT_LATELY if main is not None:
                return self._those_that_hold(And((Did(entity=main), Not(Did(entity=main, time=LONG_AGO)))))
            case Idea.OFTEN_AND_LATELY | Idea.LATELY_BUT_SELDOM if often is not None and main is not None:
                bound = self._bound(often, high=idea is Idea.OFTEN_AND_LATELY)
                return self._those_that_hold(And((bound, Did(entity=main, time=LATELY)))) if bound is not None else ()
            case Idea.SPENDS_MOST | Idea.SPENDS_LEAST if spent is not None:
                return self._those_that_hold(self._best(spent, high=idea is Idea.SPENDS_MOST))
            case (
                Idea.OFTEN
                | Idea.SELDOM
                | Idea.LATELY
                | Idea.NOT_LATELY
                | Idea.OFTEN_AND_LATELY
                | Idea.LATELY_BUT_SELDOM
                | Idea.SPENDS_MOST
                | Idea.SPENDS_LEAST
            ):
                return ()
            case _:
                assert_never(idea)

    def _best(self, metric: str, *, high: bool) -> Ranked:
        """The `SHARE` of those who have the metric with the most, or the least, of it."""
        return Ranked(metric=metric, direction="top" if high else "bottom", share=SHARE, time=self._window)

    def _those_that_hold(self, where: Predicate) -> Sequence[Predicate]:
        return (where,) if self._holds(where) else ()

    def _holds(self, where: Predicate) -> bool:
        """Whether it can be computed here, by this person, and tells some people from others."""
        try:
            return 0 < self._counts(where) < self._counts(None)
        except UserError:
            return False

    def _bound(self, metric: str, *, high: bool) -> HasMetric | None:
        """The round bound that leaves about as many as the `SHARE` of those who have it; `None` when none tells people apart."""
        op: Op = ">=" if high else "<="
        steps = _BOUNDS.get(self._index.metric(metric).unit, _AMOUNTS)
        try:
            wanted = self._counts(self._best(metric, high=high))
            low, past = 0, len(steps) - 1
            while low < past:  # fewer people with every step of a high bound, more with every step of a low one
                middle = (low + past) // 2
                left = self._counts(HasMetric(metric=metric, op=op, value=steps[middle], time=self._window))
                if (left > wanted) is high:
                    low = middle + 1
                else:
                    past = middle
            near = [
                HasMetric(metric=metric, op=op, value=v, time=self._window) for v in steps[max(low - 1, 0) : low + 1]
            ]
            best = min(near, key=lambda one: abs(self._counts(one) - wanted))
        except UserError:
            return None
        return best if self._holds(best) else None

    def _denominator(self, metric: str) -> str | None:
        """What a rate is of, when that is a number of things."""
        body = self._index.metric(metric).body
        if isinstance(body, Ratio) and self._index.metric(body.denominator.metric).unit is Unit.COUNT:
            return body.denominator.metric
        return None

    def _spent(self) -> str | None:
        """The first metric that adds up money and is good when it is high."""
        for metric in self._index.model.metrics:
            body = metric.body
            if metric.unit is Unit.CURRENCY and metric.good == "up" and not metric.hidden and isinstance(body, Simple):
                first = body.measures[0]
                if first.agg is Aggregation.SUM and first.non_additive is None:
                    return metric.name
        return None
