"""Names are found exactly in any of their forms, and nearly when misspelt or written with another character of one sound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    Ambiguity,
    Column,
    ColumnType,
    Dimension,
    DimensionKind,
    Entity,
    Measure,
    Metric,
    SemanticModel,
    Simple,
    Unit,
    Value,
    ValueGroup,
    Words,
)
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import (
    AmbiguityTerm,
    EntityTerm,
    FieldTerm,
    GroupTerm,
    MetricTerm,
    Term,
    ValueTerm,
    VerbTerm,
)


def words(zh: str, en: str, *synonyms: str) -> Words:
    return Words(label=Text(zh, en), synonyms=synonyms)


CITY = Dimension(
    name="city",
    entity="guest",
    words=words("城市", "city"),
    kind=DimensionKind.GEOGRAPHIC,
    type=ColumnType.STRING,
    expr="city",
    values=(Value(value="上海", label=Text("上海", "Shanghai"), aliases=("沪",)),),
    groups=(ValueGroup(name="delta", words=words("长三角", "Yangtze Delta"), members=("上海", "杭州")),),
    index_values=True,
    value_suffixes=("市", "city"),
)
LEVEL = Dimension(
    name="level",
    entity="guest",
    words=words("等级", "level"),
    kind=DimensionKind.CATEGORICAL,
    type=ColumnType.STRING,
    expr="level",
    values=(Value(value="h", label=Text("高", "high")), Value(value="g", label=Text("金卡", "gold"))),
)
GUEST = Entity(
    name="guest",
    words=words("客人", "guest"),
    table="guests",
    primary_key=("id",),
    columns=(Column(name="id", type=ColumnType.INTEGER),),
    verbs=("入住", "stayed"),
)
NIGHTS = Metric(
    name="nights",
    words=words("间夜数", "room nights", "高价值率"),
    body=Simple(measures=(Measure(entity="guest", agg=Aggregation.COUNT),)),
    unit=Unit.COUNT,
)
MODEL = SemanticModel(
    name="inn",
    words=words("客栈", "inn"),
    entities=(GUEST,),
    relationships=(),
    dimensions=(CITY, LEVEL),
    metrics=(NIGHTS,),
    ambiguities=(Ambiguity(word="rate", meanings=("nights",)),),
    customer_entity="guest",
)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.build(ModelIndex(MODEL), {"guest.city": (("杭州市", 40), ("呼和浩特", 3))})


def terms(vocabulary: Vocabulary, text: str) -> dict[str, set[Term]]:
    found: dict[str, set[Term]] = {}
    for match in vocabulary.find(text):
        found.setdefault(text[match.start : match.end], set()).add(match.entry.term)
    return found


@pytest.mark.parametrize(
    ("text", "word", "term"),
    [
        ("上海的客人", "上海", ValueTerm("guest.city", "上海")),
        ("上海市的客人", "上海市", ValueTerm("guest.city", "上海")),
        ("沪上客人", "沪", ValueTerm("guest.city", "上海")),
        ("guests in SHANGHAI", "SHANGHAI", ValueTerm("guest.city", "上海")),
        ("Shanghai city", "Shanghai city", ValueTerm("guest.city", "上海")),
        ("杭州的客人", "杭州", ValueTerm("guest.city", "杭州市")),
        ("长三角", "长三角", GroupTerm("guest.city", "delta")),
        ("yangtze-delta", "yangtze-delta", GroupTerm("guest.city", "delta")),
        ("room night", "room night", MetricTerm("nights")),
        ("Room  Nights", "Room  Nights", MetricTerm("nights")),
        ("cities", "cities", FieldTerm("guest.city")),
        ("two guests", "guests", EntityTerm("guest")),
        ("stays", "stays", VerbTerm("guest")),
        ("客人入住", "入住", VerbTerm("guest")),
        ("the rate", "rate", AmbiguityTerm("rate")),
    ],
)
def test_finds_every_form_of_a_name(vocabulary: Vocabulary, text: str, word: str, term: Term) -> None:
    assert term in terms(vocabulary, text).get(word, set())


def test_finds_english_only_as_whole_words(vocabulary: Vocabulary) -> None:
    assert "city" not in terms(vocabulary, "capacity")
    assert "gold" not in terms(vocabulary, "marigold golden")


def test_a_level_that_says_nothing_alone_is_weak(vocabulary: Vocabulary) -> None:
    assert terms(vocabulary, "高")["高"] == {ValueTerm("guest.level", "h", weak=True)}
    assert terms(vocabulary, "金卡")["金卡"] == {ValueTerm("guest.level", "g")}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Shnaghai", "Shanghai"),
        ("Shangahi", "Shanghai"),
        ("nihgts", "nights"),
        ("room nigths", "room nights"),
        ("间夜书", "间夜数"),
        ("金咖", "金卡"),
        ("呼合浩特", "呼和浩特"),
    ],
)
def test_reads_near_spellings_and_equal_sounds(vocabulary: Vocabulary, typed: str, meant: str) -> None:
    found = {near.entry.text for near in vocabulary.near(typed)}
    assert meant in found


@pytest.mark.parametrize("typed", ["gild", "cat", "12345", "爵士乐", "电脑"])
def test_does_not_read_short_or_far_words_as_names(vocabulary: Vocabulary, typed: str) -> None:
    assert vocabulary.near(typed) == ()


def test_offers_names_that_share_something_with_the_word(vocabulary: Vocabulary) -> None:
    offered = [near.entry.text for near in vocabulary.nearest("上海滩", 3)]
    assert "上海" in offered
    assert vocabulary.nearest("xyz", 3) == ()


def test_a_hidden_metric_is_no_word() -> None:
    """It is only a part of others; nobody can ask for it by name, not even misspelt."""
    hidden = replace(NIGHTS, name="part", words=words("间夜分子", "nightly part"), hidden=True)
    model = replace(MODEL, metrics=(NIGHTS, hidden))
    vocabulary = Vocabulary.build(ModelIndex(model), {})
    assert terms(vocabulary, "间夜分子 nightly part") == {}
    assert all(near.entry.term != MetricTerm("part") for near in vocabulary.nearest("nightly parts", 5))
