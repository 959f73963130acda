"""Signing in and out: with a password here, or with the identity that another party proves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlencode

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assistant.accounts.port import Access
from assistant.accounts.types import SignInError, Ticket
from assistant.channels.gradio.markup import Child, element
from assistant.channels.web.cookies import give_session, give_way, take_session, take_way, token_in, way_in
from assistant.channels.web.forms import fields_of, is_own_form
from assistant.channels.web.guests import account_of, address_of, visit_of
from assistant.channels.web.identity import IdentityProvider
from assistant.channels.web.languages import language_for
from assistant.channels.web.local_paths import HOME, local_path
from assistant.channels.web.origins import BaseAddress
from assistant.channels.web.pages import alert, field, hidden, language_link, page_response
from assistant.channels.web.refusals import language_in
from assistant.channels.web.words import WORDS, said
from semantic_layer.errors import Language, Text, UserError

CALLBACK: Final = "/sign-in/oidc/callback"
_AT_ONCE: Final = 2  # passwords checked at the same time: each takes memory and a core
_OTHERS_AT_ONCE: Final = 8  # threads that wait for a provider or for the state


class SignIn:
    """The pages `/sign-in`, `/sign-in/oidc` with its way back, and `/sign-out`."""

    def __init__(
        self,
        access: Access,
        *,
        base: BaseAddress,
        clock: Callable[[], datetime],
        provider: IdentityProvider | None,
        label: str,
    ) -> None:
        self._access = access
        self._base = base
        self._clock = clock
        self._provider = provider
        self._label = label or (provider.label if provider is not None else "")
        self._hashing = anyio.CapacityLimiter(_AT_ONCE)
        self._others = anyio.CapacityLimiter(_OTHERS_AT_ONCE)

    # --- with a password

    async def show(self, request: Request) -> Response:
        onward = local_path(request.query_params.get("next", ""))
        if account_of(request) is not None:
            return RedirectResponse(onward, status_code=303)
        return self._page(language_in(request.scope), onward)

    async def enter(self, request: Request) -> Response:
        fields = await fields_of(request)
        language = language_for(fields.get("language", ""), request.headers.get("accept-language", ""))
        onward = local_path(fields.get("next", ""))
        if self._access.local is not None:
            return RedirectResponse(onward, status_code=303)
        login, password = fields.get("login", "").strip(), fields.get("password", "")
        if not login or not password:
            return self._page(language, onward, login=login, fault=WORDS["both_needed"], status=400)
        entering = partial(self._access.sign_in, login, password, address=address_of(request))
        try:
            ticket = await run_sync(entering, limiter=self._hashing)
        except UserError as error:
            return self._refused(error, language, onward, login)
        return await self._in(request, ticket, onward, language)

    # --- with a proven identity

    async def leave_for_provider(self, request: Request) -> Response:
        language = language_in(request.scope)
        onward = local_path(request.query_params.get("next", ""))
        if self._provider is None or self._access.local is not None:
            return RedirectResponse("/sign-in", status_code=303)
        try:
            address, state = await run_sync(self._provider.begin, self._callback(request), limiter=self._others)
        except UserError as error:
            return self._refused(error, language, onward, "")
        response = RedirectResponse(address, status_code=303)
        give_way(response, request.scope, state, onward=onward, language=language)
        return response

    async def come_back(self, request: Request) -> Response:
        way = way_in(request.scope)
        if self._provider is None or self._access.local is not None:
            return RedirectResponse("/sign-in", status_code=303)
        language = language_for(way[2] if way else "", request.headers.get("accept-language", ""))
        onward = local_path(way[1] if way else "")
        if way is None:
            return self._page(language, onward, fault=WORDS["way_lost"], status=400)
        finishing = partial(
            self._provider.finish,
            state=way[0],
            answer=dict(request.query_params),
            redirect_uri=self._callback(request),
        )
        try:
            account = await run_sync(finishing, limiter=self._others)
            ticket = await run_sync(
                partial(self._access.sign_in_as, account, address=address_of(request)), limiter=self._others
            )
        except UserError as error:
            response = self._refused(error, language, onward, "")
        else:
            response = await self._in(request, ticket, onward, language)
        take_way(response, request.scope)
        return response

    def _callback(self, request: Request) -> str:
        return f"{self._base.outside(request.scope)}{CALLBACK}"

    # --- signing out

    async def ask_to_leave(self, request: Request) -> Response:
        visit = visit_of(request)
        if visit is None:
            return RedirectResponse(HOME if self._access.local else "/sign-in", status_code=303)
        language = language_in(request.scope)
        return page_response(
            language,
            WORDS["sign_out"].in_(language),
            element("h1", WORDS["sign_out_question"].in_(language)),
            element("p", said("signed_in_as", name=visit.account.name).in_(language), class_="quiet"),
            element(
                "form",
                hidden(form_token=visit.form_token, language=language),
                element("button", WORDS["sign_out"].in_(language), type="submit", class_="button primary"),
                method="post",
                action="/sign-out",
            ),
            element("p", element("a", WORDS["back"].in_(language), href=HOME), class_="also"),
            switch=language_link(language, "/sign-out"),
        )

    async def leave(self, request: Request) -> Response:
        visit = visit_of(request)
        fields = await fields_of(request)
        if visit is not None and not is_own_form(visit, fields):
            return self._stale(request, fields)
        if visit is not None:
            await run_sync(self._access.sign_out, token_in(request.scope), limiter=self._others)
        response = RedirectResponse(HOME if self._access.local else "/sign-in", status_code=303)
        take_session(response, request.scope)
        return response

    def _stale(self, request: Request, fields: Mapping[str, str]) -> Response:
        language = language_for(fields.get("language", ""), request.headers.get("accept-language", ""))
        return page_response(
            language,
            WORDS["sign_out"].in_(language),
            element("h1", WORDS["sign_out"].in_(language)),
            alert(WORDS["stale_form"].in_(language)),
            element("p", element("a", WORDS["try_again"].in_(language), href="/sign-out", class_="button")),
            status=403,
        )

    # --- what they share

    async def _in(self, request: Request, ticket: Ticket, onward: str, language: Language) -> Response:
        """A new session under a new token; one that this browser had before is over."""
        before = token_in(request.scope)
        if before:
            await run_sync(self._access.sign_out, before, limiter=self._others)
        must_change = ticket.account.must_change_password
        query = urlencode({"language": language, **({} if onward == HOME else {"next": onward})})
        response = RedirectResponse(f"/password?{query}" if must_change else onward, status_code=303)
        give_session(response, request.scope, ticket, now=self._clock())
        return response

    def _refused(self, error: UserError, language: Language, onward: str, login: str) -> Response:
        wait = error.retry_after if isinstance(error, SignInError) else 0
        status = 429 if wait else 401 if isinstance(error, SignInError) else 503
        return self._page(language, onward, login=login, fault=error.message, status=status, retry_after=wait)

    def _page(
        self,
        language: Language,
        onward: str,
        *,
        login: str = "",
        fault: Text | None = None,
        status: int = 200,
        retry_after: int = 0,
    ) -> Response:
        again = "" if onward == HOME else onward
        return page_response(
            language,
            WORDS["sign_in_failed" if fault else "sign_in"].in_(language),
            element("h1", WORDS["sign_in"].in_(language)),
            element("p", WORDS["welcome"].in_(language), class_="quiet"),
            alert(fault.in_(language) if fault else None),
            _form(language, onward, login, failed=fault is not None),
            self._other_way(language, again),
            element("p", WORDS["no_account"].in_(language), class_="foot"),
            switch=language_link(language, "/sign-in", next=again),
            status=status,
            headers={"retry-after": str(retry_after)} if retry_after else None,
        )

    def _other_way(self, language: Language, onward: str) -> Child:
        if self._provider is None:
            return None
        query = urlencode({"language": language, **({"next": onward} if onward else {})})
        name = self._label or WORDS["provider"].in_(language)
        apart = (
            f" {name} " if language == "zh" and name.isascii() else name
        )  # Latin words stand apart from Chinese ones
        return (
            element("p", WORDS["or"].in_(language), class_="or"),
            element(
                "a", said("with_provider", name=apart).in_(language), href=f"/sign-in/oidc?{query}", class_="button"
            ),
        )


def _form(language: Language, onward: str, login: str, *, failed: bool) -> Child:
    name, typed = WORDS["login"].in_(language), bool(login)
    secret = WORDS["password"].in_(language)
    return element(
        "form",
        hidden(next=onward, language=language),
        field(name, "login", kind="text", complete="username", value=login, first=not typed, failed=failed),
        field(secret, "password", complete="current-password", first=typed, failed=failed),
        element("button", WORDS["sign_in"].in_(language), type="submit", class_="button primary"),
        method="post",
        action="/sign-in",
    )
