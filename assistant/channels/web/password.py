"""Changing one's own password; the only page there is for somebody whose password was given by another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assistant.accounts.passwords import SHORTEST
from assistant.accounts.port import Access
from assistant.accounts.types import SignInError, Visit
from assistant.channels.gradio.markup import Child, element
from assistant.channels.web.cookies import give_session
from assistant.channels.web.forms import fields_of, is_own_form
from assistant.channels.web.guests import address_of, visit_of
from assistant.channels.web.languages import language_for
from assistant.channels.web.local_paths import HOME, local_path
from assistant.channels.web.pages import alert, field, hidden, language_link, page_response
from assistant.channels.web.refusals import language_in
from assistant.channels.web.words import WORDS, said
from semantic_layer.errors import Language, Text, UserError

_AT_ONCE: Final = 2


class Password:
    """The page `/password`."""

    def __init__(self, access: Access, *, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._hashing = anyio.CapacityLimiter(_AT_ONCE)

    async def show(self, request: Request) -> Response:
        visit = visit_of(request)
        if visit is None:
            return self._outside()
        return _page(language_in(request.scope), visit, local_path(request.query_params.get("next", "")))

    async def change(self, request: Request) -> Response:
        visit = visit_of(request)
        if visit is None:
            return self._outside()
        fields = await fields_of(request)
        language = language_for(fields.get("language", ""), request.headers.get("accept-language", ""))
        onward = local_path(fields.get("next", ""))
        fault = _fault(visit, fields)
        if fault is not None:
            return _page(language, visit, onward, fault=fault, status=400)
        changing = partial(
            self._access.change_password,
            visit.account.login,
            fields["old"],
            fields["new"],
            address=address_of(request),
        )
        try:
            ticket = await run_sync(changing, limiter=self._hashing)
        except UserError as error:
            wait = error.retry_after if isinstance(error, SignInError) else 0
            return _page(language, visit, onward, fault=error.message, status=429 if wait else 400, retry_after=wait)
        response = RedirectResponse(onward, status_code=303)
        give_session(response, request.scope, ticket, now=self._clock())
        return response

    def _outside(self) -> Response:
        return RedirectResponse(HOME if self._access.local else "/sign-in?next=%2Fpassword", status_code=303)


def _fault(visit: Visit, fields: Mapping[str, str]) -> Text | None:
    """What is wrong with the form, before anybody looks at the passwords."""
    if not is_own_form(visit, fields):
        return WORDS["stale_form"]
    if not all(fields.get(name) for name in ("old", "new", "again")):
        return WORDS["all_needed"]
    return None if fields["new"] == fields["again"] else WORDS["not_the_same"]


def _page(
    language: Language,
    visit: Visit,
    onward: str,
    *,
    fault: Text | None = None,
    status: int = 200,
    retry_after: int = 0,
) -> Response:
    must = visit.account.must_change_password
    title = WORDS["new_password_needed" if must else "change_password"].in_(language)
    return page_response(
        language,
        title,
        element("h1", title),
        element("p", said("signed_in_as", name=visit.account.name).in_(language), class_="quiet"),
        _inside(language, visit, onward, fault),
        element(
            "p",
            element("a", WORDS["sign_out" if must else "back"].in_(language), href="/sign-out" if must else HOME),
            class_="also",
        ),
        switch=language_link(language, "/password", next="" if onward == HOME else onward),
        status=status,
        headers={"retry-after": str(retry_after)} if retry_after else None,
    )


def _inside(language: Language, visit: Visit, onward: str, fault: Text | None) -> Child:
    if not visit.account.has_password:
        return element("p", WORDS["no_password_here"].in_(language))
    failed = fault is not None
    about = WORDS["first_password" if visit.account.must_change_password else "ends_elsewhere"].in_(language)
    gap = "" if language == "zh" else " "
    return (
        element("p", f"{about}{gap}{said('at_least', shortest=SHORTEST).in_(language)}", class_="quiet"),
        alert(fault.in_(language) if fault else None),
        element(
            "form",
            hidden(form_token=visit.form_token, next=onward, language=language),
            # So that a password manager knows whose new password it keeps.
            element(
                "input",
                name="login",
                type="text",
                autocomplete="username",
                value=visit.account.login,
                hidden=True,
                readonly=True,
            ),
            field(WORDS["old_password"].in_(language), "old", complete="current-password", first=True, failed=failed),
            field(WORDS["new_password"].in_(language), "new", complete="new-password", failed=failed),
            field(WORDS["new_password_again"].in_(language), "again", complete="new-password", failed=failed),
            element("button", WORDS["save_password"].in_(language), type="submit", class_="button primary"),
            method="post",
            action="/password",
        ),
    )
