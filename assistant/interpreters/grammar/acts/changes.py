"""Turns that change what was asked before, where that was about a segment, a model, a campaign or its effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from assistant.interpreters.base import Context, Outcome, Understood
from assistant.interpreters.grammar.acts.amounts import share_in, time_in, whole_in
from assistant.interpreters.grammar.acts.campaigns import CampaignActs
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.effects import EffectActs
from assistant.interpreters.grammar.acts.models import horizon_in, top_in
from assistant.interpreters.grammar.acts.people import made
from assistant.interpreters.grammar.acts.said import Said
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.query.acts import (
    Act,
    Basket,
    Cluster,
    Measure,
    Predict,
    Recommend,
    SegmentChange,
    SegmentFlow,
    SegmentTrend,
    StartCampaign,
)
from semantic_layer.query.plan import ListPeople, Plan, Step
from semantic_layer.query.types import Audience

Edits = Callable[[str, Plan], Outcome | None]
"""Reads a turn as a change to a plan."""
_RULE = "acts/change of what was asked"


class ActChanges:
    """Built once for a data set; pure."""

    def __init__(
        self, meanings: Meanings, campaigns: CampaignActs, effects: EffectActs, times: TimeFinder, edits: Edits
    ) -> None:
        self._m = meanings
        self._campaigns = campaigns
        self._effects = effects
        self._times = times
        self._edits = edits

    def read(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        """The changed step; `None` when the turn is no change to it."""
        step = context.plan.steps[-1] if context.plan is not None else None
        if not isinstance(step, Act):
            return None
        changed = self._parts(step, said, cues)
        if changed is not None:
            return made(changed, said, _RULE)
        return self._people(step, said, cues)

    def _parts(self, step: Act, said: Said, cues: Cues) -> Step | None:
        match step:
            case StartCampaign():
                return self._campaign(step, said, cues)
            case Predict():
                return _predict(step, said, cues)
            case Measure():
                return self._measure(step, said, cues)
            case Cluster():
                found = cues.find("bare_groups", said.text)
                count = None if found is None else whole_in(found["n"])
                if found is None or count is None or not cues.only(said.without(found).text, "change_words"):
                    return None
                return replace(step, count=count)
            case SegmentChange() if (side := _side(said, cues)) is not None:
                return replace(step, side=side)
            case SegmentChange() | SegmentTrend() | SegmentFlow() | Basket():
                time = time_in(said.text, self._times)
                if time is None or not cues.only(said.cut(time[0], time[1]).text, "change_words"):
                    return None
                return replace(step, time=time[2])
            case _:
                return None

    def _campaign(self, step: StartCampaign, said: Said, cues: Cues) -> Step | None:
        left, options, wrong = self._campaigns.options(said, cues)
        if wrong is not None:
            return None
        if options.holdout is None and (match := cues.find("bare_share", left.text)) is not None:
            share = share_in(match["share"])
            if share is None or not 0 < share < 1:
                return None
            left, options = left.without(match), replace(options, holdout=share)
        match = cues.find("bare_channel", left.text)
        if match is not None:
            left, options = left.without(match), replace(options, channel=cues.channel(match["channel"]))
        given = {
            name: value for name in options.__dataclass_fields__ if (value := getattr(options, name)) not in (None, "")
        }
        if not given or not cues.only(left.text, "change_words"):
            return None
        return replace(step, **given)

    def _measure(self, step: Measure, said: Said, cues: Cues) -> Step | None:
        match = cues.find("bare_by", said.text)
        field = None if match is None else self._effects.field(match["field"], said.language)
        if match is None or field is None or not cues.only(said.without(match).text, "change_words"):
            return None
        return replace(step, by=field)

    def _people(self, step: Act, said: Said, cues: Cues) -> Outcome | None:
        """Other people: read as a change to a list of them."""
        if not isinstance(step, StartCampaign | Predict | Cluster | Recommend):
            return None
        if isinstance(step, Predict | Cluster):
            audience = Audience(where=step.where, entity=self._m.person)
        else:
            audience = step.audience
        only = cues.find("only_who", said.text)
        turn = said.normalised.original
        if only is not None:
            turn = cues.frames("only_them")[0].format(said.typed(only.end(), len(said.text)))
        outcome = self._edits(turn, Plan((ListPeople(audience),)))
        if not isinstance(outcome, Understood):
            return None
        changed = outcome.reading.plan.steps[-1]
        if not isinstance(changed, ListPeople):
            return None
        reading = replace(outcome.reading, plan=Plan((_with_people(step, changed.audience),)))
        return replace(outcome, reading=reading, derivation=(_RULE, *outcome.derivation))


def _side(said: Said, cues: Cues) -> Literal["entered", "left"] | None:
    """Only who came, or only who went."""
    sides: tuple[Literal["entered", "left"], ...] = ("entered", "left")
    named = [side for side in sides if cues.find(side, said.text) is not None]
    return named[0] if len(named) == 1 and cues.only(said.text, "change_words", "only_change", named[0]) else None


def _with_people(step: StartCampaign | Predict | Cluster | Recommend, audience: Audience) -> Step:
    if isinstance(step, Predict | Cluster):
        return replace(step, where=audience.where)
    return replace(step, audience=audience)


def _predict(step: Predict, said: Said, cues: Cues) -> Step | None:
    left, horizon = horizon_in(said, cues)
    left, top = top_in(left, cues)
    if (horizon is None and top is None) or not cues.only(left.text, "change_words"):
        return None
    return replace(step, horizon=horizon or step.horizon, top=top or step.top)
