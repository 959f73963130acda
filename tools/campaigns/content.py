"""What a message says: placeholders that are filled from fields of the customer, checked before anything is sent."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.outreach import Channel
from semantic_layer.model.types import Dimension, Sensitivity, Tag
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.table import Cell
from tools import numbers
from tools.campaigns.reading import OutreachLayer, sensitivity_of
from tools.campaigns.rules import UnsubscribeText
from tools.campaigns.types import Campaign, Variant

_PLACE: Final = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
_LONE: Final = re.compile(r"[{}]")
LINK: Final = ("退订链接", "unsubscribe")
"""Names of the placeholder for the address at which a person can say no."""

# GSM 03.38: one character each in the basic set, two in the extension; any other makes the whole message UCS-2.
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO: Final = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Place:
    """A placeholder: the words in the braces, the field that they mean ("" for the link), what stands in for no value."""

    words: str
    field: str
    fallback: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long a text is: characters, and for SMS how many messages it is charged as."""

    characters: int
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A message as somebody would get it, with masked values masked."""

    variant: str
    subject: str
    body: str
    length: Length


class Wordbook:
    """Which fields a person may put into messages, by all that they are called."""

    def __init__(self, layer: OutreachLayer, user: User) -> None:
        index = layer.index
        rights = rights_of(user, layer.policy)
        usable = [
            field
            for field in index.fields_of(index.model.customer_entity)
            if rights.may_see(sensitivity_of(field, index))
            and sensitivity_of(field, index) is not Sensitivity.CONTACT
            and layer.may_use(field.qualified, user)
        ]
        self._names: dict[str, str] = {}
        for names in (_own_names, _other_names):
            for field in usable:
                for name in names(field):
                    self._names.setdefault(_same(name), field.qualified)
        self._labels = {field.words.label.zh: field.qualified for field in usable}
        self._all = frozenset(
            _same(name) for field in index.fields_of(index.model.customer_entity) for name in _own_names(field)
        )

    def places(self, text: str) -> tuple[Place, ...]:
        """The placeholders of a text. Raises `UnknownNameError` with the nearest fields, or that it is not allowed."""
        if _LONE.search(_PLACE.sub("", text)):
            raise InvalidPlanError(
                Text(
                    "内容里有不成对的大括号；占位符写作 {会员等级} 或 {会员等级|会员}。",
                    "There is a brace without its pair; placeholders look like {member level} or {member level|member}.",
                )
            )
        return tuple(self._place(words.strip(), fallback) for words, fallback in _found(text))

    def _place(self, words: str, fallback: str | None) -> Place:
        if _same(words) in {_same(name) for name in LINK}:
            return Place(words, "", fallback)
        field = self._names.get(_same(words))
        if field is None:
            near = nearest(words, self._labels) or tuple(self._labels)[:5]
            if _same(words) in self._all:
                raise InvalidPlanError(
                    Text(
                        f"您的角色不能在消息里使用「{words}」。可以用的例如：{'、'.join(near)}。",
                        f"Your role may not use {words!r} in messages. You may use {', '.join(near)}, among others.",
                    ),
                    suggestions=near,
                )
            raise UnknownNameError(Text("可用的占位符", "placeholder"), words, near)
        return Place(words, field, fallback)


def fields_in(places: Iterable[Place]) -> tuple[str, ...]:
    """The fields that placeholders are filled from, each once."""
    return tuple(dict.fromkeys(place.field for place in places if place.field))


def filled(text: str, places: Sequence[Place], values: Mapping[str, Cell], link: str = "") -> str | None:
    """The text with its placeholders filled; `None` when a value is missing that nothing stands in for."""
    parts: list[str] = []
    at = 0
    for place, found in zip(places, _PLACE.finditer(text), strict=True):
        value = link if not place.field else _shown(values.get(place.field))
        if not value:
            if place.fallback is None:
                return None
            value = place.fallback
        parts += (text[at : found.start()], value)
        at = found.end()
    return "".join((*parts, text[at:]))


def length_of(text: str, channel: Channel | None) -> Length:
    """Characters of a text; an SMS has 160 in one message and 153 in each of several, 70 and 67 outside of GSM 03.38."""
    if channel is None or channel.kind != "sms":
        return Length(characters=len(text), segments=1)
    if all(one in _GSM or one in _GSM_TWO for one in text):
        units, alone, each = sum(2 if one in _GSM_TWO else 1 for one in text), 160, 153
    else:
        units, alone, each = len(text.encode("utf-16-be")) // 2, 70, 67
    return Length(characters=len(text), segments=1 if units <= alone else math.ceil(units / each))


def may_leave(variant: Variant, campaign: Campaign, channel: Channel, rules: Sequence[UnsubscribeText]) -> bool:
    """Whether the text says how to unsubscribe where a rule asks for it."""
    if campaign.transactional:
        return True
    text = _same(variant.body)
    asked = [rule for rule in rules if channel.kind in rule.channel_kinds]
    return all(any(_same(word) in text for word in (*rule.words, *LINK)) for rule in asked)


def _found(text: str) -> list[tuple[str, str | None]]:
    return [(found[1], found[2]) for found in _PLACE.finditer(text)]


def _own_names(field: Dimension | Tag) -> tuple[str, ...]:
    return (field.qualified, field.words.label.zh, field.words.label.en, field.name)


def _other_names(field: Dimension | Tag) -> tuple[str, ...]:
    return field.words.synonyms


def _same(name: str) -> str:
    return re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", name).casefold())


def _shown(value: Cell) -> str:
    if value is None or value != value:  # noqa: PLR0124  # NaN is no value either
        return ""
    return value.strip() if isinstance(value, str) else numbers.cell(value, None, "zh")
