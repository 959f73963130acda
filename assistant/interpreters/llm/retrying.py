"""When a request is tried again, and how long to wait before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

_FIRST: Final = 0.5  # seconds
_LONGEST: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a request is tried again; `random` gives numbers in [0, 1)."""

    retries: int
    random: Callable[[], float]

    def pause(self, attempt: int, told: float | None) -> float:
        """Seconds before the next try after try number `attempt`, from 0: what the endpoint told, or exponential backoff
        with full jitter (Brooker, "Exponential Backoff and Jitter", 2015).
        """
        return told if told is not None else self.random() * min(_LONGEST, _FIRST * 2.0**attempt)


def told_to_wait(header: str, now: float) -> float | None:
    """Seconds from `now` (since 1970) that a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    text = header.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = zoned.timestamp() - now
    return max(0.0, seconds) if seconds < float("inf") else None
