"""What models say: who will leave, who is worth most, what is bought next, how sensitive, who responds; and how good they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

from assistant.interpreters.base import Context, Outcome
from assistant.interpreters.grammar.acts.amounts import length_in, whole_in
from assistant.interpreters.grammar.acts.campaign_names import CampaignNames
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.people import People, made
from assistant.interpreters.grammar.acts.said import Said
from semantic_layer.query.acts import ModelCard, ModelTarget, Predict
from semantic_layer.query.plan import Step
from semantic_layer.query.time import Grain
from semantic_layer.query.types import Audience
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import NearMissTerm

_GRAINS: Final = {"week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER, "year": Grain.YEAR}
_ORDER: Final[tuple[ModelTarget, ...]] = ("uplift", "next_category", "price_sensitivity", "churn", "value")
_NEEDS: Final = {
    "value": "forecast",
    "price_sensitivity": "modelled",
}  # without it the words speak of what is known already


Recurring = Callable[[str], Sequence[tuple[int, int]]]
"""Where months stand beside dates that come again every year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was said besides the people."""

    horizon: tuple[int, Grain] | None = None
    top: int | None = None
    campaign: str = ""


class ModelActs:
    """Built once for a data set; pure."""

    def __init__(self, people: People, campaigns: CampaignNames, vocabulary: Vocabulary, recurring: Recurring) -> None:
        self._people = people
        self._campaigns = campaigns
        self._vocabulary = vocabulary
        self._recurring = recurring

    def read(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        return self._card(said, cues) or self._predict(said, cues, context)

    def _card(self, said: Said, cues: Cues) -> Outcome | None:
        for match in cues.each("card", said.text):
            left = cues.bare(said.without(match).rest)
            named = [target for target in get_args(ModelTarget) if cues.find(f"card_{target}", left) is not None]
            if len(named) == 1 and cues.only(left, "only_card", f"card_{named[0]}"):
                return made(ModelCard(target=named[0]), said, "acts/model card")
        return None

    def _predict(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        for target in _ORDER:
            match = cues.find(target, said.text)
            if match is None:
                continue
            left, horizon = horizon_in(said.without(match), cues, self._recurring(said.text))
            if horizon is None and self._is_defined(match, said):
                continue
            needed = _NEEDS.get(target)
            if needed is not None and cues.find(needed, said.text) is None and (target != "value" or horizon is None):
                continue
            asked = _Asked(horizon=horizon)
            if target == "uplift":
                left, campaign = self._learnt_from(left, cues)
                asked = replace(asked, campaign=campaign)
            left, top = top_in(left, cues)
            asked = replace(asked, top=top)
            while (word := cues.find("foreseen", left.text)) is not None:
                left = left.without(word)
            return self._people.about(left, cues, context, _predicted(target, asked), f"acts/predict {target}")
        return None

    def _is_defined(self, match: re.Match[str], said: Said) -> bool:
        """Is it a name that the company has given to something known, such as a tag for those at risk?"""
        names = (m for m in self._vocabulary.find(said.text) if not isinstance(m.entry.term, NearMissTerm))
        return any(name.start <= match.start() and match.end() <= name.end for name in names)

    def _learnt_from(self, said: Said, cues: Cues) -> tuple[Said, str]:
        match = cues.find("uplift_campaign", said.text)
        if match is None:
            return said, ""
        words = said.typed(*match.span("campaign"))
        found = self._campaigns.named(words)
        return said.without(match), found[0] if len(found) == 1 else words


def _predicted(target: ModelTarget, asked: _Asked) -> Callable[[Audience], Step | None]:
    def build(audience: Audience) -> Step | None:
        if audience.as_of is not None:
            return None
        return Predict(
            target=target, where=audience.where, top=asked.top, horizon=asked.horizon, campaign=asked.campaign
        )

    return build


def horizon_in(
    said: Said, cues: Cues, recurring: Sequence[tuple[int, int]] = ()
) -> tuple[Said, tuple[int, Grain] | None]:
    """How far ahead is looked, taken out of the text; a month of birthdays is none."""
    match = cues.find("horizon", said.text)
    if match is None or any(start <= match.start() < end for start, end in recurring):
        return said, None
    groups = match.groupdict()
    named = next((grain for name, grain in _GRAINS.items() if groups.get(name)), None)
    horizon = (1, named) if named is not None else length_in(groups.get("length") or "")
    return (said, None) if horizon is None else (said.without(match), horizon)


def top_in(said: Said, cues: Cues) -> tuple[Said, int | None]:
    """How many of them are wanted, taken out of the text."""
    match = cues.find("top", said.text)
    count = None if match is None else whole_in(match["n"])
    return (said, None) if match is None or count is None else (said.without(match), count)
