"""What is said when signing in with OpenID Connect does not work."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from assistant.accounts.loopback import is_loopback
from assistant.accounts.types import SignInError
from semantic_layer.errors import Text, UserError

_CODE: Final = re.compile(r"[a-z_]{1,40}")


class ProviderUnreachableError(UserError):
    """The provider cannot be reached, or says what no provider should."""


def must_be_safe(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return
    raise ProviderUnreachableError(
        Text(
            f"登录服务的地址必须以 https:// 开头：{address[:200]}。请检查 QUNXIANG_OIDC_ISSUER。",
            f"An address of the sign-in provider must start with https://: {address[:200]}. Check QUNXIANG_OIDC_ISSUER.",
        )
    )


def unreachable(issuer: str) -> ProviderUnreachableError:
    return ProviderUnreachableError(
        Text(
            f"登录服务 {issuer} 现在不能用。请稍后再试，或用密码登录；管理员可检查 QUNXIANG_OIDC_ISSUER。",
            f"The sign-in provider {issuer} cannot be used now. Try again later, or sign in with a password; "
            "an administrator can check QUNXIANG_OIDC_ISSUER.",
        )
    )


def refused(code: str) -> SignInError:
    """What the provider calls the reason, when it is a code of the standard; anything else may hold what it should not."""
    shown = code if _CODE.fullmatch(code) else "error"
    return SignInError(
        Text(
            f"登录服务没有让您登录（{shown}）。请重新开始。",
            f"The sign-in provider did not let you in ({shown}). Please start again.",
        )
    )


def does_not_hold(what: str) -> SignInError:
    return SignInError(
        Text(
            f"登录服务的回答没有通过检查（{what}）。请重新开始。",
            f"The answer of the sign-in provider did not hold ({what}). Please start again.",
        )
    )
