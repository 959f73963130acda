"""Who asks for what is deprecated is told so, with what replaces it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer import Answer
from assistant.public import Assistant
from semantic_layer.model.deprecated import deprecation_notes
from semantic_layer.model.lookup import ModelIndex
from tests.semantic_layer.review.shop import MODEL, loaded, spoiled, write_shop

OLD = "deprecated: 2026-09-01 未扣退款, replaced_by: net_sales, version: 3, owner: 财务,"
DEPRECATED = spoiled(MODEL, "agg: sum, expr: amount,", f"agg: sum, expr: amount, {OLD}")
DEPRECATED = spoiled(
    DEPRECATED,
    "tags:\n",
    "- {name: net_sales, label: {zh: 净额, en: net sales}, entity: order, agg: sum, expr: amount * 0.9, unit: currency}\n"
    "tags:\n",
)


def test_the_note_names_the_reason_and_the_replacement(tmp_path: Path) -> None:
    index = ModelIndex(loaded(tmp_path, DEPRECATED).model)
    (note,) = deprecation_notes(index, ["sales", "orders", "sales", "order.coupon"])
    assert note.zh == "「销售额」已停用（2026-09-01 未扣退款），请改用「净额」。"
    assert note.en == "'sales' is deprecated (2026-09-01 未扣退款); use 'net sales' instead."


def test_a_field_may_name_its_replacement_without_the_entity(tmp_path: Path) -> None:
    field = "  - {name: place, expr: town || '', type: string, label: {zh: 地, en: place}, deprecated: old, replaced_by: town}\n"
    index = ModelIndex(loaded(tmp_path, spoiled(MODEL, "  - name: phone\n", field + "  - name: phone\n")).model)
    (note,) = deprecation_notes(index, ["customer.place"])
    assert "use 'town' instead" in note.en


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    place = tmp_path_factory.mktemp("deprecated")
    return Assistant.open(write_shop(place / "shop", DEPRECATED), home=place / "home")


@pytest.mark.parametrize(("question", "language"), [("销售额是多少", "zh"), ("What are sales", "en")])
def test_an_answer_over_a_deprecated_metric_says_what_to_use_instead(
    shop: Assistant, question: str, language: str
) -> None:
    reply = shop.ask(question)
    assert isinstance(reply, Answer)
    notes = [note.meaning.in_(reply.language) for note in reply.notes]
    assert [note for note in notes if ("净额" if language == "zh" else "net sales") in note] != []


def test_an_answer_over_others_says_nothing(shop: Assistant) -> None:
    reply = shop.ask("订单数是多少")
    assert isinstance(reply, Answer)
    assert [note for note in reply.notes if "停用" in note.meaning.zh] == []


def test_the_definition_card_shows_owner_version_and_replacement(shop: Assistant) -> None:
    reply = shop.ask("什么是销售额？")
    assert isinstance(reply, Answer)
    card = dict(reply.sections[0].lines)
    assert (card["负责人"], card["版本"]) == ("财务", "3")
    assert (card["已停用"], card["替代"]) == ("2026-09-01 未扣退款", "净额 (net_sales)")
    english = shop.ask("What does sales mean?")
    assert isinstance(english, Answer)
    assert dict(english.sections[0].lines)["Replaced by"] == "net sales (net_sales)"


def test_the_card_of_what_is_in_use_has_no_such_lines(shop: Assistant) -> None:
    reply = shop.ask("什么是订单数？")
    assert isinstance(reply, Answer)
    assert {"已停用", "替代"}.isdisjoint(dict(reply.sections[0].lines))
