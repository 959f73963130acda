"""Tags that models publish: what they rest on, how they are compiled, and that nobody writes them by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from semantic_layer.compiler.audience import compile_audience_count, compile_people
from semantic_layer.compiler.context import CompileContext
from semantic_layer.compiler.uses import Uses
from semantic_layer.errors import DefinitionError, InvalidPlanError
from semantic_layer.interchange.native.model import tag_forms
from semantic_layer.model.types import ColumnType, ModelBody, Scored, SemanticModel, Tag, TagKind
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tests.semantic_layer.compiler import tiny

HIGH, LOW = tiny.value("high"), tiny.value("low")


def scored(day: date = tiny.TODAY) -> Tag:
    """Members 1 and 3 are high, 2 is low, 4 and 5 have no score."""
    bands = (Scored(value=HIGH, low=1, bits=b"\xa0"), Scored(value=LOW, low=2, bits=b"\x80"))
    body = ModelBody(model="churn", version=3, scored_on=day, scored=bands, made_from=("purchases", "town.region"))
    return tiny.tag("risk", TagKind.MODEL, body, type=ColumnType.STRING, values=(HIGH, LOW))


def model(tag: Tag) -> SemanticModel:
    return replace(tiny.MODEL, tags=(*tiny.MODEL.tags, tag))


def context(tag: Tag) -> CompileContext:
    return tiny.context(model=model(tag))


@pytest.mark.parametrize(("value", "members"), [("high", [1, 3]), ("low", [2])])
def test_the_members_of_a_band_are_those_of_its_bits(value: str, members: list[int]) -> None:
    audience = Audience(where=Compare("member.risk", "=", value), entity="member")
    found = tiny.run(tiny.database(), compile_people(audience, context(scored()), fields=("member.risk",)))
    assert [(row[0], row[-1]) for row in found] == [(member, value) for member in members]


def test_who_has_no_score_has_no_value() -> None:
    found = tiny.run(
        tiny.database(),
        compile_people(Audience(entity="member"), context(scored()), fields=("member.risk",)),
    )
    assert [row[-1] for row in found] == ["high", "low", "high", None, None]


def test_without_any_score_everybody_is_unknown() -> None:
    tag = scored()
    assert isinstance(tag.body, ModelBody)
    bare = replace(tag, body=replace(tag.body, scored=()))
    audience = Audience(where=Compare("member.risk", "=", "high"), entity="member")
    assert tiny.run(tiny.database(), compile_audience_count(audience, context(bare))) == [(0,)]


def test_days_before_the_scores_are_refused_and_later_days_are_not() -> None:
    audience = Audience(where=Compare("member.risk", "=", "high"), entity="member")
    compile_audience_count(audience, context(scored(tiny.TODAY - timedelta(days=3))))
    with pytest.raises(InvalidPlanError):
        compile_audience_count(audience, context(scored(tiny.TODAY + timedelta(days=1))))


def test_it_rests_on_what_the_scores_are_made_from() -> None:
    named = Uses(model(scored())).by["tag", "member.risk"]
    assert ("metric", "purchases") in named
    assert ("dimension", "town.region") in named


def test_it_is_not_written_down_with_the_definitions() -> None:
    written = tag_forms(model(scored())) or []
    assert [form["name"] for form in written] == [tag.name for tag in tiny.MODEL.tags]


def test_it_is_not_written_by_hand(tmp_path) -> None:
    from semantic_layer.definitions import load_definitions

    (tmp_path / "shop.yml").write_text(
        """
name: shop
label: {zh: 店, en: shop}
customer_entity: customer
datasets:
- name: customer
  source: customers
  primary_key: [customer_id]
  label: {zh: 客户, en: customer}
  columns: {customer_id: integer}
tags:
- name: risk
  label: {zh: 风险, en: risk}
  description: {zh: 风险, en: risk}
  kind: model
  category: lifecycle
  owner: me
""",
        encoding="utf-8",
    )
    with pytest.raises(DefinitionError) as told:
        load_definitions(tmp_path)
    assert any("Publish the scores of a model" in issue.remedy for issue in told.value.issues)
