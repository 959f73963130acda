"""Names that unknown words may mean: which may be meant at all, how they are said, how near they stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.interpreters.base import Note, NoteKind
from assistant.interpreters.names import Gloss, Names
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.vocabulary.terms import (
    CategoryTerm,
    EntityTerm,
    FieldTerm,
    GroupTerm,
    MetricTerm,
    Term,
    ValueTerm,
    VerbTerm,
)
from tests.assistant.interpreters.reading_scene import ScriptedRanks

SALES = MetricTerm("sales")
SILENT = ValueTerm("customer.lifecycle_stage", "沉默")


def names_over(index: ModelIndex, *ranking: tuple[Term, float]) -> Names:
    return Names(index, ScriptedRanks({"said": ranking}))


@pytest.mark.parametrize(
    ("term", "may"),
    [
        (SALES, True),
        (EntityTerm("order"), True),
        (FieldTerm("customer.high_value"), True),
        (FieldTerm("customer.city"), True),
        (SILENT, True),
        (ValueTerm("product.category", "箱包"), True),
        (GroupTerm("product.category", "sports"), True),
        (ValueTerm("customer.city", "上海"), False),  # a place is called by its own name
        (GroupTerm("customer.city", "beishangguangshen"), False),
        (ValueTerm("product.product_name", "跑鞋"), False),  # and so is a thing
        (FieldTerm("customer.phone"), False),  # of one person
        (FieldTerm("customer.birthday"), False),
        (VerbTerm("order"), False),
        (CategoryTerm("lifecycle"), False),
    ],
)
def test_what_other_words_may_mean(retail_index: ModelIndex, term: Term, may: bool) -> None:
    found = names_over(retail_index, (term, 0.9)).near("said", 3)
    assert [n.entry.term for n in found] == ([term] if may else [])


def test_a_hidden_metric_is_never_meant(retail_index: ModelIndex) -> None:
    model = retail_index.model
    metrics = tuple(replace(m, hidden=True) if m.name == "sales" else m for m in model.metrics)
    names = names_over(ModelIndex(replace(model, metrics=metrics)), (SALES, 0.9), (MetricTerm("orders"), 0.5))
    assert [n.entry.term for n in names.near("said", 3)] == [MetricTerm("orders")]
    assert [n.entry.term for n in names.metrics("said", 3)] == [MetricTerm("orders")]


def test_what_may_not_be_meant_takes_no_place(retail_index: ModelIndex) -> None:
    cities = [(ValueTerm("customer.city", name), 0.9) for name in ("上海", "北京", "广州")]
    names = names_over(retail_index, *cities, (SILENT, 0.4), (SALES, 0.3), (MetricTerm("orders"), 0.2))
    assert [n.entry.term for n in names.near("said", 2)] == [SILENT, SALES]
    assert [n.entry.term for n in names.metrics("said", 1)] == [SALES]


def test_conditions_are_values_groups_and_tags_that_hold_or_not(retail_index: ModelIndex) -> None:
    names = names_over(
        retail_index,
        (SALES, 0.9),
        (EntityTerm("order"), 0.8),
        (FieldTerm("customer.city"), 0.8),  # says by what, not which
        (FieldTerm("customer.lifecycle_stage"), 0.8),  # needs a level
        (FieldTerm("customer.churn_risk"), 0.7),  # some of its levels count as having it
        (FieldTerm("customer.high_value"), 0.6),
        (SILENT, 0.5),
        (GroupTerm("product.category", "sports"), 0.4),
    )
    assert names.conditions("said", 8) == [
        FieldTerm("customer.churn_risk"),
        FieldTerm("customer.high_value"),
        SILENT,
        GroupTerm("product.category", "sports"),
    ]
    assert names.conditions("said", 1) == [FieldTerm("customer.churn_risk")]
    assert names.conditions("other", 8) == []


@pytest.mark.parametrize(
    ("term", "language", "words", "label"),
    [
        (SALES, "zh", "销售额", Text("销售额", "sales")),
        (SALES, "en", "sales", Text("销售额", "sales")),
        (EntityTerm("order"), "zh", "订单", Text("订单", "order")),
        (FieldTerm("customer.high_value"), "en", "high-value customer", Text("高价值客户", "high-value customer")),
        (GroupTerm("product.category", "sports"), "zh", "运动大类", Text("运动大类", "sports categories")),
        (ValueTerm("product.category", "箱包"), "zh", "箱包", Text("箱包", "luggage")),
        (ValueTerm("product.category", "箱包"), "en", "luggage", Text("箱包", "luggage")),
        # the level of a tag is told with its name: 沉默 alone says little
        (SILENT, "zh", "生命周期阶段为沉默", Text("生命周期阶段：沉默", "lifecycle stage: silent")),
        (SILENT, "en", "lifecycle stage is silent", Text("生命周期阶段：沉默", "lifecycle stage: silent")),
        # a value that the definitions do not list is said as it is stored
        (ValueTerm("product.category", "滑板"), "en", "滑板", Text("滑板", "滑板")),
        (CategoryTerm("lifecycle"), "en", "", Text("", "")),
    ],
)
def test_names_as_the_rules_read_them_and_as_people_do(
    retail_index: ModelIndex, term: Term, language: Language, words: str, label: Text
) -> None:
    assert names_over(retail_index).said(term, language) == (words, label)


def test_a_term_stands_among_those_of_its_kind(retail_index: ModelIndex) -> None:
    names = names_over(
        retail_index, (SILENT, 0.9), (MetricTerm("orders"), 0.8), (SALES, 0.7), (FieldTerm("customer.high_value"), 0.6)
    )
    assert names.place("said", SALES) == 2
    assert names.place("said", FieldTerm("customer.high_value")) == 2
    assert names.place("said", SILENT) == 1
    assert names.place("said", MetricTerm("refunds")) > 100
    assert names.similarity("said", SALES) == 0.7
    assert names.similarity("other", SALES) == 0.0


def test_people_are_told_what_words_were_taken_for() -> None:
    label = Text("销售额", "sales")
    taken = Gloss(said="进账", term=SALES, label=label, named=True)
    passed = Gloss(said="瞅瞅", term=None)
    assert taken.note() == Note(kind=NoteKind.UNDERSTOOD_AS, words="进账", meaning=label)
    assert passed.note() == Note(kind=NoteKind.UNUSED, words="瞅瞅")


def test_names_that_are_all_equally_near_count_half(retail_index: ModelIndex) -> None:
    """Then the words are not really known: only one that stands out is near."""
    metrics = [(MetricTerm(name), 0.6) for name in ("sales", "orders", "refunds")]
    level = names_over(retail_index, *metrics)
    assert [n.similarity for n in level.near("said", 3)] == [0.3, 0.3, 0.3]
    apart = names_over(retail_index, (MetricTerm("gross_profit"), 0.7), *metrics)
    assert [n.similarity for n in apart.near("said", 2)] == [0.7, 0.6]


def test_conditions_that_are_too_far_are_left_out(retail_index: ModelIndex) -> None:
    names = names_over(retail_index, (SILENT, 0.5), (FieldTerm("customer.high_value"), 0.4))
    assert names.conditions("said", 4, least=0.45) == [SILENT]
    assert names.conditions("said", 4, least=0.5) == [SILENT]
    assert names.conditions("said", 4, least=0.6) == []
