"""Each row of a source lands once, as it was found; versions that give way are kept, and a load that stops goes on."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pyarrow as pa
import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.landing.parts import watermark_of
from semantic_layer.ingestion.landing.runs import LoadState, history
from semantic_layer.ingestion.sources.port import BadRow, Chunk, Part, ReplacedError, ScriptedSource, SourceColumn
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.ingestion.warehouse import ClaimedError, Warehouse
from semantic_layer.model.types import ColumnType
from tests.semantic_layer.ingestion.landing.scene import Scene, counts, script, spec


def test_rows_land_as_they_were_found_in_their_order_with_their_place(scene: Scene) -> None:
    load = scene.land(spec(key=()), script("no name", {"a.csv": ["7 张伟", "3 -", "7 张伟"], "b.csv": ["1 李娜"]}))
    assert load.state is LoadState.DONE
    assert counts(load) == (4, 4, 0, 0, 0)
    assert load.files == 2
    assert scene.raw(columns="_row, _place, _load, no, name") == [
        ("a.csv:1", "a.csv:1", 1, "7", "张伟"),
        ("a.csv:2", "a.csv:2", 1, "3", None),
        ("a.csv:3", "a.csv:3", 1, "7", "张伟"),
        ("b.csv:1", "b.csv:1", 1, "1", "李娜"),
    ]
    hashes = [row[0] for row in scene.raw(columns="_hash")]
    assert hashes[0] == hashes[2]
    assert len(set(hashes)) == 3


def test_what_was_read_is_not_read_again(scene: Scene) -> None:
    source = script("no name", {"a.csv": ["1 a", "2 b"]})
    scene.land(spec(), source)
    before = scene.raw()
    again = scene.land(spec(), source)
    assert (again.state, counts(again), again.files) == (LoadState.DONE, (0, 0, 0, 0, 0), 0)
    assert scene.raw() == before


def test_a_key_tells_new_changed_and_same_rows_apart_and_the_older_version_is_kept(scene: Scene) -> None:
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "2 b", "3 c"]}))
    load = scene.land(spec(), script("no name", {"a.csv": ["1 a", "2 b", "3 c"], "b.csv": ["2 B", "3 c", "4 d"]}))
    assert counts(load) == (3, 1, 1, 1, 0)
    assert scene.raw(columns="_row, _place, _load, name") == [
        ("1", "a.csv:1", 1, "a"),
        ("2", "b.csv:1", 2, "B"),
        ("3", "a.csv:3", 1, "c"),
        ("4", "b.csv:3", 2, "d"),
    ]
    kept = scene.rows("SELECT source, row, place, load, body, replaced_by, why FROM work.raw_history")
    assert kept == [("crm", "2", "a.csv:2", 1, '{"no":"2","name":"b"}', 2, "changed")]


def test_a_key_of_several_columns(scene: Scene) -> None:
    scene.land(spec(key=("order", "line")), script("order line sku", {"a.csv": ["A 1 x", "A 2 y", "B 1 z"]}))
    assert scene.raw(columns="_row") == [("A\x1f1",), ("A\x1f2",), ("B\x1f1",)]


@pytest.mark.parametrize("chunk", [1, 2, 10])
def test_of_rows_with_one_key_the_last_counts_and_the_others_wait(scene: Scene, chunk: int) -> None:
    load = scene.land(spec(), script("no name", {"a.csv": ["1 a", "1 A", "2 b", "2 b", "1 x"]}, chunk=chunk))
    assert scene.raw(columns="no, name, _place") == [("1", "x", "a.csv:5"), ("2", "b", "a.csv:3")]
    waiting = scene.rows("SELECT row, place, rule, value, held FROM work.quarantine ORDER BY place")
    assert waiting == [
        ("1", "a.csv:1", "duplicate_key", '{"no":"1","name":"a"}', False),
        ("1", "a.csv:2", "duplicate_key", '{"no":"1","name":"A"}', False),
    ]
    assert counts(load) == (5, 2, 2, 1, 2)
    assert scene.rows("SELECT count(*) FROM work.raw_history") == [(0,)]


def test_a_double_that_was_there_before_the_load_is_noticed_too(scene: Scene) -> None:
    scene.land(spec(), script("no name", {"a.csv": ["1 a"]}))
    scene.land(spec(), script("no name", {"a.csv": ["1 a"], "b.csv": ["1 a", "2 b", "1 A"]}, chunk=1))
    assert scene.raw(columns="no, name") == [("1", "A"), ("2", "b")]
    assert scene.rows("SELECT row, rule, value FROM work.quarantine") == [
        ("1", "duplicate_key", '{"no":"1","name":"a"}')
    ]


def test_rows_without_a_key_and_rows_that_cannot_be_read_wait_whole(scene: Scene) -> None:
    bad = BadRow(place="a.csv:9", text="1,2,3", reason=Text("列太多", "too many cells"), remedy=Text("改", "mend"))
    load = scene.land(spec(), script("no name", {"a.csv": ["1 a", "- b"]}, bad={"a.csv": [bad]}))
    assert counts(load) == (3, 1, 0, 0, 2)
    assert scene.raw(columns="no") == [("1",)]
    waiting = scene.rows("SELECT row, rule, value, reason_en, held, load FROM work.quarantine ORDER BY rule")
    assert waiting == [
        (
            "a.csv:2",
            "no_key",
            '{"no":null,"name":"b"}',
            "The key column is empty, so nothing tells which row this is.",
            True,
            1,
        ),
        ("a.csv:9", "unreadable", "1,2,3", "too many cells", True, 1),
    ]


def test_a_file_that_was_replaced_gives_its_rows_once(scene: Scene) -> None:
    first = script("no name", {"a.csv": ["1 a", "2 b", "3 c"]}, fingerprints={"a.csv": "one"})
    second = script("no name", {"a.csv": ["1 a", "3 C"]}, fingerprints={"a.csv": "two"})
    scene.land(spec(), first)
    load = scene.land(spec(), second)
    assert counts(load) == (2, 0, 2, 1, 0)
    assert scene.raw(columns="no, name") == [("1", "a"), ("3", "C")]
    assert sorted(scene.rows("SELECT row, why FROM work.raw_history")) == [("2", "gone"), ("3", "changed")]


def test_a_file_without_a_key_that_was_replaced_gives_its_lines_once(scene: Scene) -> None:
    scene.land(spec(key=()), script("name", {"a.csv": ["a", "b", "c"]}, fingerprints={"a.csv": "one"}))
    scene.land(spec(key=()), script("name", {"a.csv": ["a", "x"]}, fingerprints={"a.csv": "two"}))
    assert scene.raw(columns="_row, name") == [("a.csv:1", "a"), ("a.csv:2", "x")]


def test_a_file_that_grew_at_its_end_changes_nothing_that_was_there(scene: Scene) -> None:
    scene.land(spec(key=()), script("name", {"a.csv": ["a", "b"]}, fingerprints={"a.csv": "one"}))
    before = scene.raw()
    load = scene.land(spec(key=()), script("name", {"a.csv": ["a", "b", "c"]}, fingerprints={"a.csv": "two"}))
    assert counts(load) == (3, 1, 0, 2, 0)
    assert scene.raw()[:2] == before
    assert len(scene.raw()) == 3


def test_a_row_of_two_files_stays_when_one_of_them_loses_it(scene: Scene) -> None:
    both = {"a.csv": ["1 a", "2 b"], "b.csv": ["2 b", "3 c"]}
    scene.land(spec(), script("no name", both))
    scene.land(spec(), script("no name", {**both, "a.csv": ["1 a"]}, fingerprints={"a.csv": "two"}))
    assert scene.raw(columns="no, name") == [("1", "a"), ("2", "b"), ("3", "c")]
    scene.land(
        spec(), script("no name", {"a.csv": ["1 a"], "b.csv": ["3 c"]}, fingerprints={"a.csv": "two", "b.csv": "two b"})
    )
    assert scene.raw(columns="no, name") == [("1", "a"), ("3", "c")]


def test_an_older_file_that_was_only_touched_brings_nothing_back(scene: Scene) -> None:
    rows = {"a.csv": ["1 old"], "b.csv": ["1 new"]}
    scene.land(spec(), script("no name", {"a.csv": ["1 old"]}))
    scene.land(spec(), script("no name", rows))
    scene.land(spec(), script("no name", rows, fingerprints={"a.csv": "touched"}))
    assert scene.raw(columns="no, name") == [("1", "new")]


def test_a_file_that_moved_keeps_its_rows_and_its_old_name_begins_anew(scene: Scene) -> None:
    scene.land(spec(key=()), script("name", {"app.log": ["a", "b"]}, fingerprints={"app.log": "one"}))
    turned = script(
        "name", {"app.log": ["c"], "app.log.1": ["a", "b"]}, fingerprints={"app.log": "two", "app.log.1": "one"}
    )
    scene.land(spec(key=()), turned)
    assert sorted(scene.raw(columns="_row, name")) == [("app.log.1:1", "a"), ("app.log.1:2", "b"), ("app.log:1", "c")]


def test_a_copy_of_a_file_does_not_land_twice_and_sheets_of_a_book_are_no_copies(scene: Scene) -> None:
    same = {"a.csv": "one", "copy.csv": "one"}
    scene.land(spec(key=()), script("name", {"a.csv": ["a"], "copy.csv": ["a"]}, fingerprints=same))
    assert scene.raw(columns="_row") == [("a.csv:1",)]
    sheets = {"b.xlsx#north": ["a"], "b.xlsx#south": ["b"]}
    scene.land(spec("book", key=()), script("name", sheets, fingerprints=dict.fromkeys(sheets, "one")))
    assert scene.raw("book", columns="name") == [("a",), ("b",)]


def test_of_a_table_with_a_watermark_only_what_came_since_is_read(scene: Scene) -> None:
    table = spec(kind=SourceKind.POSTGRESQL, watermark="seen_at")
    live = {"fingerprints": {"orders": ""}, "watermark": "seen_at"}
    assert scene.do(lambda connection: watermark_of(connection, "crm")) == ""
    scene.land(table, script("no seen_at", {"orders": ["1 10", "2 11"]}, **live))
    assert scene.do(lambda connection: watermark_of(connection, "crm")) == "11"
    load = scene.land(table, script("no seen_at", {"orders": ["2 11", "3 12"]}, **live))
    assert counts(load) == (2, 1, 0, 1, 0)
    assert scene.raw(columns="_row, _place, seen_at") == [
        ("1", "orders", "10"),
        ("2", "orders", "11"),
        ("3", "orders", "12"),
    ]


def test_a_row_of_a_table_that_was_changed_while_it_was_read_is_no_double(scene: Scene) -> None:
    table = spec(kind=SourceKind.POSTGRESQL, watermark="seen_at")
    for chunk in (1, 5):
        name = f"crm{chunk}"
        rows = {"orders": ["1 10", "2 11", "1 12"]}
        load = scene.land(replace(table, name=name), script("no seen_at", rows, watermark="seen_at", chunk=chunk))
        assert counts(load) == (3, 2, 1, 0, 0)
        assert scene.raw(name, columns="no, seen_at") == [("1", "12"), ("2", "11")]
        kept = scene.rows("SELECT row, body FROM work.raw_history WHERE source = ?", [name])
        assert kept == [("1", '{"no":"1","seen_at":"10"}')]


def test_a_watermark_without_a_key_is_refused(scene: Scene) -> None:
    table = spec(kind=SourceKind.POSTGRESQL, watermark="seen_at", key=())
    load = scene.land(table, script("no seen_at", {"orders": ["1 10"]}, watermark="seen_at"))
    assert load.state is LoadState.FAILED
    assert "key" in load.why.en
    assert scene.raw() == []


def test_a_table_without_a_watermark_is_as_the_source_is_now(scene: Scene) -> None:
    table = spec(kind=SourceKind.MYSQL)
    scene.land(table, script("no name", {"members": ["1 a", "2 b"]}, fingerprints={"members": ""}))
    load = scene.land(table, script("no name", {"members": ["2 B", "3 c"]}, fingerprints={"members": ""}))
    assert counts(load) == (2, 1, 2, 0, 0)
    assert scene.raw(columns="no, name") == [("2", "B"), ("3", "c")]


@pytest.mark.parametrize("watermark", ["", "seen_at"])
def test_a_row_of_a_table_without_a_key_waits_once_however_often_it_is_read(scene: Scene, watermark: str) -> None:
    table = spec(kind=SourceKind.MYSQL, watermark=watermark)
    for _ in range(2):
        live = script("no seen_at", {"members": ["- 9", "1 10"]}, fingerprints={"members": ""}, watermark=watermark)
        scene.land(table, live)
    assert scene.rows("SELECT row, rule FROM work.quarantine WHERE settled_at IS NULL") == [("members:1", "no_key")]


def test_a_part_that_breaks_off_leaves_the_others_alone_and_is_read_on_later(scene: Scene) -> None:
    rows = {"a.csv": ["1 a", "2 b", "3 c", "4 d"], "b.csv": ["5 e"]}
    load = scene.land(spec(), script("no name", rows, fails_after=("a.csv", 2), chunk=2))
    assert load.state is LoadState.FAILED
    assert "a.csv" in load.why.en
    assert load.message.zh.startswith("导入没有完成")
    assert [row[0] for row in scene.raw(columns="no")] == ["1", "2", "5"]
    after = scene.land(spec(), script("no name", rows))
    assert (after.number, after.state, counts(after)) == (2, LoadState.DONE, (2, 2, 0, 0, 0))
    assert sorted(row[0] for row in scene.raw(columns="no")) == ["1", "2", "3", "4", "5"]


class Replaced(ScriptedSource):
    """A file that somebody writes anew while it is read."""

    def read(self, part, *, after=""):
        chunks = super().read(part, after=after)
        yield next(chunks)
        raise ReplacedError(Text("被替换", "It was replaced"))


def test_a_file_that_is_replaced_while_it_is_read_is_read_anew(scene: Scene) -> None:
    torn = scene.land(spec(), Replaced(["no", "name"], {"a.csv": [["1", "a"], ["2", "b"], ["3", "c"]]}))
    assert (torn.state, torn.why.en) == (LoadState.FAILED, "It was replaced")
    scene.land(spec(), script("no name", {"a.csv": ["2 B", "4 d"]}, fingerprints={"a.csv": "two"}))
    assert scene.raw(columns="no, name") == [("2", "B"), ("4", "d")]


class Vanished(ScriptedSource):
    def parts(self):
        raise DataError(Text("找不到", "Nothing is there"))


def test_a_source_that_vanished_says_so_and_loses_nothing(scene: Scene) -> None:
    scene.land(spec(), script("no name", {"a.csv": ["1 a"]}))
    load = scene.land(spec(), Vanished(["no"], {}))
    assert (load.state, load.why.en) == (LoadState.FAILED, "Nothing is there")
    assert len(scene.raw()) == 1


def test_cancel_keeps_what_was_read_and_says_so(scene: Scene) -> None:
    cancel = Cancel()
    source = script("no name", {"a.csv": ["1 a", "2 b", "3 c"]}, chunk=1)

    class Pressing(ScriptedSource):
        def columns(self, part):
            return source.columns(part)

        def parts(self):
            return source.parts()

        def read(self, part, *, after=""):
            for number, chunk in enumerate(source.read(part, after=after)):
                if number == 1:
                    cancel.press()
                yield chunk

    load = scene.land(spec(), Pressing([], {}), cancel=cancel)
    assert load.state is LoadState.FAILED
    assert "Stopped as asked" in load.why.en
    assert [row[0] for row in scene.raw(columns="no")] == ["1", "2"]
    assert counts(scene.land(spec(), source)) == (1, 1, 0, 0, 0)


def test_progress_tells_rows_and_how_much_of_all_is_done(scene: Scene) -> None:
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "2 b", "3 c"], "b.csv": ["4 d"]}, chunk=2))
    assert scene.told[0][0] == "a.csv · 2"
    assert [told[0] for told in scene.told] == ["a.csv · 2", "a.csv · 3", "b.csv · 1", "crm"]
    assert all(0 <= done <= all_ == 4 for _, done, all_ in scene.told)
    assert scene.told[-1] == ("crm", 4, 4)


class Waits(ScriptedSource):
    """A source that is read when the test lets it."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        self.begun, self.go = threading.Event(), threading.Event()

    def read(self, part, *, after=""):
        self.begun.set()
        assert self.go.wait(20)
        yield from super().read(part, after=after)


