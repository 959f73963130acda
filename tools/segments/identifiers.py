"""The identifiers that customers have, to look given ones up in: as they stand, in a looser form, or hashed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import Dimension, DimensionKind
from semantic_layer.policy.types import User
from semantic_layer.query.types import ByField, Query
from tools.segments.given import plain

_HASH: Final = re.compile(r"[0-9a-f]{64}\Z")
_LOOSE: Final = re.compile(r"[\s\-_()+.]")
_COUNTRY: Final = re.compile(r"\A(?:0086|86)(?=1[0-9]{10}\Z)")

Keys = Mapping[str, frozenset[int]]


class Known:
    """Identifiers with the customers who have them. Each further form is made when the first value needs it."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        self._pairs = [(plain(value), key) for value, key in pairs]

    @cached_property
    def exact(self) -> Keys:
        return self._by(lambda value: value)

    @cached_property
    def loose(self) -> Keys:
        """Without case, separators, leading zeros and the country code of a mobile number."""
        return self._by(loosely)

    @cached_property
    def hashed(self) -> Keys:
        """By the SHA-256 of the value, in hexadecimal digits."""
        return self._by(lambda value: hashlib.sha256(value.encode()).hexdigest())

    def find(self, value: str) -> tuple[frozenset[int], bool]:
        """The customers that a value names, and whether it had to be read loosely."""
        found = self.exact.get(value)
        if found is not None:
            return found, False
        if is_hash(value):
            return self.hashed.get(value.lower(), frozenset()), False
        return self.loose.get(loosely(value), frozenset()), True

    def values(self) -> tuple[str, ...]:
        return tuple(self.exact)

    def _by(self, form: Callable[[str], str]) -> Keys:
        found: dict[str, set[int]] = {}
        for value, key in self._pairs:
            found.setdefault(form(value), set()).add(key)
        return {value: frozenset(keys) for value, keys in found.items()}


class Identifiers:
    """Reads the identifiers of customers under a person's rights."""

    def __init__(self, layer: SemanticLayer) -> None:
        self._layer = layer

    def field(self, field: str) -> Dimension:
        """The identifier by its name. Raises `InvalidPlanError`, with those that there are, for any other field."""
        found = self._layer.index.field(field)
        if isinstance(found, Dimension) and found in self.fields():
            return found
        known = self.fields()
        raise InvalidPlanError(
            Text(
                zh=f"「{found.words.label.zh}」不是客户的标识。可以用：{'、'.join(one.words.label.zh for one in known)}。",
                en=f"{found.words.label.en!r} does not identify customers. Use {', '.join(one.words.label.en for one in known)}.",
            ),
            suggestions=[one.qualified for one in known],
        )

    def fields(self) -> tuple[Dimension, ...]:
        """The identifiers of a customer, that by which they are listed first."""
        index = self._layer.index
        customer = index.entity(index.model.customer_entity)
        own = [
            one
            for one in index.model.dimensions
            if one.entity == customer.name and one.kind is DimensionKind.IDENTIFIER
        ]
        return tuple(sorted(own, key=lambda one: one.name != customer.label_column))

    def known(self, field: str, user: User, *, cancel: Cancel | None = None) -> Known:
        """All values. Raises `NotAllowedError` where this person sees them masked or not at all."""
        dimension = self.field(field)
        index = self._layer.index
        (key,) = index.entity(dimension.entity).primary_key
        name = f"{dimension.entity}.{key}"
        if dimension.expr.strip() == key:
            found = self._layer.columns(Query(metrics=(), by=(ByField(dimension.qualified),)), user, cancel=cancel)
            (keys,) = found.values()
            return Known((str(value), int(value)) for value in keys.tolist())
        query = Query(metrics=(), by=(ByField(name), ByField(dimension.qualified)))
        keys, values = self._layer.columns(query, user, cancel=cancel).values()
        pairs = zip(values.tolist(), keys.tolist(), strict=True)
        return Known((str(value), int(key)) for value, key in pairs if value is not None)


def is_hash(value: str) -> bool:
    """Whether a value has the form of a SHA-256."""
    return _HASH.match(value.lower()) is not None


def loosely(value: str) -> str:
    """What is left of an identifier when the ways to write it do not count."""
    bare = _COUNTRY.sub("", _LOOSE.sub("", value.casefold()))
    return bare.lstrip("0") or bare
