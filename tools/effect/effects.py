"""What campaigns did: those planned for them against those held back, each person counted where they were planned."""

from __future__ import annotations

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Measure
from tools.campaigns.types import GroupsOf
from tools.effect.deliveries import SentTo
from tools.effect.groups import AllGroups, DataGroups
from tools.effect.naming import the_campaign
from tools.effect.reading import GoalsOf, Reading, Sources
from tools.effect.responses import ResponsesInMemory, ResponseStore
from tools.effect.types import ReadOut


class Effects:
    """The effects of the campaigns of one data set. `own` are those of this product; past ones are read from the data.

    Everything is read under the rights of whoever asks: people they may not see are in no group.
    """

    def __init__(
        self,
        layer: SemanticLayer,
        own: GroupsOf | None = None,
        responses: ResponseStore | None = None,
        *,
        sent_to: SentTo | None = None,
        goals: GoalsOf = lambda _: None,
    ) -> None:
        self._layer = layer
        kept = responses if responses is not None else ResponsesInMemory()
        self._sources = Sources(own=own, responses=kept, sent_to=sent_to, goals=goals)

    def groups(self, user: User, *, cancel: Cancel | None = None) -> AllGroups:
        """All campaigns that there are for this person."""
        return AllGroups(self._sources.own, DataGroups(self._layer, user, cancel=cancel))

    def find(self, words: str, user: User, language: Language) -> str:
        """The campaign that is meant; raises as `naming.the_campaign`, and `InvalidPlanError` for one that has not begun."""
        everything = self.groups(user)
        try:
            return the_campaign(words, everything, language)
        except UnknownNameError:
            return everything.groups(words).name

    def read(self, asked: Measure, user: User, *, cancel: Cancel | None = None) -> ReadOut:
        """What the campaign (by name or id) did.

        Raises:
            UnknownNameError: no campaign or field has the name; the nearest are named.
            InvalidPlanError: the campaign has not begun, or the window is no number of days from 1 to 365.
            NotAllowedError: the person may not read what it rests on, or a group is too small for them to see.
            DataError: the definitions name no goal.
        """
        return Reading(self._sources, self._layer, asked, user, cancel).read_out()
