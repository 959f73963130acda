"""Who may decide about reviewed questions. Whatever is not clearly allowed is refused."""

from __future__ import annotations

from typing import Final

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.types import Policy, User

REVIEWERS: Final = ("admin", "data_owner")  # names of roles, when the policy defines them


def may_review(user: User, policy: Policy) -> bool:
    """Whether one of the user's roles is a reviewer's; false for an unknown role among them, and for no role."""
    known = {role.name for role in policy.roles}
    return bool(user.roles) and set(user.roles) <= known and bool(set(user.roles) & set(REVIEWERS))


def require_review(user: User, policy: Policy) -> None:
    """Raises `NotAllowedError` with the roles that may."""
    if may_review(user, policy):
        return
    there = tuple(role.name for role in policy.roles if role.name in REVIEWERS)
    zh = (
        f"可以审核的角色：{'、'.join(there)}。"
        if there
        else f"权限策略里没有可以审核的角色（{'、'.join(REVIEWERS)}）。"
    )
    en = f"These roles may: {', '.join(there)}." if there else f"The policy defines none of {', '.join(REVIEWERS)}."
    raise NotAllowedError(
        Text(f"审核问题需要数据负责人的权限。{zh}", f"Reviewing questions is for data owners. {en}"), suggestions=there
    )
