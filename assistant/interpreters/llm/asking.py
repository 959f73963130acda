"""One question on its way to a model: its money, its time, and what is made of a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from assistant.interpreters.llm.client import FailureKind, ModelError, Usage
from assistant.interpreters.llm.endpoint import Endpoint
from assistant.interpreters.llm.failures import (
    broken_off,
    caused_by,
    error_in,
    is_connection_trouble,
    later,
    nearest_models,
    not_openai_like,
    refused_by,
    too_large,
    unreachable,
)
from assistant.interpreters.llm.http import OversizedError, Wire
from assistant.interpreters.llm.retrying import Patience, told_to_wait
from assistant.interpreters.llm.spending import Spending
from semantic_layer.errors import Text

T = TypeVar("T")

_TRIED_AGAIN = frozenset({FailureKind.RATE_LIMITED, FailureKind.SERVER, FailureKind.UNREACHABLE})


@dataclass(slots=True, kw_only=True)
class Asking:
    """`clock` gives seconds since 1970, and so does `until`, when the time is used up."""

    endpoint: Endpoint
    key: str
    until: float
    patience: Patience
    spending: Spending
    clock: Callable[[], float]
    wire: Wire
    usage: Usage = field(default_factory=Usage)

    def afford(self) -> None:
        """Raises OVER_BUDGET when the money of today is used up. A request that began below the limit is finished."""
        prices = self.endpoint.prices
        if not prices.daily or self.spending.spent(self._day) < prices.daily:
            return
        raise ModelError(
            FailureKind.OVER_BUDGET,
            Text(
                f"今天用于模型的 {prices.daily:g} {prices.currency} 已经用完。"
                "明天会恢复，也可以调大 QUNXIANG_MODEL_DAILY_COST。",
                f"The {prices.daily:g} {prices.currency} set aside for models are used up for today. "
                "There will be more tomorrow; or raise QUNXIANG_MODEL_DAILY_COST.",
            ),
        )

    def count(self, tokens_in: int, tokens_out: int) -> None:
        """A request was answered."""
        cost = self.endpoint.prices.cost(tokens_in, tokens_out)
        self.spending.add(self._day, cost)
        currency = self.endpoint.prices.currency
        self.usage += Usage(calls=1, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost, currency=currency)

    async def persist(
        self,
        ask: Callable[[], Awaitable[T]],
        *,
        sleep: Callable[[float], Awaitable[None]],
        listed: Callable[[], Awaitable[tuple[str, ...]]],
    ) -> T:
        """What `ask` gives, tried again where that helps; `listed` gives the models there, to name the nearest.

        Raises:
            ModelError: what is wrong.
        """
        attempt = 0
        while True:
            try:
                return await ask()
            except Exception as error:
                failure = self.failure(error)
                pause = self.pause(failure, attempt)
                if failure.kind is FailureKind.NO_SUCH_MODEL:
                    failure = nearest_models(self.endpoint, await listed())
                if pause is None:
                    raise failure from error
            attempt += 1
            await sleep(pause)

    def failure(self, error: Exception) -> ModelError:
        """What `error` of the last request means."""
        if isinstance(error, ModelError):
            return error
        if self.wire.status and not 200 <= self.wire.status < 300:
            location = self.wire.headers.get("location", "")
            return refused_by(self.wire.status, self.wire.body, self.endpoint, key=self.key, location=location)
        if caused_by(error, OversizedError):
            return too_large()
        if is_connection_trouble(error):
            return broken_off() if self.wire.answering else unreachable(self.endpoint, error)
        if said := error_in(self.wire.end):
            return refused_by(0, said, self.endpoint, key=self.key)
        return not_openai_like(self.endpoint, self.wire.body, streamed=self.endpoint.stream, key=self.key)

    def pause(self, failure: ModelError, attempt: int) -> float | None:
        """Seconds to wait before try number `attempt` + 1; `None` when nothing more is to be tried.

        Raises:
            ModelError: the endpoint asks to wait beyond the time; it says how long.
        """
        if failure.kind not in _TRIED_AGAIN or self.wire.answering:
            return None
        told = told_to_wait(self.wire.headers.get("retry-after", ""), self.clock())
        left = self.until - self.clock()
        is_last = attempt >= self.patience.retries
        if told is not None and (is_last or told >= left):
            raise later(failure, told)
        wait = left if is_last else self.patience.pause(attempt, told)
        return wait if wait < left else None

    @property
    def _day(self) -> date:
        return datetime.fromtimestamp(self.clock()).astimezone().date()
