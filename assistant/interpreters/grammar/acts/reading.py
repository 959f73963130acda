"""Reads questions about what follows from an answer; all other questions are left to the rules for numbers and people."""

from __future__ import annotations

from assistant.interpreters.base import Context, Outcome
from assistant.interpreters.grammar.acts.boards import BoardActs
from assistant.interpreters.grammar.acts.campaign_names import CampaignNames
from assistant.interpreters.grammar.acts.campaigns import CampaignActs
from assistant.interpreters.grammar.acts.changes import ActChanges, Edits
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.effects import EffectActs
from assistant.interpreters.grammar.acts.groups import GroupActs
from assistant.interpreters.grammar.acts.models import ModelActs, Recurring
from assistant.interpreters.grammar.acts.people import Asks, People
from assistant.interpreters.grammar.acts.said import Said
from assistant.interpreters.grammar.acts.segments import SegmentActs
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.normalise import Normalised
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.errors import Language
from semantic_layer.vocabulary import Vocabulary


class ActReader:
    """Built once for a data set; pure.

    `asks` reads what is left of a question as one about numbers or people, `reads` as any question, `edits` a turn that
    changes a list of people; `recurring` knows where months stand beside dates that come again every year.
    """

    def __init__(
        self,
        meanings: Meanings,
        vocabulary: Vocabulary,
        times: TimeFinder,
        *,
        asks: Asks,
        reads: Asks,
        edits: Edits,
        recurring: Recurring,
    ) -> None:
        people = People(meanings, asks)
        names = CampaignNames(vocabulary, meanings.index, times)
        effects = EffectActs(people, names)
        campaigns = CampaignActs(people, effects, times)
        self._cues: dict[Language, Cues] = {"zh": Cues(meanings, "zh"), "en": Cues(meanings, "en")}
        self._kinds = (
            BoardActs(reads),
            ActChanges(meanings, campaigns, effects, times, edits),
            SegmentActs(meanings, people, times),
            campaigns,
            effects,
            GroupActs(meanings, people),
            ModelActs(people, names, vocabulary, recurring),
        )

    def read(self, normalised: Normalised, context: Context, language: Language) -> Outcome | None:
        """The outcome of a question of one of these kinds; `None` for every other question."""
        said, cues = Said.of(normalised, language), self._cues[language]
        return next((found for kind in self._kinds if (found := kind.read(said, cues, context)) is not None), None)
