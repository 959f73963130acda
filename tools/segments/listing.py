"""Segments that are lists of people: frozen from an answer, given as keys, imported, and added to."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, QunxiangError, Text
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import And, Not, Or
from semantic_layer.query.types import Audience
from tools.segments.given import Given
from tools.segments.ground import Ground
from tools.segments.identifiers import Identifiers
from tools.segments.importing import Report, matched
from tools.segments.lists import as_bitmap
from tools.segments.membership import Cause, Moved, Side, Snapshot, Standing
from tools.segments.rights import who_of
from tools.segments.types import Segment


class Into(StrEnum):
    """What becomes of an existing segment when people are saved into it."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class Lists:
    """Keeps lists of people. Whoever freezes people must be allowed to see them: they are asked in that person's name."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def freeze(self, name: str, people: Audience | BitMap, user: User, *, cancel: Cancel | None = None) -> Segment:
        """A new segment of just these people, who stay in it whatever they do. Raises as `SavedSegments.save` does."""
        keys = self._keys(people, user, cancel)
        saved, who = self._ground.saved, who_of(user, self._ground.layer.policy)
        customer = self._ground.layer.index.model.customer_entity
        segment = saved.save(
            name, Audience(entity=customer), by=who, count=len(keys), as_of=self._ground.as_of, frozen=True
        )
        try:
            self._keep(segment, None, keys)
        except QunxiangError:
            saved.delete(segment.id, by=who)  # a list without people would answer for them
            raise
        return segment

    def save_into(
        self, name: str, people: Audience | BitMap, into: Into, user: User, *, cancel: Cancel | None = None
    ) -> Segment:
        """People into, or out of, a segment that is there.

        A list is changed person by person. A rule is joined with the other rule, so that both go on moving; people without a
        rule cannot be joined to one, which raises `InvalidPlanError`.
        """
        who = who_of(user, self._ground.layer.policy)
        segment = self._ground.seen(name, user)
        if not segment.frozen:
            if isinstance(people, BitMap):
                raise _list_into_rule(segment.name)
            audience = joined(segment.audience, people, into)
            self._ground.layer.statement(audience, user)
            return self._ground.saved.edit(segment.id, audience, by=who)
        keys = self._keys(people, user, cancel)
        standing = self._ground.store.standing(segment.id)
        old = BitMap(standing.keys) if standing is not None else BitMap()
        new = {Into.ADD: old | keys, Into.REMOVE: old - keys, Into.REPLACE: keys}[into]
        changed = self._ground.saved.relisted(segment.id, len(new), as_of=self._ground.as_of, by=who)
        self._keep(changed, standing, new)
        return changed

    def match(self, given: Given, field: str, user: User, *, cancel: Cancel | None = None) -> Report:
        """Which customers the given identifiers name, with everything that names nobody. Nothing is saved.

        `field` is an identifier of the customer, "entity.name". Raises `NotAllowedError` for one that this person sees masked.
        """
        return matched(given, Identifiers(self._ground.layer).known(field, user, cancel=cancel), field)

    def _keys(self, people: Audience | BitMap, user: User, cancel: Cancel | None) -> BitMap:
        if isinstance(people, BitMap):
            return self._ground.sight(user).of(BitMap(people))
        return as_bitmap(self._ground.layer.key_array(people, user, cancel=cancel))

    def _keep(self, segment: Segment, standing: Standing | None, keys: BitMap) -> None:
        serial = 1 if standing is None else standing.serial + 1
        now, old = self._ground.clock(), standing.keys if standing is not None else keys
        sides: dict[Side, BitMap] = {"entered": keys - old, "left": old - keys}
        look = Snapshot(
            segment_id=segment.id,
            serial=serial,
            at=now,
            as_of=self._ground.as_of,
            data_version=self._ground.data_version,
            version=segment.version,
            size=len(keys),
            moved=tuple(Moved(side=side, cause=Cause.LISTED, keys=some) for side, some in sides.items() if some),
        )
        stands = Standing(
            segment_id=segment.id,
            serial=serial,
            at=now,
            as_of=look.as_of,
            data_version=look.data_version,
            version=look.version,
            audience=segment.audience,
            keys=keys,
        )
        self._ground.store.keep([(stands, look)])


def joined(rule: Audience, other: Audience, into: Into) -> Audience:
    """One rule of two. Raises `InvalidPlanError` for rules of different things or days, and for one without anybody left."""
    if (rule.entity, rule.as_of) != (other.entity, other.as_of):
        raise InvalidPlanError(
            Text(
                "这两群人不是同一类对象，或者日期不同，不能合并。",
                "These two are not of the same kind, or not of the same day.",
            )
        )
    match into:
        case Into.REPLACE:
            return other
        case Into.ADD:
            either = None if rule.where is None or other.where is None else Or((rule.where, other.where))
            return replace(rule, where=either)
        case Into.REMOVE:
            if other.where is None:
                raise InvalidPlanError(Text("减去全部客户后没有人了。", "Without all customers nobody is left."))
            rest = Not(other.where)
            return replace(rule, where=rest if rule.where is None else And((rule.where, rest)))
        case _:
            assert_never(into)


def _list_into_rule(name: str) -> InvalidPlanError:
    return InvalidPlanError(
        Text(
            zh=f"「{name}」是按规则变动的人群，不能直接加入一份名单。可以把名单另存为一个人群，再与它合并。",
            en=f"{name!r} goes by a rule, so a list cannot be added to it. Save the list as a segment and combine the two.",
        )
    )
