"""Finds out what an endpoint and its model can do: by small trials over HTTP, then by an exam through the client itself.

Nothing of anybody's data is sent: the questions are about counting, the sky, and a box with trays.
"""

from __future__ import annotations

import random as chance
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

from assistant.interpreters.llm import exam
from assistant.interpreters.llm.ability import Ability, Trouble, fitted
from assistant.interpreters.llm.asking import Asking
from assistant.interpreters.llm.client import FailureKind, ModelClient, ModelError, Profile
from assistant.interpreters.llm.endpoint import Endpoint, read_endpoint, read_key
from assistant.interpreters.llm.failures import cancelled, nearest_models, no_name, out_of_time
from assistant.interpreters.llm.http import Wire, open_client, trust_of
from assistant.interpreters.llm.retrying import Patience
from assistant.interpreters.llm.running import OutOfTimeError, StoppedError, run_within
from assistant.interpreters.llm.spending import SpendingInMemory
from assistant.interpreters.llm.trials import Trials
from assistant.settings import Settings
from semantic_layer.engines.base import Cancel

T = TypeVar("T")

OpenModel = Callable[[Settings, Profile], ModelClient]

# What says nothing about an ability, so that the whole probe ends with it.
_HOPELESS: Final = frozenset(
    {
        FailureKind.CANCELLED,
        FailureKind.CERTIFICATE,
        FailureKind.KEY,
        FailureKind.NO_SUCH_MODEL,
        FailureKind.NOT_CONFIGURED,
        FailureKind.OVER_BUDGET,
        FailureKind.RATE_LIMITED,
        FailureKind.UNREACHABLE,
    }
)


def probe(
    settings: Settings, open_model: OpenModel, *, clock: Callable[[], float] = time.time, cancel: Cancel | None = None
) -> Ability:
    """What the model in the settings can do. Up to seven requests, each held to `model_seconds`; never raises `ModelError`:
    what is wrong stands in the `trouble` of the ability, beside all that was found out before.

    Profile and form that the settings fix are taken from there, and not tried.
    """
    found = Ability(url=settings.model_url.strip(), model=settings.model_name.strip())
    try:
        endpoint = read_endpoint(settings)
        found = replace(found, url=endpoint.url)
        return _Probe(settings, endpoint, open_model, clock, cancel).run(found)
    except ModelError as error:
        return replace(found, trouble=Trouble(kind=error.kind, message=error.message))


class _Probe:
    def __init__(
        self,
        settings: Settings,
        endpoint: Endpoint,
        open_model: OpenModel,
        clock: Callable[[], float],
        cancel: Cancel | None,
    ) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._open_model = open_model
        self._clock = clock
        self._cancel = cancel
        self._key = read_key(settings)
        self._trust = trust_of(endpoint)
        self._wire = Wire()

    def run(self, found: Ability) -> Ability:
        for step in (self._listed, self._spoken, self._shaped, self._examined):
            try:
                found = step(found)
            except ModelError as error:
                trouble = Trouble(kind=error.kind, message=error.message)
                return replace(found, trouble=trouble, reachable=found.reachable or self._wire.status > 0)
        return found

    def _listed(self, found: Ability) -> Ability:
        models, context = self._try(Trials.models)
        if not self._endpoint.name:
            raise no_name(models)
        return replace(found, reachable=True, models=models, context=context)

    def _spoken(self, found: Ability) -> Ability:
        try:
            speed = self._try(Trials.words)
        except ModelError as error:
            raise (
                nearest_models(self._endpoint, found.models) if error.kind is FailureKind.NO_SUCH_MODEL else error
            ) from error
        return replace(
            found,
            streams=speed.streams,
            reports_usage=speed.reports_usage,
            seconds=round(speed.seconds, 3),
            tokens_per_second=speed.tokens_per_second and round(speed.tokens_per_second, 1),
        )

    def _shaped(self, found: Ability) -> Ability:
        if self._settings.model_profile != "auto":
            return replace(found, profile=Profile(self._settings.model_profile))
        if self._can(Trials.calls_tools):
            return replace(found, profile=Profile.TOOLS)
        return replace(found, profile=Profile.SCHEMA if self._can(Trials.keeps_schema) else Profile.TEXT)

    def _examined(self, found: Ability) -> Ability:
        if self._settings.model_form != "auto" or found.profile is None:
            return replace(found, form="brief" if self._settings.model_form == "brief" else "plan")
        model = self._open_model(fitted(self._settings, found), found.profile)
        right = sum(self._is_right(model, question) for question in exam.QUESTIONS)
        asked = len(exam.QUESTIONS)
        return replace(found, form="plan" if right == asked else "brief", right=right, asked=asked)

    def _is_right(self, model: ModelClient, question: exam.Question) -> bool:
        request = exam.request_of(question, seconds=self._settings.model_seconds)
        try:
            return exam.is_right(question, model.complete(replace(request, cancel=self._cancel)).text)
        except ModelError as error:
            if error.kind in _HOPELESS:
                raise
            return False

    def _can(self, trial: Callable[[Trials], Awaitable[bool]]) -> bool:
        try:
            return self._try(trial)
        except ModelError as error:
            if error.kind in _HOPELESS:
                raise
            return False

    def _try(self, trial: Callable[[Trials], Awaitable[T]]) -> T:
        seconds = self._settings.model_seconds
        asking = Asking(
            endpoint=self._endpoint,
            key=self._key,
            until=self._clock() + seconds,
            patience=Patience(retries=0, random=chance.random),
            spending=SpendingInMemory(),
            clock=self._clock,
            wire=self._wire,
        )

        async def work() -> T:
            async with open_client(
                self._endpoint, self._wire, key=self._key, trust=self._trust, seconds=seconds
            ) as client:
                return await trial(Trials(client, asking))

        try:
            return run_within(work, seconds=seconds, cancel=self._cancel)
        except ModelError:
            raise
        except OutOfTimeError as error:
            raise out_of_time(seconds) from error
        except StoppedError as error:
            raise cancelled() from error
        except Exception as error:
            raise asking.failure(error) from error
