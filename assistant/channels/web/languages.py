"""Which of the two languages a browser is answered in."""

from __future__ import annotations

from semantic_layer.errors import Language


def language_for(chosen: str, accepted: str) -> Language:
    """`chosen` (`zh` or `en`) when somebody chose, else the better one of the header `Accept-Language`.

    A browser that wants neither gets English; one that says nothing gets Chinese.
    """
    if chosen in ("zh", "en"):
        return "en" if chosen == "en" else "zh"
    wanted = sorted(filter(None, map(_weighed, accepted.split(","))), key=lambda pair: -pair[1])
    for name, _ in wanted:
        if name in ("zh", "en"):
            return "en" if name == "en" else "zh"
    return "en" if wanted else "zh"


def _weighed(part: str) -> tuple[str, float] | None:
    """`zh-CN;q=0.8` as `("zh", 0.8)`."""
    tag, _, rest = part.strip().partition(";")
    name = tag.strip().lower().split("-")[0]
    try:
        weight = float(rest.partition("=")[2]) if rest.strip() else 1.0
    except ValueError:
        return None
    return (name, weight) if name and weight > 0 else None
