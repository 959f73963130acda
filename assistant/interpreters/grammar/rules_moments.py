"""Rules for parts of the week and of the day, read only where a text has words for them."""

from __future__ import annotations

from collections.abc import Callable

from assistant.interpreters.grammar import build_moments as t
from assistant.interpreters.grammar.categories import CHUNK

WORDS = frozenset({"MOMENT", "PERIODS", "PARTN", "PARTN1", "ASKEDPART"})
"""Categories: a condition on a moment, a grouping, its noun behind "which", and a noun with the asking in it."""

MOMENTS: tuple[tuple[str, str, Callable[..., object | None], float], ...] = (
    ("COND", "MOMENT", t.when, 0.0),
    ("COND", "FIELD MOMENT", t.field_when, 0.7),
    ("COND", "FIELD IN MOMENT", lambda m, field, _, moment: t.field_when(m, field, moment), 0.8),
    ("COND", "MOMENT COND", t.bound_when, 0.5),
    ("COND", "COND MOMENT", t.bound_then_when, 0.5),
    ("DID", "MOMENT DID", t.did_when, 0.6),
    ("DID", "DID MOMENT", t.did_then_when, 0.5),
    (CHUNK, "PERIODS", t.grouped, 0.2),
    (CHUNK, "BYPRE PERIODS", t.grouped_after, 0.4),
    (CHUNK, "BYPOST PERIODS", t.grouped_after, 0.4),
    (CHUNK, "WHICH PARTN", t.asked, 0.6),
    (CHUNK, "WHICH PARTN1", t.asked_one, 0.6),
    (CHUNK, "ASKEDPART", t.asked_alone, 0.3),
)
