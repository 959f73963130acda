"""Words that describe people by how much of something they have, read once from their table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import cast

import yaml

from semantic_layer.errors import Language


class Idea(StrEnum):
    """A way of measuring a quality of people with what every data set of purchases or visits has."""

    OFTEN = "often"  # among those who do the main thing most often
    SELDOM = "seldom"  # among those who do it least often
    LATELY = "lately"  # did it in the last 90 days
    NOT_LATELY = "not_lately"  # did it before, and not in the last 180 days
    OFTEN_AND_LATELY = "often_and_lately"
    LATELY_BUT_SELDOM = "lately_but_seldom"
    SPENDS_MOST = "spends_most"
    SPENDS_LEAST = "spends_least"


OPPOSITE = {
    Idea.OFTEN: Idea.SELDOM,
    Idea.LATELY: Idea.NOT_LATELY,
    Idea.OFTEN_AND_LATELY: Idea.NOT_LATELY,
    Idea.SPENDS_MOST: Idea.SPENDS_LEAST,
    Idea.SELDOM: Idea.OFTEN,
    Idea.NOT_LATELY: Idea.LATELY,
    Idea.LATELY_BUT_SELDOM: Idea.OFTEN_AND_LATELY,
    Idea.SPENDS_LEAST: Idea.SPENDS_MOST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A quality of people that no single number is, and the ways in which it can be measured."""

    name: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    ideas: tuple[Idea, ...]

    def words(self, language: Language) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualities:
    """The words of one language."""

    high: tuple[str, ...]
    low: tuple[str, ...]
    degrees: tuple[str, ...]
    often: tuple[str, ...]
    seldom: tuple[str, ...]


@cache
def concepts() -> tuple[Concept, ...]:
    listed = cast("list[dict[str, object]]", _table()["concepts"])
    return tuple(
        Concept(
            name=str(one["name"]),
            zh=_texts(one["zh"]),
            en=_texts(one["en"]),
            ideas=tuple(Idea(idea) for idea in _texts(one["ideas"])),
        )
        for one in listed
    )


@cache
def qualities(language: Language) -> Qualities:
    table = _table()

    def words(kind: str) -> tuple[str, ...]:
        return _texts(cast("dict[str, object]", table[kind])[language])

    return Qualities(
        high=words("high"), low=words("low"), degrees=words("degrees"), often=words("often"), seldom=words("seldom")
    )


@cache
def _table() -> dict[str, object]:
    text = resources.files(__package__).joinpath("qualities.yml").read_text(encoding="utf-8")
    return cast("dict[str, object]", yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506  # `no` is a word here


def _texts(given: object) -> tuple[str, ...]:
    return tuple(str(one) for one in cast("list[object]", given))
