"""Which campaign is meant: by its name, by parts of it, or by when it was, what kind it was and how it went out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol, runtime_checkable

from semantic_layer.errors import InvalidPlanError, Language, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from tools.campaigns.types import GroupsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a campaign can be known by. `words` are other words for its kind and its channel, in both languages."""

    id: str
    name: str
    starts: date
    words: tuple[str, ...] = ()


@runtime_checkable
class Lists(GroupsOf, Protocol):
    """Groups of campaigns that say more of each than its name."""

    def listed(self) -> tuple[Listed, ...]:
        """Newest first."""
        ...


_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_CHINESE: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_NEWEST: Final = {
    "zh": ("上一次", "上次", "最近一次", "最近", "最新", "上一个", "上个", "刚才"),
    "en": ("most recent", "latest", "newest", "last", "previous"),
}
_FILLERS: Final = {
    "zh": ("那个", "那次", "这个", "这次", "那场", "这场", "我们", "的", "活动", "营销", "一场", "一次", "了", "号", "第"),
    "en": ("the", "our", "that", "this", "campaigns", "campaign", "promotion", "of", "in", "from", "a", "an", "one", "no", "number", "to"),
}  # fmt: skip
_WORD: Final = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")


def find_campaign(words: str, groups: GroupsOf, language: Language) -> tuple[str, ...]:
    """The names of the campaigns that `words` may mean, newest first: one when it is clear, several to choose from, or none.

    A whole name or id is that campaign. Otherwise every word must fit: a year and a month the first day, everything else the
    name or the words for its kind and channel. A month without a year is the latest such month. "Last", 上次: the newest that
    fits. Without any word that tells campaigns apart, all of them fit.
    """
    listed = listed_of(groups)
    plain = _plain(words)
    exact = [one.name for one in listed if plain in (_plain(one.name), _plain(one.id))]
    if exact:
        return tuple(exact[:1])
    asked = _asked(plain, language, listed)
    inside = [one for one in listed if asked.telling and asked.squeezed in _squeezed(one.name)]
    fitting = inside or [one for one in listed if _fits(one, asked)]
    if asked.newest:
        fitting = fitting[:1]
    elif asked.year is None and fitting and (asked.month is not None or inside):
        fitting = _of_latest_year(fitting, asked)
    return tuple(one.name for one in fitting)


def the_campaign(words: str, groups: GroupsOf, language: Language) -> str:
    """The name of the one campaign that `words` mean.

    Raises `UnknownNameError` with near names when none fits, `InvalidPlanError` with those that fit when several do.
    """
    found = find_campaign(words, groups, language)
    if len(found) == 1:
        return found[0]
    if not found:
        names = groups.names()
        raise UnknownNameError(Text("活动", "campaign"), words, nearest(words, names) or names[:3])
    raise InvalidPlanError(
        Text(
            f"「{words}」可能是 {len(found)} 个活动：{'、'.join(found[:5])}。请说明是哪一个。",
            f"“{words}” may be any of {len(found)} campaigns: {', '.join(found[:5])}. Say which one.",
        ),
        suggestions=found,
    )


def listed_of(groups: GroupsOf) -> tuple[Listed, ...]:
    """What is known of each campaign, newest first; of groups that tell names alone, the first day and the channel too."""
    if isinstance(groups, Lists):
        return groups.listed()
    found = ((name, groups.groups(name)) for name in groups.names())
    return tuple(
        Listed(id=one.campaign, name=name, starts=one.starts, words=(one.channel,) if one.channel else ())
        for name, one in found
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words taken apart. `rest` is what must be in the name or the words of the campaign."""

    squeezed: str
    year: int | None
    month: int | None
    newest: bool
    rest: tuple[str, ...]
    telling: bool  # more is said than a kind or a channel


def _asked(plain: str, language: Language, listed: Sequence[Listed]) -> _Asked:
    other: Language = "en" if language == "zh" else "zh"  # people mix them, their own first
    left, newest = _without(plain, (*_NEWEST[language], *_NEWEST[other]))
    squeezed = _squeezed(_without(left, _FILLERS["en"])[0])
    year = re.search(r"(?<!\d)(20\d\d)\s*年?", left)
    if year is not None:
        left = left.replace(year.group(), " ")
    left, month = _month(left)
    known: list[str] = []
    for word in sorted({_plain(word) for one in listed for word in one.words}, key=len, reverse=True):
        left, there = _without(left, (word,))
        known += [word] if there else []
    left = _without(left, (*_FILLERS[language], *_FILLERS[other]))[0]
    others = _WORD.findall(left)
    telling = bool(others) or month is not None or year is not None
    return _Asked(squeezed, int(year.group(1)) if year else None, month, newest, (*known, *others), telling)


def _month(text: str) -> tuple[str, int | None]:
    for number in range(12, 0, -1):
        name = _MONTHS[number - 1]
        pattern = rf"(?<!\d){number}\s*月份?|(?<![十]){_CHINESE[number - 1]}月份?|\b{name}\b|\b{name[:3]}\b\.?"
        found = re.search(pattern, text)
        if found is not None:
            return text.replace(found.group(), " "), number
    return text, None


def _fits(one: Listed, asked: _Asked) -> bool:
    if asked.year not in (None, one.starts.year) or asked.month not in (None, one.starts.month):
        return False
    said = [_plain(word) for word in (one.name, one.id, *one.words)]
    return all(_in(word, said) for word in asked.rest)


def _in(word: str, said: Sequence[str]) -> bool:
    """A word of letters or digits as a whole word, its plural or its beginning; Chinese as one run, or runs of two or more."""
    if not _HAN.search(word):
        stem = word[:-1] if word.endswith("s") and len(word) > 3 else word
        return any(re.search(rf"(?<![a-z0-9]){re.escape(stem)}s?(?![a-z0-9])", text) for text in said)
    return any(_made_of(word, _squeezed(text)) for text in said) or _made_of(word, "\n".join(map(_squeezed, said)))


def _made_of(word: str, text: str) -> bool:
    """Whether the word is made of runs of at least two characters that stand in the text."""
    if word in text:
        return True
    return any(
        word[:cut] in text and len(word) - cut > 1 and _made_of(word[cut:], text) for cut in range(len(word) - 2, 1, -1)
    )


def _of_latest_year(fitting: Sequence[Listed], asked: _Asked) -> list[Listed]:
    """Of campaigns that come every year the latest: those of other years are meant by saying the year."""
    if asked.month is None and len({_nameless(one) for one in fitting}) == len(fitting):
        return list(fitting)
    latest = max(one.starts.year for one in fitting)
    return [one for one in fitting if one.starts.year == latest]


def _nameless(one: Listed) -> str:
    return re.sub(r"20\d\d年?", "", _squeezed(one.name))


def _without(text: str, words: Sequence[str]) -> tuple[str, bool]:
    """The text without these words, and whether any was there. Words of letters must stand alone."""
    before = text
    for word in words:
        pattern = re.escape(word) if _HAN.search(word) else rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"
        text = re.sub(pattern, " ", text)
    return text, text != before


def _plain(text: str) -> str:
    """Width, case and written-out numbers of festivals made the same; marks other than letters become spaces."""
    wide = unicodedata.normalize("NFKC", text).casefold().replace("双十一", "双11").replace("双十二", "双12")
    wide = wide.replace("六一八", "618")
    return re.sub(r"[^\w]+|_", " ", wide).strip()


def _squeezed(text: str) -> str:
    return _plain(text).replace(" ", "")
