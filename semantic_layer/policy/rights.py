"""What the roles of one user add up to. It knows roles and grants, not SQL."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User

Reading = tuple[tuple[str, ...] | str, frozenset[RowFilter], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The known roles of a user, never empty. Grants add up; row filters are joined by OR."""

    roles: tuple[RolePolicy, ...]

    def may_see(self, sensitivity: Sensitivity) -> bool:
        """Whether values of this sensitivity are shown as they are."""
        if sensitivity is Sensitivity.NONE:
            return True
        if sensitivity is Sensitivity.PERSONAL:
            return any(role.see_personal for role in self.roles)
        return any(role.see_contact for role in self.roles)

    def may_read(self, entities: tuple[str, ...]) -> bool:
        """Whether some role may read all of these entities (a table has one, seldom more)."""
        return bool(self.reading(entities))

    def reading(self, entities: tuple[str, ...]) -> tuple[RolePolicy, ...]:
        """The roles that may read all of these entities."""
        return tuple(r for r in self.roles if r.entities == "all" or all(name in r.entities for name in entities))

    @property
    def partial(self) -> tuple[RolePolicy, ...]:
        """The roles when each of them sees some rows only; empty when one sees them all."""
        return self.roles if all(role.row_filters for role in self.roles) else ()

    @property
    def see_small_groups(self) -> bool:
        return any(role.see_small_groups for role in self.roles)

    @property
    def may_export(self) -> bool:
        return any(role.export for role in self.roles)

    def may_state(self, purpose: str) -> bool:
        """Whether data may leave the house for this purpose at all."""
        return any(role.export and (role.purposes == "all" or purpose in role.purposes) for role in self.roles)

    def may_export_contact_for(self, purpose: str) -> bool:
        """Whether contact data may leave the house for this purpose."""
        return self.may_state(purpose) and any(r.export and purpose in r.export_contact_for for r in self.roles)

    @property
    def may_review(self) -> bool:
        """Whether questions that people proposed are this person's to decide."""
        return any(role.review for role in self.roles)

    @property
    def may_manage_segments(self) -> bool:
        """Whether segments that others saved may be changed."""
        return any(role.manage_segments for role in self.roles)

    @property
    def may_define(self) -> bool:
        """Whether this person publishes definitions."""
        return any(role.define for role in self.roles)

    @property
    def may_manage_data(self) -> bool:
        """Whether sources, loads, drift and quarantine are this person's to decide."""
        return any(role.manage_data for role in self.roles)

    @property
    def may_manage_people(self) -> bool:
        """Whether this person decides which records are one customer, and deletes people."""
        return any(role.manage_people for role in self.roles)

    @property
    def may_write_events(self) -> bool:
        """Whether events may be sent in this person's name."""
        return any(role.write_events for role in self.roles)

    @property
    def may_send(self) -> bool:
        """Whether this person drafts campaigns, and sends those that were approved."""
        return any(role.send for role in self.roles)

    @property
    def may_approve(self) -> bool:
        """Whether campaigns of others are this person's to approve."""
        return any(role.approve for role in self.roles)

    @property
    def may_manage_models(self) -> bool:
        """Whether this person trains models and publishes their scores."""
        return any(role.manage_models for role in self.roles)

    @property
    def digest(self) -> str:
        """The same for all who may read the same, whatever their roles are called: 64 hexadecimal digits.

        Two people with one digest get the same numbers from the same question; a number belongs to the digest it was
        counted under.
        """
        readings = {_reading(role) for role in self.roles}
        whole = ("all", frozenset[RowFilter](), frozenset[str]())
        seen = [whole] if whole in readings else sorted(readings, key=_said)
        flags = (self.may_see(Sensitivity.PERSONAL), self.may_see(Sensitivity.CONTACT), self.see_small_groups)
        return hashlib.sha256(repr((flags, [_said(one) for one in seen])).encode()).hexdigest()


def rights_of(user: User, policy: Policy) -> Rights:
    """The rights of `user`; raises `NotAllowedError` for no role or for a role that the policy does not define."""
    if not user.roles:
        raise NotAllowedError(
            Text(
                zh=f"用户「{user.name}」没有任何角色，因此不能读取数据。请管理员分配角色。",
                en=f"User {user.name!r} has no role and may read nothing. Ask an administrator for a role.",
            )
        )
    known = tuple(role.name for role in policy.roles)
    missing = tuple(name for name in user.roles if name not in known)
    if missing:
        raise NotAllowedError(
            Text(
                zh=f"权限策略里没有角色「{'、'.join(missing)}」。现有角色：{'、'.join(known) or '无'}。",
                en=f"The policy has no role {', '.join(missing)!r}. Defined roles: {', '.join(known) or 'none'}.",
            ),
            suggestions=known,
        )
    return Rights(roles=tuple(role for role in policy.roles if role.name in user.roles))


def _reading(role: RolePolicy) -> Reading:
    entities = role.entities if role.entities == "all" else tuple(sorted(set(role.entities)))
    return entities, frozenset(role.row_filters), frozenset(role.hidden)


def _said(reading: Reading) -> str:
    """What one role may read, in an order that does not depend on how it was written down."""
    entities, filters, hidden = reading
    return repr((entities, sorted((one.entity, one.where) for one in filters), sorted(hidden)))
