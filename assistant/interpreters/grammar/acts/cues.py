"""The wordings of `acts.yml` as patterns of one language, filled with what the definitions call people, channels and messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Final, cast, get_args

import yaml

from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.normalise import normalise
from semantic_layer.errors import Language
from semantic_layer.model.outreach import ChannelKind
from semantic_layer.model.types import Scalar

_NUMBER: Final[Mapping[Language, str]] = {
    "zh": r"(?:\d[\d,.]*(?:千|万|百|k)?|[一二两三四五六七八九十百千万]+|几十)",
    "en": r"(?:\d[\d,.]*k?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine|hundred|thousand))*|a hundred|a thousand)",
}
_SHARE: Final[Mapping[Language, str]] = {
    "zh": r"(?:百分之[一二两三四五六七八九十\d.]+|[一二两三四五六七八九]成|\d[\d.]*\s?%|一半)",
    "en": r"(?:«num» ?(?:%|percent|per cent)|half)",
}
_LENGTH: Final[Mapping[Language, str]] = {
    "zh": r"(?:半年|半个月|«num»个?半?(?:天|日|周|星期|月|季度|年))",
    "en": r"(?:half a year|a (?:day|week|month|quarter|year)|«num»[ -](?:days?|weeks?|months?|quarters?|years?))",
}
_FRAMES: Final = frozenset(
    {"bought", "only_them", *(f"called_{kind}" for kind in get_args(ChannelKind))}
)  # not patterns
_MACRO: Final = re.compile(r"«(num|share|length|quoted|channel|called|contacted|person|reference)»")


class Cues:
    """Built once for a model and a language."""

    def __init__(self, meanings: Meanings, language: Language) -> None:
        self.language: Language = language
        self.channels = dict(_channels(meanings, language))
        table = _table(language)
        words = {
            "num": _NUMBER[language],
            "share": _SHARE[language],
            "length": _LENGTH[language],
            "quoted": r'"[^"]{1,200}"',
            "channel": _any_of(self.channels),
            "called": _any_of(word for one in meanings.model.outreach.channels for word in table[f"called_{one.kind}"]),
            "contacted": _any_of(_contacts(meanings)),
            "person": _any_of(_nouns(meanings, language)),
            "reference": f"(?:{'|'.join(table['reference'])})",
        }
        self._patterns = {
            name: tuple(_compiled(one, words, language) for one in row)
            for name, row in table.items()
            if name not in _FRAMES
        }

    def find(self, name: str, text: str) -> re.Match[str] | None:
        """The first wording of the table that stands in the text."""
        return next((match for pattern in self._patterns[name] if (match := pattern.search(text)) is not None), None)

    def each(self, name: str, text: str) -> Iterator[re.Match[str]]:
        """All places of all wordings, in the order of the table."""
        for pattern in self._patterns[name]:
            yield from pattern.finditer(text)

    def whole(self, name: str, text: str) -> bool:
        """Is the text one of the wordings, and nothing else?"""
        return any(pattern.fullmatch(text) is not None for pattern in self._patterns[name])

    def only(self, text: str, *names: str) -> bool:
        """Is the text made of these wordings alone?"""
        joined = "|".join(pattern.pattern for name in names for pattern in self._patterns[name])
        return _bag(joined).fullmatch(text.strip()) is not None

    def bare(self, text: str) -> str:
        """The text without the words at its edges that say nothing here."""
        while True:
            cut = text.strip(" ,.?，。？!;:、\x00")
            for name, at in (("front", "match"), ("back", "end")):
                found = self._at_edge(name, cut, at)
                cut = found if found is not None else cut
            if cut == text:
                return cut
            text = cut

    def _at_edge(self, name: str, text: str, at: str) -> str | None:
        best = ""
        for pattern in self._patterns[name]:
            for match in pattern.finditer(text):
                there = match.start() == 0 if at == "match" else match.end() == len(text)
                if there and len(match[0]) > len(best):
                    best = match[0]
        if not best:
            return None
        return text[len(best) :] if at == "match" else text[: len(text) - len(best)]

    def frames(self, name: str) -> tuple[str, ...]:
        """Wordings with a place `{}` for other words."""
        return _table(self.language)[name]

    def channel(self, said: str) -> str:
        """The name of the channel that is called so."""
        return self.channels[said]


@cache
def _bag(joined: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{joined})|[\s,.?!，。？！;:、\x00'])*")


def _compiled(pattern: str, words: Mapping[str, str], language: Language) -> re.Pattern[str]:
    while _MACRO.search(pattern):
        pattern = _MACRO.sub(lambda match: words[match[1]], pattern)
    if language == "en" and not pattern.startswith(("^", ",")):
        pattern = rf"(?<![a-z])(?:{pattern})(?![a-z])"
    return re.compile(pattern)


def _any_of(words: Iterable[str]) -> str:
    ordered = sorted({word for word in words if word}, key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, ordered))})" if ordered else r"(?:(?!))"


def _nouns(m: Meanings, language: Language) -> Iterator[str]:
    words = m.index.entity(m.person).words
    for word in (words.label.zh, words.label.en, *words.synonyms):
        if word and word.isascii() == (language == "en"):
            said = normalise(word).text
            yield said
            if language == "en":
                yield said + "s"
    yield from ("people", "persons", "person") if language == "en" else ("人", "用户", "顾客")


def _channels(m: Meanings, language: Language) -> Iterator[tuple[str, str]]:
    """What a channel is called → its name: by its kind, by its own names, and by the other names of its value in the data."""
    outreach = m.model.outreach
    for channel in outreach.channels:
        for word in _table(language)[f"called_{channel.kind}"]:
            yield word, channel.name
    for channel in outreach.channels:
        for said in (channel.name, channel.label.zh, channel.label.en, *_aliases(m, channel.name)):
            if said:
                yield normalise(said).text, channel.name


def _aliases(m: Meanings, name: Scalar) -> Iterator[str]:
    outreach = m.model.outreach
    entities = {outreach.history.message, outreach.history.campaign} if outreach.history else set()
    for field in m.model.dimensions:
        for value in field.values if field.entity in entities else ():
            if value.value == name:
                yield from (value.label.zh, value.label.en, *value.aliases)


def _contacts(m: Meanings) -> Iterator[str]:
    history = m.model.outreach.history
    if history is not None and history.message:
        yield from (normalise(verb).text for verb in m.index.entity(history.message).verbs)


@cache
def _table(language: Language) -> Mapping[str, tuple[str, ...]]:
    text = resources.files(__package__).joinpath("acts.yml").read_text(encoding="utf-8")
    table = cast("dict[str, dict[str, list[str]]]", yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506  # `no` is a word
    return {name: tuple(row) for name, row in table[language].items()}
