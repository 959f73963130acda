"""Who stands behind a connection: the owner of an API key, or the person at a machine without accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from assistant.accounts.port import Access
from assistant.accounts.types import Account, ApiKey, KeyHolder, KeyRefusedError, Scope
from semantic_layer.errors import Language, Text

LOCAL_KEY: Final = "local"

NO_KEY: Final = Text(
    "请在请求头里带上 API 密钥：Authorization: Bearer <密钥>。密钥在账号页上建立。",
    "Send an API key in the header: Authorization: Bearer <key>. Keys are made on the account page.",
)
NO_KEY_HERE: Final = Text(
    "这台机器上有账号，请用环境变量 QUNXIANG_API_KEY 给出您的 API 密钥。密钥在账号页上建立。",
    "There are accounts on this machine. Give your API key in the variable QUNXIANG_API_KEY; keys are made on the account page.",
)


class Caller(Protocol):
    """Somebody who was let in. `holder` is as of the last look; `renewed` looks again."""

    @property
    def holder(self) -> KeyHolder: ...

    def renewed(self) -> Caller:
        """The same caller with the rights of this moment; raises `KeyRefusedError` when no longer let in."""
        ...


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """The owner of an API key. The secret is kept only as long as the connection, to look again whether it still holds."""

    access: Access
    secret: str = field(repr=False)
    holder: KeyHolder

    def renewed(self) -> Caller:
        return key_caller(self.access, self.secret)


@dataclass(frozen=True, slots=True)
class LocalCaller:
    """The person at this machine, who may do whatever their role allows."""

    access: Access
    holder: KeyHolder

    def renewed(self) -> Caller:
        return local_caller(self.access, KeyRefusedError(NO_KEY))


def key_caller(access: Access, secret: str) -> Caller:
    """Who presents this key; raises `KeyRefusedError`."""
    return KeyCaller(access, secret, access.key(secret))


def local_caller(access: Access, otherwise: KeyRefusedError) -> Caller:
    """The person at a machine without accounts; raises `otherwise` where accounts are kept."""
    if access.local is None:
        raise otherwise
    return LocalCaller(access, KeyHolder(account=access.local, key=_key_of(access.local)))


def caller_of(access: Access, secret: str | None, otherwise: Text) -> Caller:
    """By key where one is given, else the person at this machine; raises `KeyRefusedError`."""
    if secret:
        return key_caller(access, secret)
    return local_caller(access, KeyRefusedError(otherwise))


def _key_of(account: Account) -> ApiKey:
    """The person at the machine as if by a key that may do everything."""
    return ApiKey(
        id=LOCAL_KEY,
        login=account.login,
        label=account.name,
        hint="",
        scopes=tuple(Scope),
        created_at=account.created_at,
    )


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The key of an `Authorization` header; `None` when there is none."""
    kind, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() or None if kind.casefold() == "bearer" else None


def language_in(headers: Mapping[str, str] | None) -> Language:
    """The language that `Accept-Language` likes best; English where it says nothing."""
    best: tuple[float, Language] = (0.0, "en")
    for part in (headers or {}).get("accept-language", "").split(","):
        name, _, weight = part.strip().partition(";q=")
        said = name.strip().casefold()[:2]
        liking = _weight(weight)
        if liking > best[0] and said in ("zh", "en"):
            best = (liking, "zh" if said == "zh" else "en")
    return best[1]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
