"""Signing in with OpenID Connect: the authorization-code flow with PKCE. The home of authlib.

After OpenID Connect Core 1.0 (section 3.1: code flow, checks of the ID token), Discovery 1.0, RFC 7636 (PKCE) and RFC 9207
(`iss` in the answer). Nobody gets an account by signing in: one must be there already.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from assistant.accounts.oidc_errors import does_not_hold, must_be_safe, refused, unreachable
from assistant.accounts.port import Access
from assistant.accounts.tokens import RandomBytes, new_token
from assistant.accounts.types import Account, SignInError
from assistant.settings import Settings
from semantic_layer.errors import Text, UserError

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only: never `none`, and no shared secret that a public key could be taken for."""

_SCOPE: Final = "openid email profile"
_SECONDS: Final = 10.0
_CLOCK_SLACK_SECONDS: Final = 60
_UNDER_WAY: Final = timedelta(minutes=10)
_FRESH: Final = timedelta(hours=1)
_LONGEST_ANSWER: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the provider and this product know each other by."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom the provider vouches for. `identity` is `oidc:ISSUER|SUBJECT`; `email` is empty when it said none."""

    identity: str
    email: str = ""
    email_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoints:
    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    read_at: datetime


class OpenIdConnect:
    """One provider. `begin` and `finish` talk to it and block, `seconds` at most for each step of a request.

    What belongs to a sign-in under way is derived from its state with a key that stays here, so that nothing is kept.
    """

    def __init__(
        self,
        registration: Registration,
        access: Access,
        *,
        clock: Callable[[], datetime],
        random_bytes: RandomBytes,
        seconds: float = _SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._registration = registration
        self._access = access
        self._clock = clock
        self._random_bytes = random_bytes
        self._seconds = seconds
        self._tls = tls or httpx2.create_ssl_context()  # takes as long as a whole sign-in, hence once
        own = registration.client_secret or new_token(random_bytes)
        self._key = hashlib.sha256(f"qunxiang sign-in:{own}".encode()).digest()
        self._endpoints: _Endpoints | None = None
        self._lock = threading.Lock()

    @property
    def label(self) -> str:
        """What people call the provider."""
        return self._registration.label or urlsplit(self._registration.issuer).hostname or ""

    def begin(self, redirect_uri: str) -> tuple[str, str]:
        """The address to send the browser to, and a state that must come back from that browser alone."""
        endpoints = self._discovered()
        state = self._new_state()
        with self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(
                endpoints.authorization,
                state=state,
                nonce=self._derived("nonce", state),
                code_verifier=self._derived("verifier", state),
            )
        return str(address), state

    def finish(self, *, state: str, answer: Mapping[str, str], redirect_uri: str) -> Account:
        """The account of whoever the provider vouches for.

        Raises `SignInError` when the answer does not hold or no account fits, `ProviderUnreachableError`.
        """
        return self.account_of(self.person(state=state, answer=answer, redirect_uri=redirect_uri))

    def person(self, *, state: str, answer: Mapping[str, str], redirect_uri: str) -> Person:
        """Whom the answer of the provider proves; raises as `finish` does."""
        self._check_state(state, answer.get("state", ""))
        if "error" in answer:
            raise refused(answer["error"])
        endpoints = self._discovered()
        if answer.get("iss", endpoints.issuer) != endpoints.issuer:
            raise does_not_hold("iss")
        code = answer.get("code", "")
        if not 0 < len(code) <= _LONGEST_ANSWER:
            raise does_not_hold("code")
        token, keys = self._fetched(endpoints, code, self._derived("verifier", state), redirect_uri)
        return self._proven(endpoints, token, keys, nonce=self._derived("nonce", state))

    def account_of(self, person: Person) -> Account:
        """The account with this identity, or else the one with this verified address; raises `SignInError`."""
        found = self._access.by_identity(person.identity)
        if found is not None:
            return found
        by_email = self._access.by_email(person.email) if person.email_verified else None
        if by_email is not None and not _has_another(by_email, person.identity):
            return by_email
        shown = person.email or person.identity
        why_zh, why_en = (
            ("", "") if person.email_verified else ("（登录服务没有确认邮箱）", " (it has no verified e-mail)")
        )
        raise SignInError(
            Text(
                f"「{shown}」在这里没有账号{why_zh}。请管理员添加账号，或在账号里填上这个身份：{person.identity}",
                f"{shown!r} has no account here{why_en}. Ask an administrator to add one, or to enter this identity in yours: {person.identity}",
            )
        )

    # --- the state of a sign-in under way

    def _new_state(self) -> str:
        head = f"{int(self._clock().timestamp()):x}.{new_token(self._random_bytes)}"
        return f"{head}.{self._derived('state', head)}"

    def _check_state(self, kept: str, sent: str) -> None:
        """The browser that comes back must be the one that left, with a state from here, not long ago."""
        head, _, seal = kept.rpartition(".")
        same = hmac.compare_digest(kept.encode(), sent.encode("utf-8", "replace"))
        ours = hmac.compare_digest(seal.encode(), self._derived("state", head).encode())
        if not kept or not same or not ours:
            raise does_not_hold("state")
        age = self._clock().timestamp() - int(head.partition(".")[0], 16)
        if not -_CLOCK_SLACK_SECONDS <= age <= _UNDER_WAY.total_seconds():
            raise SignInError(
                Text("登录用了太长时间，请重新开始。", "The sign-in took too long. Please start again."),
            )

    def _derived(self, what: str, state: str) -> str:
        return hmac.new(self._key, f"{what}:{state}".encode(), hashlib.sha256).hexdigest()

    # --- talking to the provider

    def _client(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._registration.client_id,
            client_secret=self._registration.client_secret or None,
            redirect_uri=redirect_uri,
            scope=_SCOPE,
            code_challenge_method="S256",
            timeout=self._seconds,
            verify=self._tls,
            follow_redirects=False,
        )

    def _plain_client(self) -> httpx2.Client:
        return httpx2.Client(timeout=self._seconds, verify=self._tls)

    def _discovered(self) -> _Endpoints:
        """The addresses of the provider, read again after an hour."""
        with self._lock:
            now = self._clock()
            known = self._endpoints
            if known is None or abs(now - known.read_at) > _FRESH:
                known = self._endpoints = self._read_endpoints(now)
            return known

    def _read_endpoints(self, now: datetime) -> _Endpoints:
        issuer = self._registration.issuer
        must_be_safe(issuer)
        try:
            with self._plain_client() as client:
                found = _json_of(client.get(get_well_known_url(issuer, external=True)))
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise unreachable(issuer) from error
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
        said, authorization, token, keys, userinfo = (str(found.get(name, "")) for name in names)
        if said.rstrip("/") != issuer.rstrip("/"):
            raise unreachable(issuer)
        for address in (authorization, token, keys, *([userinfo] if userinfo else [])):
            must_be_safe(address)
        return _Endpoints(
            issuer=said, authorization=authorization, token=token, keys=keys, userinfo=userinfo, read_at=now
        )

    def _fetched(
        self, endpoints: _Endpoints, code: str, verifier: str, redirect_uri: str
    ) -> tuple[Mapping[str, object], KeySet]:
        """The answer of the token endpoint, and the keys of today."""
        try:
            with self._client(redirect_uri) as client:
                token = client.fetch_token(
                    endpoints.token, grant_type="authorization_code", code=code, code_verifier=verifier
                )
            with self._plain_client() as client:
                keys = KeySet.import_key_set(_json_of(client.get(endpoints.keys)))  # type: ignore[arg-type]  # checked there
        except OAuthError as error:
            raise refused(str(error.error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, JoseError, ValueError, KeyError, TypeError) as error:
            raise unreachable(self._registration.issuer) from error
        return token, keys

    def _proven(self, endpoints: _Endpoints, token: Mapping[str, object], keys: KeySet, *, nonce: str) -> Person:
        """Checks the ID token after OpenID Connect Core 1.0, section 3.1.3.7."""
        registered = self._registration.client_id
        try:
            read = jwt.decode(str(token.get("id_token", "")), keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                read.claims,
                read.header,
                options={
                    "iss": {"essential": True, "value": endpoints.issuer},
                    "aud": {"essential": True, "value": registered},
                    "sub": {"essential": True},
                },
                params={"nonce": nonce, "client_id": registered, "access_token": token.get("access_token")},
            )
            claims.validate(now=int(self._clock().timestamp()), leeway=_CLOCK_SLACK_SECONDS)
        except (JoseError, ValueError, TypeError) as error:
            # Neither the token nor what it claims may reach a log through the chain of errors.
            raise does_not_hold(type(error).__name__) from None
        subject = str(claims["sub"])
        told = claims if claims.get("email") else self._user_info(endpoints, token, subject)
        return Person(
            identity=f"oidc:{endpoints.issuer}|{subject}",
            email=str(told.get("email") or ""),
            email_verified=told.get("email_verified") is True,
        )

    def _user_info(self, endpoints: _Endpoints, token: Mapping[str, object], subject: str) -> Mapping[str, object]:
        """What the provider tells apart from the ID token (section 5.3); nothing when it is of somebody else, or amiss."""
        if not endpoints.userinfo:
            return {}
        bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
        try:
            with self._plain_client() as client:
                told = _json_of(client.get(endpoints.userinfo, headers=bearer))
        except (httpx2.HTTPError, ValueError, TypeError):
            return {}
        return told if told.get("sub") == subject else {}


def provider_of(
    settings: Settings, access: Access, *, clock: Callable[[], datetime], random_bytes: RandomBytes
) -> OpenIdConnect | None:
    """The provider of the settings, or none. Raises `UserError` when the settings name half of one."""
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client_id:
        raise UserError(
            Text(
                "设置了 QUNXIANG_OIDC_ISSUER，但没有设置 QUNXIANG_OIDC_CLIENT_ID。请填写登录服务发给您的 client id。",
                "QUNXIANG_OIDC_ISSUER is set but QUNXIANG_OIDC_CLIENT_ID is not. Set it to the client id that the provider gave you.",
            )
        )
    registration = Registration(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=_secret_of(settings),
        label=settings.oidc_label,
    )
    return OpenIdConnect(registration, access, clock=clock, random_bytes=random_bytes)


def _secret_of(settings: Settings) -> str:
    file = settings.oidc_secret_file
    if file is None:
        return settings.oidc_client_secret.get_secret_value()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            Text(
                f"不能读取 QUNXIANG_OIDC_SECRET_FILE：{file}。请检查路径和权限。",
                f"QUNXIANG_OIDC_SECRET_FILE cannot be read: {file}. Check the path and its permissions.",
            )
        ) from error


def _json_of(response: httpx2.Response) -> Mapping[str, object]:
    response.raise_for_status()
    found = response.json()
    if not isinstance(found, dict):
        raise TypeError(type(found).__name__)
    return found


def _has_another(account: Account, identity: str) -> bool:
    """Whether the account belongs to somebody else at the same provider: an address can be given to a new person."""
    issuer = identity.rpartition("|")[0]
    return any(one.startswith(f"{issuer}|") and one != identity for one in account.identities)
