"""Texts for language models: one Markdown file per purpose and language, rendered strictly."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Final

_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")


class PromptError(Exception):
    """A prompt that is missing, or that does not fit the values it was given. A fault of the program, not of a person."""


@lru_cache(maxsize=64)
def text_of(name: str) -> str:
    """The text of `name`.md as it stands; raises `PromptError` when there is none."""
    file = resources.files("prompts").joinpath(f"{name}.md")
    if not file.is_file():
        raise PromptError(f"there is no prompt called {name!r}")
    return file.read_text(encoding="utf-8").strip()


def render(name: str, **values: str) -> str:
    """The text with each `{{value}}` filled in. Every place needs a value, and every value a place."""
    text = text_of(name)
    wanted = set(_PLACE.findall(text))
    if wanted != set(values):
        missing, unused = sorted(wanted - set(values)), sorted(set(values) - wanted)
        raise PromptError(f"prompt {name!r}: no value for {missing}, no place for {unused}")
    return _PLACE.sub(lambda found: values[found.group(1)], text)
