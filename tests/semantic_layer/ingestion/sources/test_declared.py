"""Declarations of sources: what is read, every fault with its line, and what is written reads as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.errors import DefinitionError, Text
from semantic_layer.ingestion.sources.addresses import database_address
from semantic_layer.ingestion.sources.declared import read_sources, source_yaml
from semantic_layer.ingestion.sources.types import ColumnMapping, Paging, SourceKind, SourceSpec
from semantic_layer.ingestion.standard.types import FieldStandard, StandardField
from semantic_layer.model.types import ColumnType, Origin, Words

NAMES = ("member_no", "name", "phone", "email", "city")
STANDARD = FieldStandard(
    fields=tuple(
        StandardField(name=name, words=Words(label=Text(name, name)), type=ColumnType.STRING) for name in NAMES
    )
)


def written(folder: Path, text: str, name: str = "a.yml") -> Path:
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "sources" / name).write_text(text, encoding="utf-8")
    return folder


def test_a_source_is_a_few_lines(folder: Path) -> None:
    text = """sources:
  - name: crm
    label: {zh: 会员系统, en: member system}
    kind: csv
    address: crm/members_*.csv
    into: customers
    key: 会员编号
    columns:
      会员编号: member_no
      手机: {to: phone, was: [手机号, 电话], steps: [trim, phone]}
