"""Parcels lead to a town in two ways: where they are sent from, and where they go. Which is meant is asked, with numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.answer import Answer, Clarification

MODEL = """
name: post
label: {zh: 邮局, en: Post}
customer_entity: sender
conventions: {as_of: 2026-10-31, default_window: ""}
datasets:
- name: sender
  source: senders
  primary_key: [id]
  label: {zh: 寄件人, en: sender}
  columns: {id: integer, name: string}
  fields:
  - {name: id, label: {zh: 编号, en: number}}
- name: town
  source: towns
  primary_key: [town]
  label: {zh: 城镇, en: town}
  columns: {town: string, region: string}
  fields:
  - {name: region, label: {zh: 地区, en: region}, index_values: true}
- name: parcel
  source: parcels
  primary_key: [id]
  label: {zh: 包裹, en: parcel}
  time: posted
  columns: {id: integer, sender: integer, origin: string, target: string, posted: date}
  fields:
  - {name: posted, label: {zh: 寄出时间, en: posting time}}
relationships:
- {name: sent_by, from: parcel, to: sender, from_columns: [sender], to_columns: [id]}
- {name: sent_from, label: {zh: 寄出地, en: origin}, from: parcel, to: town, from_columns: [origin], to_columns: [town]}
- {name: sent_to, label: {zh: 收件地, en: destination}, from: parcel, to: town, from_columns: [target], to_columns: [town]}
metrics:
- {name: parcels, label: {zh: 包裹数, en: parcels}, entity: parcel, agg: count, unit: count}
"""


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder: Path = tmp_path_factory.mktemp("post")
    (folder / "model").mkdir()
    (folder / "data").mkdir()
    (folder / "model" / "post.yml").write_text(MODEL, encoding="utf-8")
    (folder / "model" / "policies.yml").write_text(
        "roles:\n- name: marketer\n  label: {zh: 营销, en: marketer}\n  entities: all\n", encoding="utf-8"
    )
    (folder / "data" / "senders.csv").write_text("id,name\n1,Ann\n2,Bo\n", encoding="utf-8")
    (folder / "data" / "towns.csv").write_text("town,region\n桐乡,江南\n延吉,东北\n", encoding="utf-8")
    rows = [
        "id,sender,origin,target,posted",
        "1,1,桐乡,延吉,2026-10-01",
        "2,1,桐乡,延吉,2026-10-02",
        "3,2,延吉,延吉,2026-10-03",
    ]
    (folder / "data" / "parcels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return Assistant.open(folder, home=tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("question", ["东北的包裹数", "parcels in 东北"])
def test_asks_which_way_with_the_number_of_each(post: Assistant, question: str) -> None:
    asked = post.ask(question)
    assert isinstance(asked, Clarification)
    assert [(option.label, option.count) for option in asked.options] in (
        [("寄出地", "1"), ("收件地", "3")],
        [("origin", "1"), ("destination", "3")],
    )


def test_the_chosen_way_is_shown_on_the_column(post: Assistant) -> None:
    asked = post.ask("各地区的包裹数")
    assert isinstance(asked, Clarification)
    chosen = post.run(asked.options[1].plan, language="zh")
    assert isinstance(chosen, Answer)
    assert chosen.table is not None
    assert chosen.table.columns[0].label.zh == "收件地的地区"
    assert chosen.table.rows == (("东北", 3),)
    assert any("收件地" in chip.label for chip in chosen.chips)
