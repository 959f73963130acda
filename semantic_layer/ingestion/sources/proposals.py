"""Which field of the standard a column could fill: by its name in both languages, its type and its values.

A proposal is for a person to accept: each says why.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from semantic_layer.errors import Text
from semantic_layer.ingestion.sources.headers import JOINED
from semantic_layer.ingestion.sources.port import SourceColumn
from semantic_layer.ingestion.standard.types import FieldStandard, StandardField
from semantic_layer.model.types import ColumnType

THRESHOLD: Final = 0.6
_EXACT: Final = 1.0
_LAST_PART: Final = 0.95  # "buyer.phone", "联系 / 手机": what stands last names the column
_INSIDE: Final = 0.8  # "会员手机号" holds 手机号
_FUZZY_FROM: Final = 85.0  # of 100: a spelling mistake, not another word
_OTHER_TYPE: Final = 0.5
_BY_VALUES: Final = 0.7  # the most that values alone are worth
_TELLING: Final = 0.1  # share of other fields' examples that a pattern may take and still tell its own
_NUMBERS: Final = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT})
_TIMES: Final = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A column, the field it could fill, and how sure that is from 0 to 1."""

    column: str
    field: str
    score: float
    why: Text


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A field with its names as they are compared; `telling` when its values are told from those of all other fields."""

    field: StandardField
    names: tuple[str, ...]
    words: tuple[frozenset[str], ...]
    pattern: re.Pattern[str] | None
    values: frozenset[str]
    telling: bool


def propose(columns: Sequence[SourceColumn], standard: FieldStandard) -> tuple[Proposal, ...]:
    """The best field for each column where one is good enough, in the order of the columns; no field twice."""
    spoken = _spoken(standard)
    scored = [
        (proposal.score, -at, proposal)
        for at, column in enumerate(columns)
        for each in spoken
        if (proposal := _scored(column, each)).score >= THRESHOLD
    ]
    chosen: dict[str, Proposal] = {}
    taken: set[str] = set()
    for _, _, proposal in sorted(scored, key=lambda each: (each[0], each[1]), reverse=True):
        if proposal.column not in chosen and proposal.field not in taken:
            chosen[proposal.column] = proposal
            taken.add(proposal.field)
    return tuple(chosen[column.name] for column in columns if column.name in chosen)


def _spoken(standard: FieldStandard) -> tuple[_Spoken, ...]:
    found: list[_Spoken] = []
    for field in standard.fields:
        label = field.words.label
        names = tuple(dict.fromkeys(name for name in (field.name, label.zh, label.en, *field.words.synonyms) if name))
        pattern = re.compile(field.pattern) if field.pattern else None
        values = frozenset(
            _plain(str(word))
            for value in field.values
            for word in (value.value, value.label.zh, value.label.en, *value.aliases)
            if str(word)
        )
        others = [example for other in standard.fields if other.name != field.name for example in other.examples]
        hits = sum(_fits(example, pattern, values) for example in others)
        telling = (pattern is not None or bool(values)) and hits <= _TELLING * len(others)
        found.append(
            _Spoken(
                field,
                tuple(map(_plain, names)),
                tuple(frozenset(_words(name)) for name in names),
                pattern,
                values,
                telling,
            )
        )
    return tuple(found)


def _scored(column: SourceColumn, spoken: _Spoken) -> Proposal:
    name, by_name = _name_score(column.name, spoken)
    share = _share(column, spoken)
    score, reasons = name, [by_name] if name else []
    if share is not None:
        if share >= 0.8 and spoken.telling:
            score = max(0.75 * name + 0.25 * share, _BY_VALUES * share)
            reasons.append(Text(zh="值符合该字段的格式", en="the values have its format"))
        elif share < 0.2 and spoken.telling:
            score *= 0.75
            reasons.append(Text(zh="但值不符合该字段的格式", en="but the values do not have its format"))
    if column.examples and not spoken.values and not _type_fits(column.type, spoken.field.type):
        score *= _OTHER_TYPE
        reasons.append(Text(zh="但类型不同", en="but the type is another"))
    zh, en = "；".join(each.zh for each in reasons), "; ".join(each.en for each in reasons)
    return Proposal(column=column.name, field=spoken.field.name, score=round(min(score, 1.0), 3), why=Text(zh, en))


def _name_score(name: str, spoken: _Spoken) -> tuple[float, Text]:
    label = spoken.field.words.label
    plain = _plain(name)
    if plain in spoken.names:
        return _EXACT, Text(zh=f"列名就是「{label.zh}」的名称之一", en=f"it is one of the names of {label.en!r}")
    last = _plain(re.split(rf"{re.escape(JOINED)}|\.", name)[-1])
    if last and last in spoken.names:
        return _LAST_PART, Text(zh=f"列名的最后一段是「{label.zh}」", en=f"its last part is a name of {label.en!r}")
    if (inside := _inside(plain, frozenset(_words(name)), spoken)) is not None:
        return inside, Text(zh=f"列名里含有「{label.zh}」的名称", en=f"it holds a name of {label.en!r}")
    best = max((fuzz.ratio(plain, each) for each in spoken.names if len(each) > 3), default=0.0)
    if len(plain) > 3 and best >= _FUZZY_FROM:
        return 0.9 * best / 100, Text(zh=f"列名与「{label.zh}」的名称相近", en=f"it is close to a name of {label.en!r}")
    return 0.0, Text("", "")


def _inside(plain: str, words: frozenset[str], spoken: _Spoken) -> float | None:
    """The longer the name that is held, the surer; a single Chinese character or a short abbreviation says nothing."""
    best: float | None = None
    for name, own in zip(spoken.names, spoken.words, strict=True):
        holds = name.isascii() and len(name) > 2 and own and own <= words
        chinese = not name.isascii() and len(name) >= 2 and plain.endswith(name)
        if holds or chinese:
            best = max(best or 0.0, _INSIDE * (0.6 + 0.4 * len(name) / max(len(plain), 1)))
    return best


def _share(column: SourceColumn, spoken: _Spoken) -> float | None:
    """How many of the examples could be values of the field; `None` where nothing tells."""
    if not column.examples or (spoken.pattern is None and not spoken.values):
        return None
    return sum(_fits(example, spoken.pattern, spoken.values) for example in column.examples) / len(column.examples)


def _fits(example: str, pattern: re.Pattern[str] | None, values: frozenset[str]) -> bool:
    text = unicodedata.normalize("NFKC", example).strip()
    if values and _plain(text) in values:
        return True
    return pattern is not None and any(pattern.fullmatch(each) is not None for each in _spellings(text))


def _spellings(text: str) -> Iterator[str]:
    """A value as it is, and without the signs that cleaning takes away."""
    yield text
    yield re.sub(r"[\s()-]", "", text)
    yield text.upper()
    yield text.lower()


def _type_fits(column: ColumnType, field: ColumnType) -> bool:
    if field in _NUMBERS:
        return column in _NUMBERS
    if field in _TIMES:
        return column in _TIMES or column is ColumnType.INTEGER  # 20240131, or seconds
    if field is ColumnType.BOOLEAN:
        return column not in _TIMES
    return column not in _TIMES and column is not ColumnType.BOOLEAN


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def _words(name: str) -> Iterator[str]:
    for word in _WORDS.findall(unicodedata.normalize("NFKC", name)):
        yield word.casefold()