def test_two_loads_of_one_source_are_refused_and_of_two_sources_are_not(scene: Scene) -> None:
    slow = Waits(["no"], {"a.csv": [["1"], ["2"]]})
    thread = threading.Thread(target=lambda: scene.land(spec(), slow, by="ben"))
    thread.start()
    assert slow.begun.wait(20)
    with pytest.raises(ClaimedError) as refused:
        scene.land(spec(), script("no", {"a.csv": ["1"]}))
    assert "'ben'" in refused.value.message.en
    assert "2026-11-02 09:00" in refused.value.message.zh
    assert scene.land(spec("other"), script("no", {"x.csv": ["9"]})).state is LoadState.DONE
    with scene.warehouse.reading() as connection:
        assert [one.state.value for one in history(connection, running=scene.warehouse.claims)] == ["done", "running"]
    slow.go.set()
    thread.join(20)
    assert len(scene.raw()) == 2
    assert scene.warehouse.claims == {}


def test_headers_that_differ_in_case_or_are_ours_get_columns_of_their_own(scene: Scene) -> None:
    source = ScriptedSource(["no", "Name", "name", "_row", 'a "b"; --'], {"a.csv": [["1", "x", "y", "z", "w"]]})
    scene.land(spec(), source)
    columns = scene.rows("SELECT column_name FROM duckdb_columns() WHERE schema_name = 'raw' ORDER BY column_index")
    assert [name for (name,) in columns][4:] == ["no", "Name", "name (2)", "_row (2)", 'a "b"; --']
    assert scene.raw()[0][4:] == ("1", "x", "y", "z", "w")


