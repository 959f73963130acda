"""Who somebody is to saved segments, by the roles of the policy."""

from __future__ import annotations

from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User
from tools.segments.types import Who


def who_of(user: User, policy: Policy) -> Who:
    """Raises `NotAllowedError` for somebody without a known role: nothing of theirs could be counted."""
    rights = rights_of(user, policy)
    return Who(name=user.name, rights=rights.digest, manages=rights.may_manage_segments)
