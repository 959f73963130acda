"""Whom to turn to next, as the result of a campaign in the data suggests: audiences to look at, never chosen for anybody."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, Not, Predicate
from semantic_layer.query.types import Audience
from tools.effect.groups import DataGroups
from tools.effect.outcomes import goal_of, span_of
from tools.effect.types import ReadOut, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """People worth a next step, and why in a few words."""

    label: Text
    audience: Audience


def suggestions(read: ReadOut, past: DataGroups, layer: SemanticLayer) -> tuple[Suggestion, ...]:
    """Of a campaign in the data that is over and can be trusted: those it was planned for who did not do it, and those who
    clicked but did not. After one that does harm, nobody.
    """
    history = layer.index.model.outreach.history
    if history is None or not history.member or not read.final:
        return ()
    if read.verdict in (Verdict.HARMS, Verdict.MISSPLIT, Verdict.NOTHING_TO_COMPARE):
        return ()
    own = Compare(history.name, "=", past.one(read.groups.campaign).value)
    goal = goal_of(layer.index.model.outreach.goal)
    entity = layer.index.model.customer_entity
    not_done = Not(HasMetric(metric=goal.converts, op=">=", value=1, time=span_of(read.window)))
    treated: tuple[Predicate, ...] = (own,)
    if history.group:
        treated = (own, Not(Compare(history.group, "=", history.control)))
    planned = Did(entity=history.member, where=And(treated) if len(treated) > 1 else own)
    found = [
        Suggestion(
            label=Text("这次没有转化的人", "those who did not convert this time"),
            audience=Audience(where=And((planned, not_done)), entity=entity),
        )
    ]
    if history.message and history.clicked:
        clicked = Did(entity=history.message, where=And((own, Compare(history.clicked, "=", value=True))))
        found.append(
            Suggestion(
                label=Text("点击了但没有转化的人", "those who clicked but did not convert"),
                audience=Audience(where=And((clicked, not_done)), entity=entity),
            )
        )
    return tuple(found)
