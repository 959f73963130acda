"""What became of the messages of a campaign: from the messages in the data, or from what we sent and heard back."""

from __future__ import annotations

from typing import Protocol

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import Aggregation, Metric, Simple
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Span
from semantic_layer.query.types import ByField, Query
from tools.campaigns.types import Groups
from tools.effect.groups import DataGroups, Past
from tools.effect.responses import ResponseKind, ResponseStore
from tools.effect.types import Deliveries


class SentTo(Protocol):
    """Who was sent a message of one of our campaigns, and to whom it arrived."""

    def sent(self, campaign: str) -> BitMap: ...

    def delivered(self, campaign: str) -> BitMap | None:
        """`None` where the channel does not tell."""
        ...


def in_data(groups: Groups, past: DataGroups, layer: SemanticLayer, user: User, cancel: Cancel | None) -> Deliveries:
    """Counted among the planned people, from the messages and the coupons of the data."""
    history = layer.index.model.outreach.history
    if history is None:
        return Deliveries()
    one = past.one(groups.campaign)

    def reached(field: str) -> int | None:
        if not history.message or not field:
            return None
        return len(past.people(history.message, one, Compare(field, "=", value=True)) & groups.treated)

    sent = past.people(history.message, one) if history.message else None
    redeemed = past.people(history.redeemed, one) if history.redeemed else None
    return Deliveries(
        sent=len(sent & groups.treated) if sent is not None else None,
        delivered=reached(history.delivered),
        opened=reached(history.opened),
        clicked=reached(history.clicked),
        unsubscribed=reached(history.unsubscribed),
        leaked=len(sent & groups.control) if sent is not None else 0,
        redeemed=len(redeemed & groups.treated) if redeemed is not None else None,
        redemptions=_rows(history.redeemed, history.name, one, layer, user, cancel) if history.redeemed else None,
    )


def of_ours(groups: Groups, responses: ResponseStore, sent_to: SentTo | None) -> Deliveries:
    """Counted among the planned people, from what was sent and what came back."""
    sent = sent_to.sent(groups.campaign) if sent_to is not None else None
    delivered = sent_to.delivered(groups.campaign) if sent_to is not None else None

    def heard(kind: ResponseKind) -> int:
        return len(responses.people(groups.campaign, kind) & groups.treated)

    return Deliveries(
        sent=len(sent & groups.treated) if sent is not None else None,
        delivered=len(delivered & groups.treated) if delivered is not None else None,
        opened=heard(ResponseKind.OPEN),
        clicked=heard(ResponseKind.CLICK),
        unsubscribed=heard(ResponseKind.UNSUBSCRIBE),
        leaked=len(sent & groups.control) if sent is not None else 0,
    )


def _rows(entity: str, name: str, one: Past, layer: SemanticLayer, user: User, cancel: Cancel | None) -> int | None:
    """How many rows of an entity belong to the campaign, by a metric that counts them; `None` where none is defined."""
    counting = next((m for m in layer.index.model.metrics if _counts(m, entity)), None)
    if counting is None:
        return None
    everything = Query(
        metrics=(counting.name,), by=(ByField(name),), where=Compare(name, "=", one.value), time=Span(None, None)
    )
    counts = [row[-1] for row in layer.run(everything, user, cancel=cancel).table]
    return sum(count for count in counts if isinstance(count, int))


def _counts(metric: Metric, entity: str) -> bool:
    return isinstance(metric.body, Simple) and any(
        one.entity == entity and one.agg is Aggregation.COUNT and not one.where for one in metric.body.measures
    )
