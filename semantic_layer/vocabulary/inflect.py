"""Inflected forms of English words and phrases: enough for look-ups, so forms that do not exist do no harm."""

from __future__ import annotations

import re

_ENGLISH = re.compile(r"[A-Za-z][A-Za-z0-9'&/ .-]*\Z")
_VOWELS = frozenset("aeiou")
_IRREGULAR = {
    "woman": ("women",),
    "man": ("men",),
    "person": ("people",),
    "child": ("children",),
    "buy": ("buys", "bought", "buying", "buyed"),
    "spend": ("spends", "spent", "spending"),
    "have": ("has", "had", "having"),
    "make": ("makes", "made", "making"),
}


def is_english(text: str) -> bool:
    return _ENGLISH.match(text) is not None


def plurals(word: str) -> tuple[str, ...]:
    """Plural and singular candidates of one word."""
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if len(lower) < 3:
        return ()
    forms = [_plural(lower)]
    if lower.endswith("ies") and len(lower) > 4:
        forms.append(lower[:-3] + "y")
    elif lower.endswith(("ses", "xes", "ches", "shes", "zes")):
        forms.append(lower[:-2])
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is")):
        forms.append(lower[:-1])
    return tuple(forms)


def _plural(lower: str) -> str:
    if lower.endswith("y") and lower[-2] not in _VOWELS:
        return lower[:-1] + "ies"
    if lower.endswith(("s", "x", "ch", "sh", "z")):
        return lower + "es"
    return lower + "s"


def verb_forms(word: str) -> tuple[str, ...]:
    """Third person, past and -ing candidates of a verb given in any of those forms."""
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    bases = {lower}
    if lower.endswith("ed"):
        bases |= {lower[:-2], lower[:-1]}
    if lower.endswith("ing"):
        bases |= {lower[:-3], lower[:-3] + "e"}
    forms: set[str] = set()
    for base in bases:
        forms |= {base, _plural(base), base + "ing", base + "ed"}
        if base.endswith("e"):
            forms |= {base + "d", base[:-1] + "ing"}
        if base.endswith("y") and base[-2:-1] not in _VOWELS:
            forms.add(base[:-1] + "ied")
    return tuple(sorted(forms - {lower}))


def noun_phrases(phrase: str) -> tuple[str, ...]:
    """The phrase with its last word in the other number: `average order value` → `average order values`."""
    head, _, last = phrase.rpartition(" ")
    prefix = f"{head} " if head else ""
    return tuple(prefix + form for form in plurals(last))


def verb_phrases(phrase: str) -> tuple[str, ...]:
    """The phrase with its first word inflected: `add to cart` → `added to cart`."""
    first, _, rest = phrase.partition(" ")
    suffix = f" {rest}" if rest else ""
    return tuple(form + suffix for form in verb_forms(first))