@pytest.mark.slow
def test_three_hundred_columns(scene: Scene) -> None:
    names = [f"c{number}" for number in range(300)]
    source = ScriptedSource(["no", *names], {"a.csv": [["1", *names], ["2", *names]]})
    scene.land(spec(), source)
    load = scene.land(
        spec(),
        ScriptedSource(
            ["no", *names], {"a.csv": [["1", *names], ["2", *names[:-1], "x"]]}, fingerprints={"a.csv": "2"}
        ),
    )
    assert counts(load) == (2, 0, 1, 1, 0)
    assert scene.raw()[1][-1] == "x"


class Records(ScriptedSource):
    """Records whose fields come and go."""

    def parts(self):
        return [Part(name="a.json", fingerprint="one", size=2)]

    def columns(self, part):
        return (SourceColumn(name="no", type=ColumnType.STRING, examples=("1",)),)

    def read(self, part, *, after=""):
        yield Chunk(rows=pa.table({"no": ["1"]}), places=pa.array([1]), position="1")
        yield Chunk(rows=pa.table({"no": ["2"], "late": ["x"]}), places=pa.array([2]), position="2")
        yield Chunk(rows=pa.table({"no": pa.array([], pa.string())}), places=pa.array([], pa.int64()), position="3")


def test_a_field_that_comes_later_in_a_part_lands(scene: Scene) -> None:
    assert scene.land(spec(kind=SourceKind.JSON), Records([], {})).state is LoadState.DONE
    assert scene.raw(columns="no, late") == [("1", None), ("2", "x")]


