"""The shipped standard holds together; a data set changes it key by key; faults name file, line and remedy."""

from __future__ import annotations

import re
from datetime import date

import pytest

from semantic_layer.errors import DefinitionError, Text
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.book import book_entries, standard_book
from semantic_layer.ingestion.standard.gazetteer import read_gazetteer
from semantic_layer.ingestion.standard.reading import STANDARD_FILE, read_standard
from semantic_layer.ingestion.standard.step import StepContext
from semantic_layer.ingestion.standard.steps import all_steps, chain_of
from semantic_layer.ingestion.standard.types import Identifier
from semantic_layer.model.types import ColumnType

SHIPPED = read_standard(None)


def test_every_shipped_field_says_everything_in_both_languages():
    assert 40 <= len(SHIPPED.fields) <= 60
    for field in SHIPPED.fields:
        assert field.words.label.zh
        assert field.words.label.en
        assert field.words.description.zh
        assert field.words.description.en
        assert field.words.synonyms
        assert field.origin.owner
        assert field.steps
        assert field.group


def test_identity_finds_all_its_fields():
    names = [
        "name",
        "phone",
        "email",
        "member_no",
        "account",
        "device",
        "document",
        "address",
        "province",
        "city",
        "district",
        "gender",
        "birthday",
    ]
    assert [name for name in names if SHIPPED.field(name) is None] == []
    assert {field.identifier for field in SHIPPED.fields if field.identifier} == set(Identifier)


def test_no_name_or_synonym_stands_for_two_fields():
    seen = {}
    for field in SHIPPED.fields:
        for word in {field.name, field.words.label.zh, field.words.label.en, *field.words.synonyms}:
            assert seen.setdefault(word.casefold(), field.name) == field.name, word


def test_examples_are_clean_already_or_become_so():
    places = read_gazetteer()
    for field in SHIPPED.fields:
        context = StepContext(field=field, as_of=date(2026, 10, 31), gazetteer=places)
        for example in field.examples:
            found = chain_of(field.steps, context, all_steps()).read(example)
            assert found.refusal is None, (field.name, example)
            assert found.value
            assert not field.pattern or re.fullmatch(field.pattern, found.value)


def written(folder, text):
    (folder / STANDARD_FILE).write_text(text, encoding="utf-8")
    return folder


def test_a_data_set_changes_only_the_keys_it_names_and_adds_fields(tmp_path):
    found = read_standard(
        written(
            tmp_path,
            """\
fields:
- name: member_level
  values:
  - {value: 金卡, en: gold, aliases: [黄金会员]}
- name: shoe_size
  label: {zh: 鞋码, en: shoe size}
  type: integer
  steps: [trim, number]
""",
        )
    )
    level = found.field("member_level")
    assert [each.value for each in level.values] == ["金卡"]
    assert level.words.label == SHIPPED.field("member_level").words.label
    assert found.field("shoe_size").type is ColumnType.INTEGER
    assert len(found.fields) == len(SHIPPED.fields) + 1


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ("fields:\n- name: phone\n  steps: [trim, phne]\n", 3, "'phone'"),
        ("fields:\n- name: phone\n  steps: ['date:dmm']\n", 3, "'date:dmy'"),
        ("fields:\n- name: phone\n  pattern: '(['\n", 3, "backslash"),
        ("fields:\n- name: size\n  type: int\n", 3, "'integer'"),
        ("fields:\n- name: size\n  type: integer\n", 2, "label"),
        ("fields:\n- name: phone\n- name: phone\n", 3, "one of the two"),
        ("fields:\n- name: phone\n  stepps: [trim]\n", 3, "'steps'"),
        ("feilds: []\n", 1, "'fields'"),
        ("fields:\n- name: phone\n  identifier: fone\n", 3, "'phone'"),
    ],
)
def test_a_fault_names_file_line_and_remedy(tmp_path, text, line, remedy):
    with pytest.raises(DefinitionError) as caught:
        read_standard(written(tmp_path, text))
    found = [issue for issue in caught.value.issues if issue.line == line]
    assert found
    assert found[0].file == STANDARD_FILE
    assert any(remedy in issue.remedy for issue in found), found


CRM = SourceSpec(
    name="crm",
    label=Text("会员系统", "membership system"),
    kind=SourceKind.CSV,
    address="crm.csv",
    columns=(ColumnMapping(column="手机号", field="phone"), ColumnMapping(column="住址", field="address")),
)


def test_the_book_says_what_fills_each_field_and_what_nobody_fills():
    by_name = {entry.field.name: entry for entry in book_entries(SHIPPED, [CRM])}
    assert [(each.source, each.column, each.beside) for each in by_name["phone"].filled_by] == [("crm", "手机号", "")]
    assert [(each.column, each.beside) for each in by_name["city"].filled_by] == [("住址", "address")]
    assert by_name["email"].filled_by == ()


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        (
            "zh",
            (
                "# 字段标准手册",
                "### 手机号 `phone`",
                "会员系统 的「手机号」",
                "还没有来源填充这个字段",
                "男",
                "会员运营",
                "`phone` |",
            ),
        ),
        (
            "en",
            (
                "# Field standard book",
                "### phone `phone`",
                "'手机号' of membership system",
                "no source fills",
                "(male)",
            ),
        ),
    ],
)
def test_the_book_is_one_page_in_either_language(language, phrases):
    page = standard_book(SHIPPED, [CRM], language)
    assert [phrase for phrase in phrases if phrase not in page] == []
    assert page.count("\n### ") == len(SHIPPED.fields)
