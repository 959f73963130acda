"""Text files as companies export them: every oracle is written by hand beside the bytes of the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources import csv_files
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.types import ColumnMapping, SourceKind
from tests.semantic_layer.ingestion.sources.conftest import rows_of, spec


def source(folder: Path, content: bytes | str, name: str = "a.csv", **given: object):
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return open_source(spec(SourceKind.CSV, name, **given), folder, variables={})


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"])
def test_encoding_delimiter_and_header_are_found(folder: Path, delimiter: str, encoding: str) -> None:
    lines = [["会员号", "姓名", "城市"], ["M1", "张三", "上海"], ["M2", "李四", "成都"]]
    text = "".join(delimiter.join(line) + "\r\n" for line in lines)
    rows, places, bad = rows_of(source(folder, text.encode(encoding)))
    assert rows == [
        {"会员号": "M1", "姓名": "张三", "城市": "上海"},
        {"会员号": "M2", "姓名": "李四", "城市": "成都"},
    ]
    assert (places, bad) == ([2, 3], [])


@pytest.mark.parametrize("encoding", ["cp1252", "shift_jis", "big5"])
def test_other_encodings_are_read_when_they_are_declared(folder: Path, encoding: str) -> None:
    name = {"cp1252": "Müller", "shift_jis": "山田", "big5": "陳大文"}[encoding]
    rows, _, _ = rows_of(source(folder, f"id,name\n1,{name}\n".encode(encoding), encoding=encoding))
    assert rows == [{"id": "1", "name": name}]


def test_western_text_is_not_taken_for_chinese(folder: Path) -> None:
    text = "id,name\n" + "".join(
        f"{i},{name}\n" for i, name in enumerate(["Müller", "Véronique", "Señor Peña", "Größe"])
    )
    rows, _, _ = rows_of(source(folder, text.encode("cp1252")))
    assert [row["name"] for row in rows] == ["Müller", "Véronique", "Señor Peña", "Größe"]


def test_two_encodings_in_one_file_are_read_line_by_line(folder: Path) -> None:
    content = (
        "编号,姓名\n1,张三\n".encode() + "2,欧阳娜娜\n3,李四\n".encode("gbk") + "4,王五\n".encode() + b"5,\xff\xfe\xff\n"
        + "6,赵六\n".encode()
    )  # fmt: skip
    rows, places, bad = rows_of(source(folder, content))
    assert [(row["编号"], row["姓名"]) for row in rows] == [
        ("1", "张三"), ("2", "欧阳娜娜"), ("3", "李四"), ("4", "王五"), ("6", "赵六"),
    ]  # fmt: skip
    assert places == [2, 3, 4, 5, 7]
    assert [(row.place, row.text) for row in bad] == [("a.csv:6", "5,\\xff\\xfe\\xff")]
    assert "UTF-8" in bad[0].remedy.zh


def test_lines_in_utf8_inside_of_a_gbk_file_are_not_garbled(folder: Path) -> None:
    content = "编号,姓名\n1,张三丰\n2,周芷若\n3,赵敏\n".encode("gbk") + "4,小昭姑娘\n".encode()
    rows, _, bad = rows_of(source(folder, content))
    assert [row["姓名"] for row in rows] == ["张三丰", "周芷若", "赵敏", "小昭姑娘"]
    assert bad == []


def test_quoted_line_breaks_and_quotes_stay(folder: Path) -> None:
    content = '编号,备注,城市\n1,"第一行\n第二行, 有逗号 ""引号""",上海\n2,普通,北京\n3,5" 屏幕,广州\n'
    rows, places, bad = rows_of(source(folder, content))
    assert [row["备注"] for row in rows] == ['第一行\n第二行, 有逗号 "引号"', "普通", '5" 屏幕']
    assert (places, bad) == ([2, 4, 5], [])


def test_rows_that_are_too_short_or_too_long_wait_and_the_others_load(folder: Path) -> None:
    rows, places, bad = rows_of(source(folder, "a,b,c\n1,2,3\n4,5\n6,7,8,9\n\n10,11,12\n"))
    assert [row["a"] for row in rows] == ["1", "10"]
    assert places == [2, 6]
    assert [(row.place, row.text) for row in bad] == [("a.csv:3", "4,5"), ("a.csv:4", "6,7,8,9")]
    assert bad[0].reason.en == "It has 2 cells, and the header has 3 columns."


def test_a_quote_that_is_never_closed_holds_back_its_own_line_only(folder: Path) -> None:
    content = 'a,b\n1,x\n2,"y\n3,z\n4,"fine"\n5,w\n'
    rows, places, bad = rows_of(source(folder, content))
    assert [(row["a"], row["b"]) for row in rows] == [("1", "x"), ("3", "z"), ("4", "fine"), ("5", "w")]
    assert places == [2, 4, 5, 6]
    assert [(row.place, row.text) for row in bad] == [("a.csv:3", '2,"y')]


