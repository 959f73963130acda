"""Which surfaces name which things of a model: labels, synonyms, values and their aliases, suffix variants, inflections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from semantic_layer.errors import Text
from semantic_layer.model.types import Dimension, Scalar, SemanticModel, Tag, Value, Words
from semantic_layer.vocabulary.fold import fold, is_han
from semantic_layer.vocabulary.inflect import is_english, noun_phrases, verb_phrases
from semantic_layer.vocabulary.terms import (
    AmbiguityTerm,
    CategoryTerm,
    EntityTerm,
    Entry,
    FieldTerm,
    GroupTerm,
    MetricTerm,
    NearMissTerm,
    Source,
    Term,
    ValueTerm,
    VerbTerm,
)

DataValues = Mapping[str, Sequence[tuple[Scalar, int]]]

# Level names so general that they say nothing without the name of their field.
_WEAK = frozenset(
    fold(w)
    for w in [
        "高",
        "中",
        "低",
        "大",
        "小",
        "多",
        "少",
        "有",
        "无",
        "是",
        "否",
        "新",
        "老",
        "其他",
        "未知",
        "早",
        "晚",
        "上午",
        "下午",
        "晚上",
        "高频",
        "中频",
        "低频",
        "high",
        "medium",
        "low",
        "middle",
        "big",
        "small",
        "many",
        "few",
        "yes",
        "no",
        "true",
        "false",
        "other",
        "unknown",
        "none",
        "new",
        "old",
        "often",
        "sometimes",
        "rarely",
        "seldom",
        "morning",
        "afternoon",
        "evening",
        "night",
    ]
)
_CATEGORY_WORDS: Mapping[str, tuple[str, ...]] = {
    "basic": ("基础", "基本信息", "basic", "demographic"),
    "behaviour": ("行为", "behaviour", "behavior", "behavioural", "behavioral"),
    "preference": ("偏好", "preference"),
    "lifecycle": ("生命周期", "lifecycle", "life cycle"),
    "social": ("社交", "social"),
}


_Inflect = Callable[[str], Sequence[str]]


def entries_of(model: SemanticModel, values: DataValues) -> Iterator[Entry]:
    """Every surface of the model, unsorted, possibly several for one key."""
    people = _entity_names(model)
    for entity in model.entities:
        yield from _named(entity.words, entity.name, EntityTerm(entity.name))
        for verb in entity.verbs:
            yield from _spelled(verb, VerbTerm(entity.name), entity.words.label, Source.SYNONYM, verb_phrases)
    for metric in model.metrics:
        if not metric.hidden:
            yield from _named(metric.words, metric.name, MetricTerm(metric.name))
    for tag in model.tags:
        yield from _named(tag.words, tag.name, FieldTerm(tag.qualified))
        yield from _without_people(tag, people)
        yield from _values(tag.qualified, tag.values, ())
    for dimension in model.dimensions:
        yield from _named(dimension.words, dimension.name, FieldTerm(dimension.qualified))
        yield from _values(dimension.qualified, dimension.values, dimension.value_suffixes)
        yield from _groups(dimension)
        yield from _data_values(dimension, values.get(dimension.qualified, ()))
    yield from _declared_words(model)


def _declared_words(model: SemanticModel) -> Iterator[Entry]:
    for ambiguity in model.ambiguities:
        label = Text(ambiguity.word, ambiguity.word)
        yield from _spelled(ambiguity.word, AmbiguityTerm(ambiguity.word), label, Source.LABEL, noun_phrases)
    for miss in model.near_misses:
        for word in miss.words:
            yield from _spelled(word, NearMissTerm(miss.words[0]), Text(word, word), Source.LABEL, noun_phrases)
    for category in sorted({tag.category.value for tag in model.tags}):
        words = _CATEGORY_WORDS.get(category, (category,))
        for word in words:
            yield from _spelled(word, CategoryTerm(category), Text(words[0], category), Source.LABEL, lambda _: ())


def _entity_names(model: SemanticModel) -> tuple[str, ...]:
    """The words for people, longest first."""
    words = next((e.words for e in model.entities if e.name == model.customer_entity), None)
    if words is None:
        return ()
    names = {words.label.zh, words.label.en, *words.synonyms}
    names |= {plural for name in tuple(names) if name and is_english(name) for plural in noun_phrases(name)}
    return tuple(sorted((n for n in names if n), key=len, reverse=True))


def _named(words: Words, name: str, term: Term) -> Iterator[Entry]:
    spellings = [(words.label.zh, Source.LABEL), (words.label.en, Source.LABEL)]
    spellings += [(s, Source.SYNONYM) for s in words.synonyms]
    spellings.append((name.replace("_", " "), Source.SYNONYM))
    for text, source in spellings:
        yield from _spelled(text, term, words.label, source, noun_phrases)


def _without_people(tag: Tag, people: Iterable[str]) -> Iterator[Entry]:
    """`高价值客户` is also said `高价值`; `high-value customer` also `high-value`."""
    for text in (tag.words.label.zh, tag.words.label.en, *tag.words.synonyms):
        ending = next((p for p in people if text.lower().endswith(p.lower()) and len(text) > len(p) + 1), None)
        if ending is not None:
            bare = text[: -len(ending)].strip(" -的")
            if is_english(bare) and bare.islower() and not {" ", "-"} & set(bare):
                continue  # "top customers" must not make "top" a name
            yield from _spelled(bare, FieldTerm(tag.qualified), tag.words.label, Source.VARIANT, lambda _: ())


def _values(field: str, listed: Sequence[Value], suffixes: Sequence[str]) -> Iterator[Entry]:
    for value in listed:
        spellings = [str(value.value), value.label.zh, value.label.en, *value.aliases]
        for text in dict.fromkeys(s for s in spellings if s):
            term = ValueTerm(field, value.value, weak=_is_weak(text))
            yield from _spelled(text, term, value.label, Source.VALUE, noun_phrases)
            yield from _suffixed(text, suffixes, term, value.label, 0)


def _groups(dimension: Dimension) -> Iterator[Entry]:
    for group in dimension.groups:
        yield from _named(group.words, group.name, GroupTerm(dimension.qualified, group.name))


def _data_values(dimension: Dimension, found: Sequence[tuple[Scalar, int]]) -> Iterator[Entry]:
    defined = {value.value for value in dimension.values}
    for value, frequency in found:
        text = str(value).strip()
        if value in defined or not text or text.isdigit():
            continue
        term, label = ValueTerm(dimension.qualified, value, weak=_is_weak(text)), Text(text, text)
        yield Entry(text=text, key=fold(text), term=term, label=label, source=Source.VALUE, frequency=frequency)
        yield from _suffixed(text, dimension.value_suffixes, term, label, frequency)


def _suffixed(text: str, suffixes: Sequence[str], term: Term, label: Text, frequency: int) -> Iterator[Entry]:
    """`上海市` is also `上海`, and `上海` also `上海市`."""
    for suffix in suffixes:
        if text.endswith(suffix) and len(text) - len(suffix) >= 2:
            other = text[: -len(suffix)].strip()
        elif suffix and is_han(suffix[0]) == is_han(text[-1]):
            other = text + suffix if is_han(suffix[0]) else f"{text} {suffix}"
        else:
            continue
        yield Entry(text=other, key=fold(other), term=term, label=label, source=Source.VARIANT, frequency=frequency)


def _spelled(text: str, term: Term, label: Text, source: Source, inflect: _Inflect) -> Iterator[Entry]:
    if not text.strip():
        return
    yield Entry(text=text, key=fold(text), term=term, label=label, source=source)
    if is_english(text):
        for form in inflect(text):
            yield Entry(text=form, key=fold(form), term=term, label=label, source=Source.VARIANT)


def _is_weak(text: str) -> bool:
    return fold(text) in _WEAK or text.isdigit() or (len(text) == 1 and not is_han(text))
