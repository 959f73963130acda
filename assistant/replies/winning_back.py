"""After the reason for a fall: a campaign to win those back who make most of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assistant.answer import FollowUp
from assistant.replies.restated import who_text
from assistant.resources import Asked, Resources
from semantic_layer.calendar.resolve import DateSpan
from semantic_layer.errors import CancelledError, Text, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Measure
from semantic_layer.policy.rights import rights_of
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.plan import Explain, Plan
from semantic_layer.query.predicate import Among, Between, Compare, Did, IsNull, Not, Predicate, conjoin, conjuncts
from semantic_layer.query.time import Span
from semantic_layer.query.types import Audience
from semantic_layer.query.walk import parts
from semantic_layer.restate.periods import default_window
from tools.change import Change, Part

_FIELDS: Final = (Compare, Among, Between, IsNull)


def win_back(step: Explain, change: Change, asked: Asked, resources: Resources) -> tuple[FollowUp, ...]:
    """A draft of a campaign to those who did it in the period before and no longer do, in the part that fell most.

    Nothing for a rise, for a metric that is no better when high, without a way to reach customers, without the right to
    send, or where that part is not about people who can be told apart.
    """
    fell = change.change is not None and change.change < 0 and resources.index.metric(step.metric).good == "up"
    reachable = bool(resources.index.model.outreach.channels)
    if not fell or not reachable or not rights_of(asked.user, resources.layer.policy).may_send:
        return ()
    for part in change.parts:
        audience = _lost(step, part, resources) if part.contribution < 0 else None
        if audience is not None and _count(audience, asked, resources) > 0:
            return (_offer(audience, asked, resources),)
    return ()


def _offer(audience: Audience, asked: Asked, resources: Resources) -> FollowUp:
    index, calendar = resources.index, resources.calendar
    zh, en = (who_text(audience, index, calendar, language) for language in ("zh", "en"))
    label = Text(f"起草挽回活动：{zh}", f"draft a campaign to win back {en}").in_(asked.language)
    return FollowUp(label=label, plan=Plan((StartCampaign(audience=audience),)))


def _lost(step: Explain, part: Part, resources: Resources) -> Audience | None:
    """Who had such rows in the period before, and none in the period asked about."""
    index = resources.index
    person = index.model.customer_entity
    conditions = (*conjuncts(step.where), *conjuncts(part.where))
    done = tuple(one for one in conditions if isinstance(one, Did))
    plain = tuple(one for one in conditions if one not in done)
    if len(done) > 1 or not all(isinstance(one, _FIELDS) for one in plain):
        return None
    of_people = tuple(one for one in plain if _leads(index, person, one))
    of_rows = conjoin(
        (*(one for one in plain if one not in of_people), *(w for one in done for w in conjuncts(one.where)))
    )
    entities = (one.entity for one in done) if done else _rows(index, step.metric)
    rows = next((one for one in entities if _leads(index, one, *conjuncts(of_rows))), None)
    if rows is None or person not in index.reachable(rows):
        return None
    time = step.time or default_window(resources.calendar.conventions)
    now, before = resources.calendar.resolve(time), resources.calendar.compare(time, step.compare_to)
    then = Did(entity=rows, where=of_rows, time=_span(before))
    again = Did(entity=rows, where=of_rows, time=_span(now))
    return Audience(where=conjoin((*of_people, then, Not(again))), entity=person)


def _rows(index: ModelIndex, metric: str) -> Iterator[str]:
    """The entities on whose rows a metric stands, directly or through those that it is made of."""
    for part in parts(index.metric(metric).body):
        if isinstance(part, Measure):
            yield part.entity
        elif isinstance(part, str) and part != metric and index.has_metric(part):
            yield from _rows(index, part)


def _leads(index: ModelIndex, entity: str, *conditions: Predicate) -> bool:
    reached = index.reachable(entity)
    return all(isinstance(one, _FIELDS) and one.field.split(".")[0] in reached for one in conditions)


def _span(days: DateSpan) -> Span:
    return Span(days.start, days.end)


def _count(audience: Audience, asked: Asked, resources: Resources) -> int:
    try:
        return resources.layer.count(audience, asked.user, cancel=asked.cancel)
    except CancelledError:
        raise
    except UserError:
        return 0  # the offer is left out; the answer stands
