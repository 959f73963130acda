"""Builders of what special kinds of questions name: steps of a funnel, cohorts, ends of periods, running totals."""

from __future__ import annotations

from assistant.interpreters.grammar import kinds
from assistant.interpreters.grammar.build_sequences import Length, length
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Cohort, Condition, Frame, Number, PeriodEnd
from semantic_layer.query.plan import Occurrence
from semantic_layer.query.predicate import Among, Did, conjuncts
from semantic_layer.query.time import Grain, TimeRange

Steps = tuple[Occurrence, ...]
_MOST_PERIODS = {Grain.DAY: 31, Grain.WEEK: 26, Grain.MONTH: 24, Grain.QUARTER: 8, Grain.YEAR: 5}

# ---- funnels


def step(m: Meanings, found: Condition) -> Steps | None:
    """Something people do, without a number or a time of its own; a list of such things is several steps."""
    done = found.predicate
    made = kinds.occurrence_of(done) if isinstance(done, Did) else None
    if made is None or not kinds.is_act(m, made.entity, made.where):
        return None
    listed = any(isinstance(c, Among) and c.group is None for c in conjuncts(made.where))
    return None if listed else (made,)


def step_rows(m: Meanings, entity: str) -> Steps | None:
    fits = entity in m.behaviours and kinds.is_act(m, entity, None)
    return (Occurrence(entity=entity),) if fits else None


def step_registered(m: Meanings, field: str) -> Steps | None:
    return (Occurrence(entity=m.person),) if kinds.is_registration(m, field) else None


def step_main(m: Meanings, which: str) -> Steps | None:
    """To the first order: the first one after what came before."""
    entity = kinds.main_behaviour(m)
    return step_rows(m, entity) if which == "first" and entity is not None else None


def more_steps(m: Meanings, first: Steps, _: str, more: Steps) -> Steps | None:
    """No step twice; registering can only be the first."""
    again = any(s in first or s.entity == m.person for s in more)
    return None if again else (*first, *more)


def funnel(_: Meanings, steps: Steps) -> Frame:
    return Frame(steps=steps, marks=frozenset({"FUNNEL"}))


def conversion(m: Meanings, steps: Steps) -> Frame:
    """From cart to order: the metric that is defined so, else the funnel of the two."""
    known = kinds.conversion_from(m, steps[0], steps[1], None) if len(steps) == 2 else None
    return funnel(m, steps) if known is None else Frame(metrics=(known,), named=(known,))


def within(_: Meanings, found: Length) -> Frame | None:
    return None if found.count is None else Frame(within=(found.count, found.unit))


# ---- cohorts


def retained(_: Meanings, how: str) -> Frame:
    """Retention; `how` names the unit of the periods, or says that a table is asked for."""
    unit = next((g for g in Grain if g.value == how), None)
    cohort = None if unit is None else Cohort(unit, None)
    return Frame(cohort=cohort, marks=frozenset({"RETAIN", *(("cohorts",) if how else ())}))


def retained_next(m: Meanings, said: str, _: str) -> Frame | None:
    """Next-month retention: "1 month"."""
    count, __, unit = said.partition(" ")
    return retained_after(m, Number(value=float(count), unit=unit), _)


def retained_after(m: Meanings, number: Number, _: str) -> Frame | None:
    """Retention over three months."""
    found = length(m, number)
    if found is None or found.count is None or found.count > _MOST_PERIODS.get(found.unit, 0):
        return None
    return Frame(cohort=Cohort(found.unit, found.count), marks=frozenset({"RETAIN", "cohorts"}))


def since_registered(m: Meanings, field: str) -> Frame | None:
    """Retention after registering."""
    steps = step_registered(m, field)
    return None if steps is None else Frame(steps=steps, marks=frozenset({"cohorts"}))


def first_buyers(m: Meanings, which: str) -> Frame | None:
    """People by their first order: a cohort begins with it."""
    entity = kinds.main_behaviour(m)
    if which != "first" or entity is None:
        return None
    return Frame(steps=(Occurrence(entity=entity),), marks=frozenset({"cohorts"}))


# ---- ends of periods


def period_end(_: Meanings, said: str) -> Frame | None:
    """At month end, or at the end of each month."""
    each, _space, unit = said.rpartition(" ")
    return Frame(period_end=PeriodEnd(Grain(unit), each=bool(each)))


def each_period_end(_: Meanings, __: str, said: str) -> Frame | None:
    return Frame(period_end=PeriodEnd(Grain(said.rpartition(" ")[2]), each=True))


def end_of(_: Meanings, time: TimeRange, __: str) -> Frame:
    """At the end of September."""
    return Frame(times=(time,), period_end=PeriodEnd(None, each=False))


def end_of_before(m: Meanings, word: str, time: TimeRange) -> Frame:
    return end_of(m, time, word)


# ---- running totals


def running(m: Meanings, _: str, metric: str) -> str | None:
    """The metric that adds this one up; since when, the time of the question says."""
    known = kinds.running_of(m, metric)
    return known[0] if known else None


def running_after(m: Meanings, metric: str, word: str) -> str | None:
    return running(m, word, metric)


def adding_up(_: Meanings, __: str) -> Frame:
    """A sum so far, of what has no running total of its own."""
    return Frame(marks=frozenset({"CUM"}))
