"""Who may do what with campaigns. Everything fails closed: somebody without a known role may not even look."""

from __future__ import annotations

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.rights import Rights, rights_of
from semantic_layer.policy.types import Policy, User


def senders_rights(user: User, policy: Policy) -> Rights:
    """The rights of somebody who drafts and sends; raises `NotAllowedError` for anybody else."""
    rights = rights_of(user, policy)
    if not rights.may_send:
        raise NotAllowedError(
            Text(
                "您的角色不能起草或发送活动，请找有 send 权限的人。",
                "Your role may not draft or send campaigns. Ask somebody whose role has `send`.",
            )
        )
    return rights


def approvers_rights(user: User, policy: Policy) -> Rights:
    """The rights of somebody who approves campaigns and sets the rules of contact."""
    rights = rights_of(user, policy)
    if not rights.may_approve:
        raise NotAllowedError(
            Text(
                "您的角色不能审批活动，也不能改触达规则，请找有 approve 权限的人。",
                "Your role may not approve campaigns or change rules of contact. Ask somebody whose role has `approve`.",
            )
        )
    return rights


def handlers_rights(user: User, policy: Policy) -> Rights:
    """The rights of somebody who sends or approves: they see how many people a campaign has, and may stop it."""
    rights = rights_of(user, policy)
    if not (rights.may_send or rights.may_approve):
        raise NotAllowedError(
            Text(
                "活动的人数和暂停、停止只给能发送（send）或审批（approve）活动的人。",
                "The people of a campaign, and pausing and stopping it, are for those who send (`send`) or approve "
                "(`approve`) campaigns.",
            )
        )
    return rights