def test_a_column_that_came_later_and_is_empty_changes_no_row(scene: Scene) -> None:
    scene.land(spec(), script("no name", {"a.csv": ["1 a", "2 b"]}))
    load = scene.land(spec(), script("no name more", {"a.csv": ["1 a -", "2 b x"]}, fingerprints={"a.csv": "two"}))
    assert counts(load) == (2, 0, 1, 1, 0)
    kept = scene.rows("SELECT body FROM work.raw_history")
    assert [json.loads(body) for (body,) in kept] == [{"no": "2", "name": "b", "more": None}]


def test_an_unforeseen_error_ends_the_load_and_is_raised(scene: Scene) -> None:
    class Broken(ScriptedSource):
        def read(self, part, *, after=""):
            yield from list(super().read(part, after=after))[:1]
            raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        scene.land(spec(), Broken(["no"], {"a.csv": [["1"], ["2"], ["3"]]}))
    assert scene.rows("SELECT state, rows_read FROM work.loads") == [("failed", 2)]
    assert counts(scene.land(spec(), script("no", {"a.csv": ["1", "2", "3"]}))) == (1, 1, 0, 0, 0)


def test_an_interrupted_load_goes_on_under_its_number(scene: Scene) -> None:
    rows = {"a.csv": ["1 a", "2 b", "1 A", "3 c"]}

    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    source = script("no name", rows, chunk=1)
    with pytest.raises(Killed):
        _land_and_die(scene, source, kill)
    with scene.warehouse.reading() as connection:
        (seen,) = history(connection, running=scene.warehouse.claims)
    assert (seen.state, seen.ended_at) == (LoadState.INTERRUPTED, None)
    load = scene.land(spec(), source)
    assert (load.number, load.state, counts(load)) == (1, LoadState.DONE, (4, 3, 1, 0, 1))
    assert scene.rows("SELECT row, value FROM work.quarantine") == [("1", '{"no":"1","name":"a"}')]


