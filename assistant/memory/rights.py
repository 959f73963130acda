"""Who may decide about reviewed questions. Whatever is not clearly allowed is refused."""

from __future__ import annotations

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User


def may_review(user: User, policy: Policy) -> bool:
    """Whether one of the user's roles says `review`; false for an unknown role among them, and for no role."""
    try:
        return rights_of(user, policy).may_review
    except NotAllowedError:
        return False


def require_review(user: User, policy: Policy) -> None:
    """Raises `NotAllowedError` with the roles that may."""
    if may_review(user, policy):
        return
    there = tuple(role.name for role in policy.roles if role.review)
    zh = f"可以审核的角色：{'、'.join(there)}。" if there else "权限策略里还没有写 review: true 的角色。"
    en = f"These roles may: {', '.join(there)}." if there else "No role of the policy says review: true yet."
    raise NotAllowedError(
        Text(f"审核问题需要数据负责人的权限。{zh}", f"Reviewing questions is for data owners. {en}"), suggestions=there
    )