def test_a_quote_that_is_open_at_the_end(folder: Path) -> None:
    rows, _, bad = rows_of(source(folder, 'a,b\n1,x\n2,"y\n3,z\n'))
    assert [row["a"] for row in rows] == ["1", "3"]
    assert [row.place for row in bad] == ["a.csv:3"]


def test_a_title_above_the_header_is_passed_over(folder: Path) -> None:
    rows, places, _ = rows_of(source(folder, "会员导出 2024-01\n\n会员号,姓名,城市\nM1,张三,上海\nM2,李四,北京\n"))
    assert [row["会员号"] for row in rows] == ["M1", "M2"]
    assert places == [4, 5]


def test_a_file_without_a_header(folder: Path) -> None:
    content = "张三,13812345678,2024-01-05,女\n李四,13912345678,2024-01-06,男\n王五,13712345678,2024-01-07,女\n"
    rows, places, _ = rows_of(source(folder, content))
    assert rows[0] == {"column_1": "张三", "column_2": "13812345678", "column_3": "2024-01-05", "column_4": "女"}
    assert places == [1, 2, 3]


def test_files_that_were_put_together_repeat_their_header(folder: Path) -> None:
    rows, _, _ = rows_of(source(folder, "id,城市\n1,上海\nid,城市\n2,北京\n"))
    assert [row["id"] for row in rows] == ["1", "id", "2"]


def test_years_as_names_of_columns_make_a_header(folder: Path) -> None:
    rows, _, _ = rows_of(source(folder, "城市,2023,2024\n上海,105,110\n北京,99,98\n"))
    assert rows[0] == {"城市": "上海", "2023": "105", "2024": "110"}


def test_declared_names_settle_what_the_header_is(folder: Path) -> None:
    (folder / "a.csv").write_text("1,2\n1,x\n1,y\n")
    declared = spec(SourceKind.CSV, "a.csv")
    assert rows_of(open_source(declared, folder, variables={}))[0][0] == {"column_1": "1", "column_2": "2"}
    known = type(declared)(
        name="s",
        label=declared.label,
        kind=SourceKind.CSV,
        address="a.csv",
        columns=(ColumnMapping(column="1", field="x"),),
    )
    assert rows_of(open_source(known, folder, variables={}))[0] == [{"1": "1", "2": "x"}, {"1": "1", "2": "y"}]


def test_names_that_are_blank_or_twice_are_told_apart(folder: Path) -> None:
    assert list(rows_of(source(folder, "id,,备注,备注\n1,2,3,4\nx,y,z,w\n"))[0][0]) == [
        "id",
        "column_2",
        "备注",
        "备注 (2)",
    ]


def test_empty_cells_are_empty_and_nothing_is_trimmed(folder: Path) -> None:
    rows, _, _ = rows_of(source(folder, 'a,b,c\n, 2 ,""\n"NULL",NA,007\n'))
    assert [list(row.values()) for row in rows] == [["", " 2 ", ""], ["NULL", "NA", "007"]]


@pytest.mark.parametrize("content", ["a,b\r1,x\r2,y\r", "a,b\r\n1,x\r\n2,y", "a,b\n1,x\r\n2,y\n"])
def test_all_usual_line_breaks(folder: Path, content: str) -> None:
    rows, places, bad = rows_of(source(folder, content))
    assert [tuple(row.values()) for row in rows] == [("1", "x"), ("2", "y")]
    assert (places, bad) == ([2, 3], [])


def test_300_columns(folder: Path) -> None:
    names = [f"字段{i}" for i in range(300)]
    text = "\n".join([",".join(names), *(",".join(f"{row}.{i}" for i in range(300)) for row in range(50))])
    found = source(folder, text)
    rows, _, _ = rows_of(found)
    assert len(rows) == 50
    assert rows[49]["字段299"] == "49.299"
    assert len(found.columns(found.parts()[0])) == 300


