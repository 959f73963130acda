"""The nearest of a set of names to a word that is none of them: the "did you mean" of every message."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_CLOSE_ENOUGH = 60.0


def nearest(word: str, names: Iterable[str], *, limit: int = 3) -> tuple[str, ...]:
    """Up to `limit` of `names` that resemble `word`, best first; empty when none does.

    A qualified name also matches by the part after its dot, so that `city` finds `customer.city`.
    """
    candidates = sorted(set(names))
    wanted = word.casefold()
    scored = process.extract(
        wanted,
        {name: name.casefold() for name in candidates},
        scorer=fuzz.ratio,
        limit=None,
        score_cutoff=_CLOSE_ENOUGH,
    )
    by_tail = process.extract(
        wanted.rpartition(".")[2],
        {name: name.casefold().rpartition(".")[2] for name in candidates},
        scorer=fuzz.ratio,
        limit=None,
        score_cutoff=_CLOSE_ENOUGH,
    )
    best: dict[str, float] = {}
    for _, score, name in (*scored, *by_tail):
        best[name] = max(score, best.get(name, 0.0))
    ranked = sorted((name for name in best if best[name] >= _CLOSE_ENOUGH), key=lambda name: (-best[name], name))
    return tuple(ranked[:limit])


def did_you_mean(word: str, names: Iterable[str], *, allowed: str) -> str:
    """One sentence of remedy: the nearest names, or else everything that is allowed (cut at twelve)."""
    candidates = sorted(set(names))
    near = nearest(word, candidates)
    if near:
        return f"Did you mean {' or '.join(repr(name) for name in near)}?"
    if not candidates:
        return f"There are no {allowed}."
    shown = ", ".join(candidates[:12]) + (", …" if len(candidates) > 12 else "")
    return f"Allowed {allowed}: {shown}."