def _land_and_die(scene: Scene, source: ScriptedSource, kill) -> None:
    """As a process that ends between two chunks: nothing is written down after that."""
    from semantic_layer.ingestion.landing.loading import _Landing

    landing = _Landing(
        scene.warehouse,
        spec(),
        source,
        scene.clock,
        lambda *told: kill() if told[0].endswith("· 2") else None,
        Cancel(),
    )
    landing._end = lambda *given: None
    landing.run()


def test_another_process_is_told_that_the_file_is_in_use(scene: Scene, tmp_path) -> None:
    import subprocess
    import sys

    with scene.warehouse.writing():
        program = (
            "import sys; from pathlib import Path\n"
            "from semantic_layer.errors import DataError\n"
            "from semantic_layer.ingestion.warehouse import Warehouse\n"
            "try:\n"
            "    with Warehouse(Path(sys.argv[1])).writing(): pass\n"
            "except DataError as error: print(error.message.en)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(scene.warehouse.path)], capture_output=True, text=True, check=True
        )
    assert done.stdout.startswith("Another program is loading this data")


def test_a_damaged_warehouse_is_named_and_not_touched(tmp_path) -> None:
    path = tmp_path / "retail.duckdb"
    path.write_bytes(b"nonsense" * 4096)
    with pytest.raises(DataError, match="cannot be opened"), Warehouse(path).writing():
        pass
    assert path.read_bytes()[:8] == b"nonsense"
