"""The definitions that saved segments and the policy name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from semantic_layer.compiler.uses import Ref, Uses
from semantic_layer.policy.types import Policy
from semantic_layer.query.types import Audience

_NAMING = frozenset({"field", "metric"})


def named_by_segments(segments: Mapping[str, Audience], uses: Uses) -> tuple[tuple[Ref, str], ...]:
    """What each segment names, with the segment's name; segments inside segments speak for themselves."""
    found = [(ref, name) for name, audience in segments.items() for ref in _named(audience, uses)]
    return tuple(dict.fromkeys(found))


def named_by_policy(policy: Policy, uses: Uses) -> tuple[Ref, ...]:
    """What row filters, hidden fields and purposes name; columns that row filters read count as read."""
    found: list[Ref] = []
    for role in policy.roles:
        for row_filter in role.row_filters:
            found += uses.inside(row_filter.where, row_filter.entity)
        for name in role.hidden:
            found += uses.named(name)
    for purpose in policy.purpose_details:
        found += uses.named(purpose.consent) if purpose.consent else ()
    return tuple(dict.fromkeys(found))


def _named(part: object, uses: Uses) -> Iterator[Ref]:
    """The names in a question's part, down to its last condition."""
    if isinstance(part, tuple):
        for one in part:
            yield from _named(one, uses)
    if not is_dataclass(part) or isinstance(part, type):
        return
    for key in fields(part):
        value = getattr(part, key.name)
        if key.name in _NAMING and isinstance(value, str):
            yield from uses.named(value)
        elif key.name == "entity" and isinstance(value, str):
            yield "entity", value
        else:
            yield from _named(value, uses)
