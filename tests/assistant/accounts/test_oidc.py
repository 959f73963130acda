"""Signing in at another party: only what the right provider says, to the right browser, now, about somebody known here."""

from __future__ import annotations

import logging
import ssl
import traceback
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from assistant.accounts.access import StoredAccess
from assistant.accounts.in_memory import access_in_memory
from assistant.accounts.oidc import OpenIdConnect, Registration, provider_of
from assistant.accounts.oidc_errors import ProviderUnreachableError
from assistant.accounts.types import Account, SignInError
from assistant.settings import Settings
from semantic_layer.errors import UserError

from .conftest import PASSWORD, START, Clock, counted_bytes
from .provider import CLIENT, SECRET, Provider, flat, running

BACK = "https://ask.example.com/sign-in/oidc/callback"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running(Provider(now=int(START.timestamp()))) as one:
        yield one


@pytest.fixture
def access(clock: Clock) -> StoredAccess:
    ids = count()
    return access_in_memory(clock=clock, new_id=lambda: f"id{next(ids)}")


@pytest.fixture
def ann(access: StoredAccess) -> Account:
    return access.first_administrator("ann", "Ann", PASSWORD)


@pytest.fixture
def wei(access: StoredAccess, ann: Account, provider: Provider) -> Account:
    """Known by the identity that the provider gives him."""
    identity = f"oidc:{provider.address}|wei"
    return access.create("wei", name="Wei", grants=(), by=ann, identities=[identity], password="")[0]


@pytest.fixture
def oidc(provider: Provider, access: StoredAccess, clock: Clock) -> OpenIdConnect:
    return connected(provider, access, clock)


def connected(provider: Provider, access: StoredAccess, clock: Clock, **more: object) -> OpenIdConnect:
    """Everything is on 127.0.0.1, so no certificate authority need be read."""
    parts: dict[str, object] = {"issuer": provider.address, "client_id": CLIENT, "client_secret": SECRET}
    registration = Registration(**(parts | more))  # type: ignore[arg-type]
    return OpenIdConnect(
        registration,
        access,
        clock=clock,
        random_bytes=counted_bytes(),
        seconds=0.5,
        tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )


def came_back(oidc: OpenIdConnect, provider: Provider, **answer: str) -> Account:
    """The whole way: out, signed in there, and back."""
    address, state = oidc.begin(BACK)
    return oidc.finish(state=state, answer=provider.authorised(address) | answer, redirect_uri=BACK)


def test_whoever_the_provider_proves_comes_in(oidc: OpenIdConnect, provider: Provider, wei: Account) -> None:
    assert came_back(oidc, provider) == wei
    assert provider.requests == ["/.well-known/openid-configuration", "/token", "/keys"]


def test_the_browser_is_sent_with_state_nonce_and_challenge(oidc: OpenIdConnect, provider: Provider) -> None:
    address, state = oidc.begin(BACK)
    again, other = oidc.begin(BACK)
    asked, asked_again = (flat(urlsplit(one).query) for one in (address, again))
    assert address.startswith(f"{provider.address}/authorize?")
    assert asked["state"] == state
    assert {name: asked[name] for name in ("response_type", "client_id", "redirect_uri", "code_challenge_method")} == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "code_challenge_method": "S256",
    }
    assert "openid" in asked["scope"].split()
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] != asked_again[name]
    assert state != other
    assert SECRET not in address


# --- what does not hold


@pytest.mark.parametrize("sent", ["", "x", "other", "é"])
def test_a_wrong_state_is_refused_before_the_provider_is_asked(
    oidc: OpenIdConnect, provider: Provider, wei: Account, sent: str
) -> None:
    address, state = oidc.begin(BACK)
    answer = provider.authorised(address)
    _, other = oidc.begin(BACK)
    with pytest.raises(SignInError, match="state"):
        oidc.finish(state=state, answer=answer | {"state": other if sent == "other" else sent}, redirect_uri=BACK)
    assert "/token" not in provider.requests


@pytest.mark.parametrize("forged", ["", "x", "1.2.3", "69070000.aaaa.bbbb"])
def test_a_state_that_was_not_made_here_is_refused(
    oidc: OpenIdConnect, provider: Provider, wei: Account, forged: str
) -> None:
    address, _ = oidc.begin(BACK)
    with pytest.raises(SignInError, match="state"):
        oidc.finish(state=forged, answer=provider.authorised(address) | {"state": forged}, redirect_uri=BACK)


def test_a_sign_in_that_took_too_long_is_refused(
    oidc: OpenIdConnect, provider: Provider, wei: Account, clock: Clock
) -> None:
    address, state = oidc.begin(BACK)
    answer = provider.authorised(address)
    clock.move(minutes=10, seconds=1)
    with pytest.raises(SignInError, match="too long"):
        oidc.finish(state=state, answer=answer, redirect_uri=BACK)


def test_a_code_of_another_sign_in_is_refused(oidc: OpenIdConnect, provider: Provider, wei: Account) -> None:
    """Somebody slips their own code to another browser: its verifier does not fit."""
    theirs, _ = oidc.begin(BACK)
    stolen = provider.authorised(theirs)["code"]
    with pytest.raises(SignInError, match="invalid_grant"):
        came_back(oidc, provider, code=stolen)


