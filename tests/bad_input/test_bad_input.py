"""What people type, break, lose or press at the wrong moment: each ends in a clear sentence, and nothing is lost."""

from __future__ import annotations

import errno
import io
import json
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.answer import Answer, Clarification, Finished, Refusal
from assistant.core import Assistant
from assistant.interpreters.base import RefusalKind
from assistant.public import Assistant as PublicAssistant
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, DefinitionError

CHINESE_AND_ENGLISH = ("zh", "en")


@pytest.mark.parametrize("text", ["", "   ", "\n\t ", "？？？", "...", "😀😀", "🎉", "\x00\x01\x02", "\u200b\u200d"])
def test_says_that_nothing_was_asked(assistant: Assistant, text: str) -> None:
    reply = assistant.ask(text)
    assert isinstance(reply, Refusal)
    assert reply.kind is RefusalKind.EMPTY
    assert reply.reason


@pytest.mark.parametrize("text", ["上海" * 5000, "sales " * 1700, "客户" * 5000])
def test_says_that_a_question_of_ten_thousand_characters_is_too_long(assistant: Assistant, text: str) -> None:
    began = time.monotonic()
    reply = assistant.ask(text)
    assert isinstance(reply, Refusal)
    assert reply.kind is RefusalKind.TOO_LONG
    assert time.monotonic() - began < 30  # it must not hang; this is no measure of speed


def test_reads_over_control_characters_and_emoji_inside_a_question(assistant: Assistant) -> None:
    plain = assistant.ask("上海有多少高价值客户？")
    noisy = assistant.ask("上\x07海有多少\u200b高价值客户😀？")
    assert isinstance(plain, Answer)
    assert isinstance(noisy, Answer)
    assert noisy.plan == plain.plan


@pytest.mark.parametrize(
    "text",
    [
        "火星上有多少高价值客户？",
        "How many high-value customers are in Gondor?",
        "蓝卡会员的毛净率",
        "customers with a flurbit above 5",
    ],
)
def test_names_the_words_that_it_does_not_know_and_gives_no_number(assistant: Assistant, text: str) -> None:
    reply = assistant.ask(text)
    assert isinstance(reply, Clarification)
    assert reply.unexplained
    assert any(word in reply.question for word in reply.unexplained)
    assert all(word.casefold() in text.casefold() for word in reply.unexplained)


@pytest.mark.parametrize(
    "text",
    [
        "2026年9月30日到2026年9月1日的销售额",
        "Sales from 30 September 2026 to 1 September 2026",
        "2026年13月的销售额",
        "2026年2月30日的订单数",
        "明年的销售额",
        "Sales next year",
    ],
)
def test_refuses_times_that_contradict_themselves_or_have_not_come(assistant: Assistant, text: str) -> None:
    reply = assistant.ask(text)
    assert isinstance(reply, Refusal | Clarification), reply
    assert not isinstance(reply, Answer)


def test_a_wrong_key_in_definitions_is_named_with_file_line_and_remedy(tmp_path: Path, assistant: Assistant) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "shop.yml").write_text(
        "datasets:\n- name: customer\n  source: customers\n  primary_key: [id]\n  colums: {id: integer}\n",
        encoding="utf-8",
    )
    with pytest.raises(DefinitionError) as caught:
        PublicAssistant.open(tmp_path, home=tmp_path / "home")
    issue = next(i for i in caught.value.issues if "colums" in str(i))
    assert issue.file.endswith("shop.yml")
    assert issue.line == 5
    assert "columns" in issue.remedy


def test_the_command_line_prints_every_fault_and_ends_with_one(tmp_path: Path) -> None:
    from assistant.channels.cli import app

    (tmp_path / "shop.yml").write_text("metrcs: []\ndatasets:\n- nme: customer\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])
    assert result.exit_code == 1
    issues = json.loads(result.stdout)
    assert {issue["line"] for issue in issues} >= {1, 3}


def own_company(folder: Path) -> Path:
    """A company of one table, as a data owner would write it."""
    (folder / "model").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "model" / "shop.yml").write_text(
        """
name: shop
label: {zh: 小店, en: Shop}
customer_entity: customer
conventions: {as_of: 2026-10-31}
datasets:
- name: customer
  source: customers
  primary_key: [id]
  label: {zh: 客户, en: customer}
  synonyms: [人, customers]
  columns: {id: integer, town: string}
  fields:
  - name: town
    label: {zh: 城镇, en: town}
    index_values: true
metrics:
- name: customers
  label: {zh: 客户数, en: customers}
  entity: customer
  agg: count
  unit: count
  counts: customer
""",
        encoding="utf-8",
    )
    (folder / "model" / "policies.yml").write_text(
        "roles:\n- name: marketer\n  label: {zh: 营销, en: marketer}\n  entities: all\n", encoding="utf-8"
    )
    (folder / "data" / "customers.csv").write_text("id,town\n1,桐乡\n2,乌镇\n3,桐乡\n", encoding="utf-8")
    return folder


