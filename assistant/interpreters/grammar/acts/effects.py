"""What a campaign did: which outcome, split by what, within how many days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from assistant.interpreters.base import Ambiguous, Context, Outcome, Reading, Understood
from assistant.interpreters.grammar.acts.amounts import days_of, length_in
from assistant.interpreters.grammar.acts.campaign_names import CampaignNames
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.people import People, made
from assistant.interpreters.grammar.acts.said import Said
from semantic_layer.errors import Language, Text
from semantic_layer.query.acts import CampaignState, Measure
from semantic_layer.query.acts import Outcome as Measured
from semantic_layer.query.plan import Plan, Step
from semantic_layer.query.types import ByField, Query

_OUTCOMES: Final[tuple[Measured, ...]] = ("click", "retention", "repurchase", "conversion")
_MOST: Final = 5


class EffectActs:
    """Built once for a data set; pure."""

    def __init__(self, people: People, campaigns: CampaignNames) -> None:
        self._people = people
        self._campaigns = campaigns

    def read(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        if cues.find("measure", said.text) is None:
            return None
        left, days = self._days(said, cues)
        left, outcome = _outcome(left, cues)
        left, by = self._by(left, cues)
        for match in cues.each("measure", left.text):
            on = match.groupdict().get("on")
            meant = _named(on, cues) if on is not None else outcome
            if meant is None:
                continue
            found = self._measured(left.without(match), cues, context, meant, by, days)
            if found is not None:
                return found
        return None

    def _measured(
        self, left: Said, cues: Cues, context: Context, outcome: Measured, by: str | None, days: int | None
    ) -> Outcome | None:
        def build(name: str) -> Step:
            return Measure(campaign=name, outcome=outcome, by=by, days=days)

        step = context.plan.steps[-1] if context.plan is not None else None
        if isinstance(step, Measure | CampaignState) and step.campaign and not cues.bare(left.rest):
            return made(build(step.campaign), left, "acts/measure")
        return self.of_campaign(left, cues, build, "acts/measure")

    def of_campaign(self, left: Said, cues: Cues, build: Callable[[str], Step], rule: str) -> Outcome | None:
        """The step about the campaign that what is left names; a choice where several fit; `None` where none is named."""
        quoted = left.quoted
        if len(quoted) == 1:
            rest = left.cut(quoted[0][0], quoted[0][1])
            alone = cues.only(rest.text, "campaign_word", "front", "back")
            return made(build(quoted[0][2]), left, rule) if alone else None
        words = cues.bare(left.rest)
        said = cues.find("campaign_word", words) is not None
        if not words or not (said or self._campaigns.is_told(words)):
            return None
        found = self._campaigns.named(words)
        if len(found) > 1:
            return _which(words, found[::-1][:_MOST], build, left.language)
        if not found and not cues.whole("a_campaign", words):
            return None
        return made(build(found[0] if found else words), left, rule)

    def _days(self, said: Said, cues: Cues) -> tuple[Said, int | None]:
        match = cues.find("measure_days", said.text)
        length = None if match is None else length_in(match["length"])
        return (said, None) if match is None or length is None else (said.without(match), days_of(length))

    def _by(self, said: Said, cues: Cues) -> tuple[Said, str | None]:
        for match in cues.each("measure_by", said.text):
            field = self.field(match["field"], said.language)
            if field is not None:
                return said.without(match), field
        return said, None

    def field(self, words: str, language: Language) -> str | None:
        """The field of customers that words name as a grouping."""
        asked = f"按{words}看客户数" if language == "zh" else f"number of customers by {words}"
        outcome = self._people.asks(asked)
        step = outcome.reading.plan.steps[-1] if isinstance(outcome, Understood) else None
        if not isinstance(step, Query) or len(step.by) != 1 or step.where is not None or step.time is not None:
            return None
        group = step.by[0]
        return group.field if isinstance(group, ByField) else None


def _outcome(said: Said, cues: Cues) -> tuple[Said, Measured]:
    match = cues.find("measured", said.text)
    if match is None:
        return said, "conversion"
    return said.without(match), _named(match["on"], cues) or "conversion"


def _named(words: str, cues: Cues) -> Measured | None:
    return next((one for one in _OUTCOMES if cues.find(f"outcome_{one}", words) is not None), None)


def _which(words: str, names: tuple[str, ...], build: Callable[[str], Step], language: Language) -> Ambiguous:
    readings = tuple(Reading(label=Text(name, name), plan=Plan((build(name),))) for name in names)
    question = Text(
        f"“{words}”可能是几个活动，您指的是哪一个？", f"Several campaigns fit {words!r}. Which one do you mean?"
    )
    return Ambiguous(about=words, question=question, readings=readings, language=language)
