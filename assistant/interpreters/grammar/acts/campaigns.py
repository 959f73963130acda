"""Campaigns in words: to whom, how, with which control, whom to spare; and how far a campaign is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from assistant.interpreters.base import Context, NotUnderstood, Outcome, Understood
from assistant.interpreters.grammar.acts.amounts import days_back, number_in, share_in
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.effects import EffectActs
from assistant.interpreters.grammar.acts.people import People, made
from assistant.interpreters.grammar.acts.said import Said
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.errors import Text
from semantic_layer.query.acts import CampaignState, Measure, StartCampaign
from semantic_layer.query.plan import Step
from semantic_layer.query.types import Audience, Query

FILE: Final = "file"
"""The destination that is meant when people are to be taken away with a control held back."""

_SHARE = Text("对照组的比例要大于 0%、小于 100%。", "The control is a share over 0 % and under 100 %.")
_DAYS = Text("没看懂要避开多少天内联系过的人。", "How many days back to spare people is not clear.")
_GOAL = Text("目标要是一个指标，例如复购率。", "The goal is a metric, for instance the repurchase rate.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was said of a campaign besides its people; `None` and "" where nothing was."""

    channel: str = ""
    name: str = ""
    holdout: float | None = None
    spare_days: int | None = None
    goal: str = ""
    content: str = ""
    budget: float | None = None


class CampaignActs:
    """Built once for a data set; pure."""

    def __init__(self, people: People, effects: EffectActs, times: TimeFinder) -> None:
        self._people = people
        self._effects = effects
        self._times = times

    def read(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        return self._state(said, cues, context) or self._start(said, cues, context)

    # ---- starting one

    def _start(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        taken = cues.find("to_file", said.text)
        asks = taken is not None and cues.find("holdout", said.text) is not None
        if not asks and (cues.find("start", said.text) is None or cues.find("aimed", said.text) is None):
            return None
        left, options, wrong = self.options(said, cues)
        match = cues.find("to_file" if asks else "start", left.text)
        if match is None:
            return None
        if wrong is not None:
            return NotUnderstood(unexplained=(), why=wrong, language=said.language)
        called = None if asks else match["channel"]
        if called is not None:
            options = replace(options, channel=cues.channel(called))

        def build(audience: Audience) -> Step | None:
            return StartCampaign(
                audience=audience, destination=FILE if asks else "", **{f: getattr(options, f) for f in _OPTIONS}
            )

        rule = "acts/campaign to a file" if asks else "acts/campaign"
        return self._people.about(left.without(match), cues, context, build, rule, everybody=False)

    def options(self, said: Said, cues: Cues) -> tuple[Said, Options, Text | None]:
        """What is said besides the people and the channel, taken out of the text, and what is wrong with it."""
        options, wrong = Options(), None
        said, options = _texts(said, cues, options)
        match = cues.find("holdout", said.text)
        if match is not None:
            share = 0.0 if match.groupdict().get("none") is not None else share_in(match["share"])
            wrong = _SHARE if share is None or share >= 1 or (share == 0 and "share" in match.re.groupindex) else wrong
            said, options = said.without(match), replace(options, holdout=share)
        match = cues.find("spare", said.text)
        if match is not None:
            days = days_back(match["time"], self._times)
            wrong = _DAYS if days is None else wrong
            said, options = said.without(match), replace(options, spare_days=days)
        match = cues.find("budget", said.text)
        if match is not None:
            said, options = said.without(match), replace(options, budget=number_in(match["number"]))
        match = cues.find("goal", said.text)
        if match is not None:
            goal = self._metric(match["metric"])
            wrong = _GOAL if goal is None else wrong
            said, options = said.without(match), replace(options, goal=goal or "")
        return said, options, wrong

    def _metric(self, words: str) -> str | None:
        outcome = self._people.asks(words)
        step = outcome.reading.plan.steps[-1] if isinstance(outcome, Understood) else None
        alone = isinstance(step, Query) and len(step.metrics) == 1 and not step.by and step.where is None
        return step.metrics[0] if isinstance(step, Query) and alone else None

    # ---- how far one is

    def _state(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        match = cues.find("state", said.text)
        if match is None:
            return None
        left = said.without(match)
        if cues.whole("all_campaigns", cues.bare(left.rest)) or cues.whole("all_campaigns", left.rest):
            return made(CampaignState(), said, "acts/campaign state")
        before = _campaign_before(context)
        if before and (not (rest := cues.bare(left.rest)) or cues.whole("reference", rest)):
            return made(CampaignState(campaign=before), said, "acts/campaign state")
        return self._effects.of_campaign(left, cues, lambda name: CampaignState(campaign=name), "acts/campaign state")


def _texts(said: Said, cues: Cues, options: Options) -> tuple[Said, Options]:
    """Quoted words: what is said in the messages, and what the campaign is called."""
    for name, part in (("content_text", "content"), ("name_text", "name")):
        match = cues.find(name, said.text)
        if match is not None:
            text = said.unquoted(match, "text")
            options = replace(options, content=text) if part == "content" else replace(options, name=text)
            said = said.without(match)
    return said, options


def _campaign_before(context: Context) -> str:
    step = context.plan.steps[-1] if context.plan is not None else None
    return (
        step.campaign
        if isinstance(step, Measure | CampaignState)
        else step.name
        if isinstance(step, StartCampaign)
        else ""
    )


_OPTIONS: Final = tuple(Options.__dataclass_fields__)