def test_reading_goes_on_after_any_position(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In blocks of a few bytes, so that quoted line breaks and wide characters lie across their ends."""
    monkeypatch.setattr(csv_files, "BLOCK", 16)
    lines = [f'{i},"第{i}行\n{"长" * (i % 7)}",x' if i % 3 else f"{i},短,y" for i in range(24)]
    lines[15] = "15,坏"
    for encoding in ("utf-8", "gbk", "utf-16"):
        found = source(folder, ("号,文,z\n" + "\n".join(lines) + "\n").encode(encoding), delimiter=",")
        part = found.parts()[0]
        chunks = list(found.read(part))
        assert len(chunks) > 10
        whole = [row["号"] for chunk in chunks for row in chunk.rows.to_pylist()]
        assert whole == [str(i) for i in range(24) if i != 15]
        for at, chunk in enumerate(chunks):
            rest, _, bad = rows_of(found, part, after=chunk.position)
            before = [row["号"] for each in chunks[: at + 1] for row in each.rows.to_pylist()]
            assert before + [row["号"] for row in rest] == whole
            assert len(bad) + sum(len(each.bad) for each in chunks[: at + 1]) == 1


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8))
def test_what_a_writer_of_csv_writes_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, cells) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("k", "甲", "乙", "丙"), *(("r", *row) for row in cells)])
    found = source(tmp_path_factory.mktemp("csv"), text.getvalue(), delimiter=",", header=1, encoding="utf-8")
    rows, _, bad = rows_of(found)
    assert bad == []
    assert [tuple(row.values()) for row in rows] == [("r", *row) for row in cells]


@pytest.mark.parametrize(
    ("content", "given", "says"),
    [
        (b"", {}, "the file is empty"),
        (b"\xef\xbb\xbf\n\n", {}, "the file is empty"),
        ("会员号,姓名\n".encode(), {}, "there is a header and no row below it"),
        (b"a,b\n1,2\n", {"delimiter": ";"}, r"a.csv:1: the declared delimiter ';' .* parted by ','"),
        (b"a,b\n1,2\n", {"encoding": "utf9"}, "no encoding is called 'utf9'"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", {}, "not a text file"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(
    folder: Path, content: bytes, given: dict[str, str], says: str
) -> None:
    with pytest.raises(DataError, match=says) as caught:
        rows_of(source(folder, content, **given))
    assert "a.csv" in caught.value.message.zh
    assert "请" in caught.value.message.zh


@pytest.mark.parametrize("where", ["header", "data", "quoted"])
def test_a_line_without_end_is_an_error_and_not_a_full_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("semantic_layer.ingestion.sources.dialects.MOST_LINE", 1_000_000)
    monkeypatch.setattr(csv_files, "MOST_LINE", 1_000_000)
    monkeypatch.setattr(csv_files, "BLOCK", 100_000)
    start = {"header": b"", "data": b"a,b\n1,2\n3,", "quoted": b'a,b\n1,2\n3,"'}[where]
    line = {"header": 1, "data": 3, "quoted": 3}[where]
    with pytest.raises(DataError, match=rf"a.csv:{line}: this line has no end within 1 MB"):
        rows_of(source(folder, start + b"x" * 3_000_000))


def test_an_open_quote_does_not_swallow_a_large_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files, "MOST_LINE", 2_000)
    monkeypatch.setattr(csv_files, "BLOCK", 1_000)
    rows, _, bad = rows_of(source(folder, 'a,b\n0,"open\n' + "".join(f"{i},x\n" for i in range(1, 2000))))
    assert [int(row["a"] or "") for row in rows] == list(range(1, 2000))
    assert [row.place for row in bad] == ["a.csv:2"]


@pytest.mark.slow
def test_ten_gigabytes_of_one_line_end_in_bounded_memory(folder: Path) -> None:
    """The file has a hole instead of bytes on the disk; memory is measured in a process of its own."""
    import subprocess
    import sys

    with (folder / "a.csv").open("wb") as handle:
        handle.write(b"a,b\n1,2\n3,")
        handle.truncate(10_000_000_000)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from semantic_layer.errors import DataError\n"
        "from tests.semantic_layer.ingestion.sources.conftest import rows_of, spec\n"
        "from semantic_layer.ingestion.sources.opening import open_source\n"
        "from semantic_layer.ingestion.sources.types import SourceKind\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: rows_of(open_source(spec(SourceKind.CSV, 'a.csv', encoding='utf-8'), Path(sys.argv[1]), variables={}))\n"
        "except DataError as error: print(error.message.en)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    message, kilobytes = done.stdout.splitlines()
    assert message.startswith("a.csv:3: this line has no end within 16 MB")
    assert int(kilobytes) < 500_000


@pytest.mark.slow
def test_a_large_file_is_read_in_bounded_memory(folder: Path) -> None:
    import tracemalloc

    with (folder / "a.csv").open("w") as handle:
        handle.write("id,name,text\n")
        for start in range(0, 3_000_000, 1000):
            handle.write("".join(f"{i},张三{i},{'x' * 40}\n" for i in range(start, start + 1000)))
    found = open_source(spec(SourceKind.CSV, "a.csv"), folder, variables={})
    tracemalloc.start()
    count = 0
    for chunk in found.read(found.parts()[0]):
        assert chunk.rows.num_rows <= 50_000
        count += chunk.rows.num_rows
    assert count == 3_000_000
    assert tracemalloc.get_traced_memory()[1] < 150_000_000


def test_what_only_cleaning_can_judge_is_read_as_it_stands(folder: Path) -> None:
    """Numbers as text, days that do not exist, keys that stand twice: nothing is lost or mended here."""
    rows, _, bad = rows_of(source(folder, 'id,金额,日期\n1,"1,200.50元",2024-02-31\n1,N/A,20240231\n'))
    assert rows == [
        {"id": "1", "金额": "1,200.50元", "日期": "2024-02-31"},
        {"id": "1", "金额": "N/A", "日期": "20240231"},
    ]
    assert bad == []