"""
    (found,) = read_sources(written(folder, text), STANDARD, tables=("customers",))
    assert found == SourceSpec(
        name="crm",
        label=Text("会员系统", "member system"),
        kind=SourceKind.CSV,
        address="crm/members_*.csv",
        into="customers",
        key=("会员编号",),
        columns=(
            ColumnMapping(column="会员编号", field="member_no"),
            ColumnMapping(column="手机", field="phone", names=("手机号", "电话"), steps=("trim", "phone")),
        ),
        origin=Origin(file="sources/a.yml", line=2),
    )
    assert source_yaml(found) == text
    assert read_sources(folder / "nowhere", STANDARD) == ()


FAULTS = {
    ("kind: csv", "kind: cvs"): "a.yml:3: error: sources[s].kind: 'cvs' is not allowed for 'kind'. Did you mean 'csv'?",
    ("a: name", "a: nmae"): "a.yml:7: error: sources[s].columns.a.to: There is no field 'nmae' in the standard. Did you mean 'name'",
    ("a: name", "a: {to: name, was: b, steps: [trimm]}"): "a.yml:7: error: sources[s].columns.a.steps: There is no step 'trimm'. Did you mean 'trim'?",
    ("a: name", "a: {too: name}"): "a.yml:7: error: sources[s].columns.a.too: The key 'too' is not known here. Did you mean 'to'?",
    ("a: name", "a: name, b: name"): "The columns 'a' and 'b' both fill the field 'name'.",
    ("a: name", "a: {to: name, was: b}, b: city"): "The header 'b' stands for both 'a' and 'b'.",
    ("into: customers", "into: custmers"): "a.yml:5: error: sources[s].into: There is no table 'custmers' in the definitions. Did you mean 'customers'?",
    ("into: customers", "tabel: x"): "The key 'tabel' is not known here. Did you mean 'label' or 'table'",
    ("into: customers", "delimiter: ab"): "'ab' is not one character.",
    ("into: customers", "encoding: gbkk"): "There is no encoding 'gbkk'.",
    ("into: customers", "header: -1"): "A header of -1 rows is not possible.",
    ("into: customers", "time_zone: Asia/Shangai"): "There is no time zone 'Asia/Shangai'.",
    ("into: customers", "watermark: at"): "A source of kind 'csv' has no 'watermark'. Leave it out; it is for: sqlite, postgresql, mysql, http.",
    ("into: customers", "keep_days: 0"): "Rows are kept for a day at least.",
    ("into: customers", "priority: 0"): "The best priority is 1.",
    ("address: a.csv", "address: /etc/a.csv"): "'/etc/a.csv' leads out of the folder of the data.",
    ("address: a.csv", "address: ../a.csv"): "'../a.csv' leads out of the folder of the data.",
    ("address: a.csv", "priority: 3"): "The key 'address' is missing.",
    ("name: s", "name: my source"): "'my source' is not a usable name.",
}  # fmt: skip


@pytest.mark.parametrize(("change", "says"), FAULTS.items(), ids=[" → ".join(change) for change in FAULTS])
def test_every_fault_has_its_line_and_what_would_mend_it(folder: Path, change: tuple[str, str], says: str) -> None:
    text = (
        "sources:\n  - name: s\n    kind: csv\n    address: a.csv\n    into: customers\n    columns:\n      {a: name}\n"
    )
    assert read_sources(written(folder, text), STANDARD, tables=("customers",))
    with pytest.raises(DefinitionError) as caught:
        read_sources(written(folder, text.replace(*change)), STANDARD, tables=("customers",))
    assert says in str(caught.value)
    assert all(issue.remedy and issue.line and issue.file == "sources/a.yml" for issue in caught.value.issues)


SECRETS = [
    "kind: postgresql\n    table: t\n    key: id\n    address: 'postgresql://u:hunter2@h/db'",
    "kind: mysql\n    table: t\n    key: id\n    address: 'mysql://u:${A}hunter2@h/db'",
    "kind: http\n    address: 'https://h/x?access_token=hunter2&page=1'",
    "kind: http\n    address: 'https://u:hunter2@h/x'",
    "kind: http\n    address: https://h/x\n    headers: {Authorization: 'Bearer hunter2'}",
    "kind: http\n    address: https://h/x\n    headers: {X-Api-Key: 'hunter2'}",
]


@pytest.mark.parametrize("body", SECRETS)
def test_a_secret_in_clear_text_is_a_fault_that_does_not_repeat_it(folder: Path, body: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_sources(written(folder, f"sources:\n  - name: s\n    {body}\n"), STANDARD)
    assert "in clear text" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert read_sources(
        written(folder, f"sources:\n  - name: s\n    {body}\n".replace("${A}", "").replace("hunter2", "${A}")), STANDARD
    )


def test_faults_of_all_files_are_found_at_once_and_names_are_single(folder: Path) -> None:
    written(folder, "sources:\n  - {name: a, kind: csv, address: a.csv}\n", "1.yml")
    written(
        folder,
        "sources:\n  - {name: a, kind: csv, address: a.csv}\n  - {name: b, kind: postgresql, address: x}\n",
        "2.yml",
    )
    with pytest.raises(DefinitionError) as caught:
        read_sources(folder, STANDARD)
    assert [(issue.file, issue.line, issue.key) for issue in caught.value.issues] == [
        ("sources/2.yml", 2, "sources[a].name"),
        ("sources/2.yml", 3, "sources[b].address"),
        ("sources/2.yml", 3, "sources[b].key"),
        ("sources/2.yml", 3, "sources[b].table"),
    ]
    assert "sources/1.yml:2" in caught.value.issues[0].message


def test_an_address_may_be_a_variable_as_a_whole(folder: Path) -> None:
    found = database_address("${CRM}", {"CRM": "mysql://u%40x:p%3A@db.test/shop?sslmode=require"}, "s")
    assert (found.user, found.password, found.port, found.database) == ("u@x", "p:", 3306, "shop")
    assert found.shown == "db.test:3306/shop"
    parts = database_address("postgresql://u:${P}@${H}:${N}/shop", {"P": "a@b:/%41", "H": "h", "N": "99"}, "s")
    assert (parts.host, parts.port, parts.password) == ("h", 99, "a@b:/%41")


WORD = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).map(str.strip).filter(bool)
SPECS = st.builds(
    SourceSpec,
    name=st.just("s"),
    label=st.builds(Text, WORD, WORD),
    kind=st.just(SourceKind.HTTP),
    address=st.just("https://h/x?token=${T}"),
    columns=st.lists(st.builds(ColumnMapping, column=WORD, field=st.just(""), names=st.lists(WORD, max_size=2).map(tuple)), max_size=5).map(
        lambda found: tuple(
            ColumnMapping(column=f"{at}{column.column}", field=name, names=tuple(f"{at}-{each}" for each in column.names))
            for at, (column, name) in enumerate(zip(found, NAMES, strict=False))
        )
    ),
    into=st.sampled_from(["", "t"]),
    key=st.lists(WORD, max_size=2, unique=True).map(tuple),
    watermark=st.one_of(st.just(""), WORD),
    paging=st.builds(Paging, parameter=WORD, size=st.integers(1, 9), rows=st.one_of(st.just(""), WORD), cursor=st.one_of(st.just(""), WORD)),
    headers=st.lists(WORD, max_size=1).map(lambda found: tuple((f"X-{name}", "${V} 1") for name in found)),
    time_zone=st.sampled_from(["", "Asia/Shanghai"]),
    priority=st.integers(1, 9),
    keep_days=st.one_of(st.none(), st.integers(1, 999)),
    owner=st.one_of(st.just(""), WORD),
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(SPECS)
def test_what_is_written_reads_as_it_was(tmp_path_factory: pytest.TempPathFactory, declared: SourceSpec) -> None:
    (found,) = read_sources(written(tmp_path_factory.mktemp("d"), source_yaml(declared)), STANDARD, tables=("t",))
    assert replace(found, origin=Origin()) == declared
