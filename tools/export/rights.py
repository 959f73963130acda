"""May this person take this out, for this purpose, and what stays masked? Fails closed; the screen's rights are not enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User
from semantic_layer.table import ResultColumn


def check_export(policy: Policy, user: User, purpose: str, *, purpose_needed: bool) -> None:
    """Refuses a role that may not export, a purpose that is missing where one is needed, that nobody has defined, or that
    is not one of the user's.
    """
    rights = rights_of(user, policy)
    if not rights.may_export:
        raise NotAllowedError(
            Text(
                zh=f"用户「{user.name}」的角色不允许导出。",
                en=f"The roles of {user.name!r} do not allow exports.",
            )
        )
    known = purposes_of(policy, user)
    if purpose and policy.purposes and purpose not in policy.purposes:
        raise UnknownNameError(Text("导出用途", "purpose"), purpose, nearest(purpose, known) or known)
    if purpose and not rights.may_state(purpose):
        stated = _named(policy, purpose)
        raise NotAllowedError(
            Text(
                zh=f"您的角色不能以「{stated.zh}」为用途导出。可以的用途："
                f"{'、'.join(_named(policy, name).zh for name in known) or '无'}。",
                en=f"Your role may not export for {stated.en}. "
                f"It may for: {', '.join(_named(policy, name).en for name in known) or 'nothing'}.",
            ),
            suggestions=known,
        )
    if purpose_needed and not purpose:
        raise InvalidPlanError(
            Text(
                zh=f"请说明导出用途：{'、'.join(_named(policy, name).zh for name in known) or '任意文字'}。",
                en=f"State the purpose of the export: {', '.join(_named(policy, n).en for n in known) or 'in your words'}.",
            ),
            suggestions=known,
        )


def purposes_of(policy: Policy, user: User) -> tuple[str, ...]:
    """The purposes of the policy that this user may state, in its order."""
    rights = rights_of(user, policy)
    return tuple(name for name in policy.purposes if rights.may_state(name))


def check_contacts(policy: Policy, user: User, purpose: str) -> None:
    """Refuses contact data in the clear unless a role of the user allows it for this purpose; names those that do."""
    rights = rights_of(user, policy)
    if rights.may_export_contact_for(purpose):
        return
    allowed = tuple(name for name in policy.purposes if rights.may_export_contact_for(name))
    stated = _named(policy, purpose)
    if not allowed:
        raise NotAllowedError(
            Text("您的角色不能导出明文联系方式。", "Your role may not export contact data in the clear.")
        )
    raise NotAllowedError(
        Text(
            zh=f"用途「{stated.zh}」不能导出明文联系方式。可以的用途：{'、'.join(_named(policy, n).zh for n in allowed)}。",
            en=f"Contact data may not leave for {stated.en or 'no purpose'}. Allowed: {', '.join(_named(policy, n).en for n in allowed)}.",
        ),
        suggestions=allowed,
    )


def policy_for(policy: Policy, user: User, purpose: str) -> Policy:
    """The policy under which an allowed export with contacts is read: roles that allow the purpose see contacts."""
    check_contacts(policy, user, purpose)
    roles = tuple(
        replace(role, see_contact=True) if role.export and purpose in role.export_contact_for else role
        for role in policy.roles
    )
    return replace(policy, roles=roles)


def needs_consent(policy: Policy, purpose: str) -> bool:
    """Whether the purpose goes through a channel that people must have agreed to."""
    return any(one.name == purpose and (one.message_channel or one.consent) for one in policy.purpose_details)


def must_hide(column: ResultColumn, *, clear_contacts: bool) -> bool:
    """Whether a column that is not masked yet must be before it leaves."""
    return column.sensitivity is Sensitivity.CONTACT and not column.masked and not clear_contacts


def hidden_in_table(policy: Policy, user: User, columns: Sequence[ResultColumn]) -> tuple[bool, ...]:
    """Which columns of a result are hidden before it leaves: contacts always, and whatever the user may not see."""
    rights = rights_of(user, policy)
    return tuple(
        must_hide(column, clear_contacts=False) or not (column.masked or rights.may_see(column.sensitivity))
        for column in columns
    )


def _named(policy: Policy, purpose: str) -> Text:
    return next((one.label for one in policy.purpose_details if one.name == purpose), Text(purpose, purpose))
