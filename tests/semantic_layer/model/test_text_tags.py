"""A text tag is read with its labels and its truth, and each fault of it is told with its place and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError
from semantic_layer.model.types import ColumnType, TextBody, TextMethod, TrueText

MODEL = """\
name: shop
label: {zh: 店, en: shop}
datasets:
- name: customer
  source: customers
  primary_key: [customer_key]
  label: {zh: 客户, en: customer}
  owner: a
  columns: {customer_key: integer, note: string}
  fields: [{name: note, label: {zh: 备注, en: note}}]
- name: ticket
  source: tickets
  primary_key: [ticket_id]
  label: {zh: 工单, en: ticket}
  time: opened_at
  owner: a
  columns: {ticket_id: integer, customer_key: integer, opened_at: timestamp, talk: string}
  fields:
  - {name: opened_at, label: {zh: 时间, en: time}, kind: time}
  - {name: talk, label: {zh: 会话, en: talk}}
  - {name: first_letter, label: {zh: 首字, en: first letter}, expr: "LEFT(talk, 1)", type: string}
relationships:
- {name: ticket_customer, from: ticket, to: customer, from_columns: [customer_key], to_columns: [customer_key]}
tags:
"""
TAG = """
- name: mood
  label: {zh: 情绪, en: mood}
  kind: text
  category: behaviour
  text: ticket.talk
  window: 12 months
  labels: [{value: bad, zh: 差, words: [awful], unless: [not awful]}, {value: good, words: [great]}]
  truth: [{said: awful, value: bad}, thanks]
  owner: a
"""


def loaded(folder: Path, tag: str) -> TextBody:
    (folder / "shop.yml").write_text(MODEL + tag, encoding="utf-8")
    model, _ = load_definitions(folder)
    body = model.tags[0].body
    assert isinstance(body, TextBody)
    return body


def test_labels_are_the_values_and_truth_is_kept(tmp_path: Path) -> None:
    body = loaded(tmp_path, TAG)
    model, _ = load_definitions(tmp_path)
    assert [value.value for value in model.tags[0].values] == ["bad", "good"]
    assert model.tags[0].type is ColumnType.STRING
    assert (body.bar, body.fewest, body.method) == (0.8, 5, TextMethod.DICTIONARY)
    assert body.labels[0].unless == ("not awful",)
    assert body.truth == (TrueText(said="awful", value="bad"), TrueText(said="thanks"))


def test_a_boolean_text_tag_has_no_values(tmp_path: Path) -> None:
    loaded(tmp_path, TAG.replace("  owner", "  type: boolean\n  positive: [true]\n  owner"))
    model, _ = load_definitions(tmp_path)
    assert (model.tags[0].type, model.tags[0].values, model.tags[0].positive) == (ColumnType.BOOLEAN, (), (True,))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("text: ticket.talk", "text: ticket.tolk", "ticket.talk"),
        ("text: ticket.talk", "text: ticket.first_letter", "only the text of a column"),
        ("text: ticket.talk", "text: customer.note", "have no time"),
        ("value: good", "value: bad", "two labels"),
        ("words: [great]", "words: []", "no words"),
        ("awful, value: bad", "awful, value: bed", "'bed' is not a label"),
        ("window: 12 months", "window: 12 months\n  bar: 1.5", "precision of 1.5"),
        ("  truth: [{said: awful, value: bad}, thanks]\n", "  method: classifier\n", "A classifier learns"),
    ],
)
def test_each_fault_is_told_with_its_place(tmp_path: Path, was: str, now: str, said: str) -> None:
    assert was in TAG
    with pytest.raises(DefinitionError, match=said) as caught:
        loaded(tmp_path, TAG.replace(was, now))
    assert all(issue.line > 20 and issue.remedy for issue in caught.value.issues)
