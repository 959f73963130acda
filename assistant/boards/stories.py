"""What the weekly letter tells: from the watched segments, and from what campaigns did. Under the rights of its reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from assistant.boards.digest import Story
from assistant.replies.restated import predicate_text
from assistant.resources import Resources
from semantic_layer.calendar.resolve import DateSpan
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Measure
from semantic_layer.query.predicate import Predicate
from tools.effect.sentences import verdict_sentence
from tools.segments.past import Movements
from tools.segments.stories import lines_of, story

LONGEST: Final = timedelta(days=365)
"""No window of a campaign is longer, so one that began before is over."""


class SegmentStories:
    """The segments that somebody may use and whose people changed; those with most movement first."""

    def __init__(self, resources: Callable[[], Resources]) -> None:
        self._resources = resources

    @property
    def title(self) -> Text:
        return Text("人群的变化", "Segments")

    def between(self, first: date, last: date, user: User) -> Sequence[Story]:
        """Nothing while the data has no day of this week, and where segments are not watched."""
        resources = self._resources()
        living, last = resources.living, min(last, resources.as_of)
        if living is None or last < first:
            return ()

        def said(part: Predicate) -> Text:
            return Text(*(predicate_text(part, resources.index, resources.calendar, one) for one in ("zh", "en")))

        span = DateSpan(first, last)
        names = [state.segment.name for state in living.states(user)]
        found = [living.past.movements(name, span, user) for name in names]
        moved = sorted((one for one in found if _people(one)), key=_people, reverse=True)
        return tuple(Story(name=one.segment.name, text=story(one, lines_of(one, said))) for one in moved)


class EffectStories:
    """The verdicts of campaigns whose window ran in the week, as far as they can be read; those that began last first."""

    def __init__(self, resources: Callable[[], Resources]) -> None:
        self._resources = resources

    @property
    def title(self) -> Text:
        return Text("活动的效果", "Campaigns")

    def between(self, first: date, last: date, user: User) -> Sequence[Story]:
        """Nothing while the data has no day of this week, and where effects are not measured."""
        resources = self._resources()
        effects, last = resources.effects, min(last, resources.as_of)
        if effects is None or last < first:
            return ()
        begun = [one for one in effects.groups(user).listed() if first - LONGEST <= one.starts <= last]
        told: list[Story] = []
        for one in sorted(begun, key=lambda listed: (listed.starts, listed.name), reverse=True):
            try:
                read = effects.read(Measure(campaign=one.name), user)
            except (InvalidPlanError, NotAllowedError):  # not begun, or too small for this person: nothing to tell
                continue
            if read.window.start <= last and read.window.end >= first:
                told.append(Story(name=one.name, text=verdict_sentence(read)))
        return tuple(told)


def _people(found: Movements) -> int:
    return len(found.people("entered")) + len(found.people("left"))
