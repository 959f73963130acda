"""What people may read of single customers in the published data: the rights of their role decide, not those of the pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assistant.stewardship.people import LevelSpan
from semantic_layer.errors import NotAllowedError, Text, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tools.card import CustomerCard
from tools.card import card as card_of

Levels = Callable[[str, User], tuple[LevelSpan, ...]]
"""The levels of a customer over time, by the label of the customer."""


class PublishedCustomers(Protocol):
    """Customers as they are published. `labels` are what customers are called there (member numbers, or their keys)."""

    def readable(self, labels: Collection[str], user: User) -> frozenset[str]:
        """Those of `labels` whom this user may see. Raises `NotAllowedError` for who may see no customers at all."""
        ...

    def card(self, label: str, user: User) -> CustomerCard | None:
        """`None` for somebody who is not published yet."""
        ...

    def levels(self, label: str, user: User) -> tuple[LevelSpan, ...]: ...


@dataclass(frozen=True, slots=True)
class LayerCustomers:
    """A `PublishedCustomers` over an open data set."""

    layer: Callable[[], SemanticLayer]
    levels_of: Levels

    def readable(self, labels: Collection[str], user: User) -> frozenset[str]:
        layer = self.layer()
        rights = rights_of(user, layer.policy)
        entity = layer.index.model.customer_entity
        if not rights.may_read((entity,)):
            raise NotAllowedError(Text("您的角色不能查看客户。", "Your role may not see customers."))
        if not rights.partial:
            return frozenset(labels)
        return frozenset(label for label in labels if self._sees(layer, label, user))

    def card(self, label: str, user: User) -> CustomerCard | None:
        layer = self.layer()
        try:
            return card_of(layer, label, user, entity=layer.index.model.customer_entity)
        except UnknownNameError:
            return None

    def levels(self, label: str, user: User) -> tuple[LevelSpan, ...]:
        return self.levels_of(label, user)

    def _sees(self, layer: SemanticLayer, label: str, user: User) -> bool:
        entity = layer.index.entity(layer.index.model.customer_entity)
        name = entity.label_column or entity.primary_key[0]
        me = Audience(where=Compare(f"{entity.name}.{name}", "=", label), entity=entity.name)
        try:
            return layer.count(me, user) > 0
        except NotAllowedError:  # too few to be shown to this role: then not one of them
            return False


@dataclass(frozen=True, slots=True)
class FixedCustomers:
    """The fake: who may be seen by whom."""

    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def readable(self, labels: Collection[str], user: User) -> frozenset[str]:
        return frozenset(labels) & self.seen[user.name] if user.name in self.seen else frozenset(labels)

    def card(self, label: str, user: User) -> CustomerCard | None:
        return None

    def levels(self, label: str, user: User) -> tuple[LevelSpan, ...]:
        return ()