def test_an_answer_is_good_once(oidc: OpenIdConnect, provider: Provider, wei: Account) -> None:
    address, state = oidc.begin(BACK)
    answer = provider.authorised(address)
    oidc.finish(state=state, answer=answer, redirect_uri=BACK)
    with pytest.raises(SignInError, match="invalid_grant"):
        oidc.finish(state=state, answer=answer, redirect_uri=BACK)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": None},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"iss": "https://evil.example.com"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"exp": int(START.timestamp()) - 61},
        {"exp": None},
        {"iat": None},
        {"nbf": int(START.timestamp()) + 600},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_an_id_token_that_does_not_hold_is_refused(
    oidc: OpenIdConnect, provider: Provider, wei: Account, claims: dict[str, object]
) -> None:
    provider.claims = claims
    with pytest.raises(SignInError, match="did not hold"):
        came_back(oidc, provider)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_signature_that_anybody_could_make_is_refused(
    oidc: OpenIdConnect, provider: Provider, wei: Account, algorithm: str
) -> None:
    provider.algorithm = algorithm
    with pytest.raises(SignInError, match="did not hold"):
        came_back(oidc, provider)


def test_a_signature_of_another_key_is_refused(oidc: OpenIdConnect, provider: Provider, wei: Account) -> None:
    provider.shown_key = Provider().key
    with pytest.raises(SignInError, match="BadSignature"):
        came_back(oidc, provider)


def test_keys_may_change_from_one_sign_in_to_the_next(oidc: OpenIdConnect, provider: Provider, wei: Account) -> None:
    assert came_back(oidc, provider) == wei
    provider.key = Provider().key
    assert came_back(oidc, provider) == wei


@pytest.mark.parametrize("answer", [{"code": ""}, {"code": "x" * 5000}, {"iss": "https://evil.example.com"}])
def test_an_answer_with_false_parts_is_refused(
    oidc: OpenIdConnect, provider: Provider, wei: Account, answer: dict[str, str]
) -> None:
    with pytest.raises(SignInError, match="did not hold"):
        came_back(oidc, provider, **answer)
    assert "/token" not in provider.requests


@pytest.mark.parametrize(("error", "shown"), [("access_denied", "access_denied"), ("<script>", "error"), ("", "error")])
def test_a_refusal_of_the_provider_is_told_in_its_own_code_only(
    oidc: OpenIdConnect, provider: Provider, error: str, shown: str
) -> None:
    with pytest.raises(SignInError) as caught:
        came_back(oidc, provider, error=error, error_description="canary")
    assert f"({shown})" in caught.value.message.en
    assert "canary" not in caught.value.message.en + caught.value.message.zh


# --- a provider that is not well


@pytest.mark.parametrize("answer", [(500, b"oops"), (200, b"<html>"), (200, b"[]"), (200, b""), (302, b"{}")])
def test_nonsense_of_the_token_endpoint_is_not_our_crash(
    oidc: OpenIdConnect, provider: Provider, wei: Account, answer: tuple[int, bytes]
) -> None:
    provider.token_answer = answer
    with pytest.raises(UserError):
        came_back(oidc, provider)


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example.com"},
        {"token_endpoint": "http://evil.example.com/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"userinfo_endpoint": "ftp://x"},
    ],
    ids=str,
)
def test_a_description_that_leads_astray_is_refused(
    oidc: OpenIdConnect, provider: Provider, discovery: dict[str, object]
) -> None:
    provider.discovery = discovery
    with pytest.raises(ProviderUnreachableError):
        oidc.begin(BACK)


def test_a_provider_that_is_down_or_slow_is_said_to_be(access: StoredAccess, clock: Clock) -> None:
    with running(Provider(now=int(START.timestamp()))) as provider:
        oidc = connected(provider, access, clock)
        address, state = oidc.begin(BACK)
        answer = provider.authorised(address)
        provider.seconds = 1.0
        with pytest.raises(ProviderUnreachableError) as caught:
            oidc.finish(state=state, answer=answer, redirect_uri=BACK)
        assert "QUNXIANG_OIDC_ISSUER" in caught.value.message.zh
    with pytest.raises(ProviderUnreachableError):
        oidc.finish(state=state, answer=answer, redirect_uri=BACK)
    with pytest.raises(ProviderUnreachableError):
        connected(provider, access, clock).begin(BACK)


def test_the_description_is_read_again_after_an_hour(oidc: OpenIdConnect, provider: Provider, clock: Clock) -> None:
    for minutes in (0, 59, 2):
        clock.move(minutes=minutes)
        oidc.begin(BACK)
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    "issuer", ["http://id.example.com", "id.example.com", "", "file:///x", "http://127.0.0.1.evil.example"]
)
def test_an_issuer_without_https_is_refused(access: StoredAccess, clock: Clock, issuer: str) -> None:
    with pytest.raises(ProviderUnreachableError, match="https"):
        connected(Provider(), access, clock, issuer=issuer).begin(BACK)