def test_opens_a_folder_of_your_own(tmp_path: Path) -> None:
    mine = PublicAssistant.open(own_company(tmp_path / "shop"), home=tmp_path / "home")
    reply = mine.ask("桐乡有多少客户？")
    assert isinstance(reply, Answer)
    assert reply.table is not None
    assert reply.table.rows[0][0] == 2


def test_a_missing_data_file_is_named(tmp_path: Path) -> None:
    folder = own_company(tmp_path / "shop")
    (folder / "data" / "customers.csv").unlink()
    with pytest.raises(DataError) as caught:
        PublicAssistant.open(folder, home=tmp_path / "home")
    assert "customers" in caught.value.message.zh
    assert "customers" in caught.value.message.en


def test_a_corrupt_parquet_file_is_named_and_leaves_the_old_data_in_use(tmp_path: Path) -> None:
    folder = own_company(tmp_path / "shop")
    PublicAssistant.open(folder, home=tmp_path / "home")
    (folder / "data" / "customers.csv").unlink()
    (folder / "data" / "customers.parquet").write_bytes(b"PAR1 this is not Parquet PAR1")
    before = sorted((tmp_path / "home" / "shop").glob("snapshot_*"))
    with pytest.raises(DataError) as caught:
        PublicAssistant.open(folder, home=tmp_path / "home")
    assert "customers.parquet" in caught.value.message.en
    assert sorted((tmp_path / "home" / "shop").glob("snapshot_*")) == before
    assert not list((tmp_path / "home" / "shop").glob(".building*"))


def test_a_full_disk_leaves_no_half_file_and_says_so(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.take import Wanted, take

    reply = assistant.ask("上海有多少高价值客户？")
    assert isinstance(reply, Answer)

    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    exporter = assistant.resources.exporter
    monkeypatch.setattr(exporter, "_open_file", lambda path: Full())
    with pytest.raises(DataError) as caught:
        take(reply, Wanted(target=tmp_path / "list.csv", user=assistant.user, purpose="analysis"), assistant.resources)
    assert "list.csv" in caught.value.message.en
    assert list(tmp_path.iterdir()) == []


def test_stopping_gives_a_refusal_and_keeps_the_conversation(assistant: Assistant) -> None:
    first = assistant.ask("上海有多少高价值客户？", conversation="stopped")
    assert isinstance(first, Answer)
    cancel = Cancel()
    cancel.press()
    events = list(assistant.stream("各渠道销售额占比", conversation="stopped", cancel=cancel))
    last = events[-1]
    assert isinstance(last, Finished)
    assert isinstance(last.reply, Refusal)
    again = assistant.ask("那北京呢？", conversation="stopped")
    assert isinstance(again, Answer)


def test_two_people_asking_at_once_get_their_own_answers(assistant: Assistant) -> None:
    questions = {"one": ("上海有多少高价值客户？", "那北京呢？"), "two": ("各渠道销售额占比", "画成柱状图")}
    found: dict[str, list[object]] = {"one": [], "two": []}

    def talk(name: str) -> None:
        for text in questions[name] * 3:
            found[name].append(assistant.ask(text, conversation=f"both-{name}"))

    threads = [threading.Thread(target=talk, args=(name,)) for name in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for name, replies in found.items():
        assert len(replies) == 6, name
        assert all(isinstance(reply, Answer) for reply in replies), name
    texts = [reply.text for reply in found["one"] if isinstance(reply, Answer)]
    assert texts[0] == texts[2] == texts[4]
    assert texts[1] == texts[3] == texts[5]
    assert texts[0] != texts[1]