# --- whose account it is


@pytest.mark.parametrize("verified", [True, False, None, "true", 1])
def test_an_address_counts_only_when_it_is_verified(
    oidc: OpenIdConnect, provider: Provider, access: StoredAccess, ann: Account, verified: object
) -> None:
    cy, _ = access.create("cy", name="Cy", grants=(), by=ann, email="Cy@example.com")
    provider.claims = {"email": "cy@EXAMPLE.com", "email_verified": verified}
    if verified is True:
        assert came_back(oidc, provider) == cy
        return
    with pytest.raises(SignInError, match="no verified e-mail"):
        came_back(oidc, provider)


def test_nobody_gets_an_account_by_signing_in(
    oidc: OpenIdConnect, provider: Provider, access: StoredAccess, ann: Account
) -> None:
    provider.claims = {"email": "new@example.com", "email_verified": True}
    with pytest.raises(SignInError) as caught:
        came_back(oidc, provider)
    for said in (caught.value.message.zh, caught.value.message.en):
        assert "new@example.com" in said
        assert f"oidc:{provider.address}|wei" in said
    assert len(access.accounts(by=ann)) == 1


def test_a_closed_account_is_not_found(
    oidc: OpenIdConnect, provider: Provider, access: StoredAccess, ann: Account, wei: Account
) -> None:
    access.update(replace(wei, active=False), by=ann)
    with pytest.raises(SignInError):
        came_back(oidc, provider)


def test_an_address_that_was_given_to_somebody_else_does_not_open_the_old_account(
    oidc: OpenIdConnect, provider: Provider, access: StoredAccess, ann: Account
) -> None:
    earlier = f"oidc:{provider.address}|somebody-before"
    access.create("cy", name="Cy", grants=(), by=ann, email="cy@example.com", identities=[earlier])
    provider.claims = {"email": "cy@example.com", "email_verified": True}
    with pytest.raises(SignInError):
        came_back(oidc, provider)


def test_an_address_that_is_not_in_the_token_is_asked_for(
    oidc: OpenIdConnect, provider: Provider, access: StoredAccess, ann: Account
) -> None:
    cy, _ = access.create("cy", name="Cy", grants=(), by=ann, email="cy@example.com")
    provider.userinfo = {"sub": "wei", "email": "cy@example.com", "email_verified": True}
    assert came_back(oidc, provider) == cy
    provider.userinfo = {"sub": "somebody else", "email": "cy@example.com", "email_verified": True}
    with pytest.raises(SignInError):
        came_back(oidc, provider)


# --- secrets and settings


def test_no_secret_is_told(
    oidc: OpenIdConnect, provider: Provider, wei: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(oidc), repr(Registration(issuer="i", client_id=CLIENT, client_secret=SECRET))]
    id_tokens = "eyJ"
    for breakage in (
        {"claims": {"aud": "x"}},
        {"token_answer": (500, b"x")},
        {"token_answer": (401, b'{"error":"x"}')},
    ):
        for name, value in breakage.items():
            setattr(provider, name, value)
        try:
            came_back(oidc, provider)
        except UserError as error:
            said.append("".join(traceback.format_exception(error)) + repr(error.message))
    assert len(said) == 5
    everything = "\n".join([*said, caplog.text])
    assert SECRET not in everything
    assert id_tokens not in everything


def test_the_settings_name_the_provider(access: StoredAccess, clock: Clock, tmp_path: Path) -> None:
    def made(**settings: object) -> OpenIdConnect | None:
        return provider_of(Settings(**settings), access, clock=clock, random_bytes=counted_bytes())  # type: ignore[arg-type]

    assert made() is None
    with pytest.raises(UserError, match="QUNXIANG_OIDC_CLIENT_ID"):
        made(oidc_issuer="https://id.example.com")
    with pytest.raises(UserError, match="QUNXIANG_OIDC_SECRET_FILE"):
        made(oidc_issuer="https://id.example.com", oidc_client_id="x", oidc_secret_file=tmp_path / "no such file")
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    one = made(oidc_issuer="https://id.example.com", oidc_client_id="x", oidc_secret_file=tmp_path / "secret")
    assert one is not None
    assert one.label == "id.example.com"
    named = made(oidc_issuer="https://id.example.com", oidc_client_id="x", oidc_label="Example ID")
    assert named is not None
    assert named.label == "Example ID"


def test_a_provider_without_client_secret_is_held_by_the_verifier(
    provider: Provider, access: StoredAccess, clock: Clock, wei: Account
) -> None:
    oidc = connected(provider, access, clock, client_secret="")
    with pytest.raises(SignInError, match="invalid_client"):
        came_back(oidc, provider)
    # After a restart nobody knows the key any more from which the rest of a sign-in under way follows.
    _, state = oidc.begin(BACK)
    registration = Registration(issuer=provider.address, client_id=CLIENT)
    restarted = OpenIdConnect(registration, access, clock=clock, random_bytes=bytes)
    with pytest.raises(SignInError, match="state"):
        restarted.finish(state=state, answer={"state": state, "code": "x"}, redirect_uri=BACK)
