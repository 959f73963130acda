"""Files that come, go and change: what a source of files has to tell whoever takes its rows in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.port import ReplacedError
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.ingestion.sources.watching import changed_since, is_settled
from tests.semantic_layer.ingestion.sources.conftest import rows_of, spec


def monthly(folder: Path):
    for month in ("01", "02"):
        (folder / f"members_2024-{month}.csv").write_text(f"id,name\n{month},x\n{month}b,y\n")
    (folder / "~$members_2024-03.csv").write_text("lock")
    return spec(SourceKind.CSV, "members_*.csv")


def test_a_file_a_month_is_a_part_a_month(folder: Path) -> None:
    source = open_source(monthly(folder), folder, variables={})
    assert [part.name for part in source.parts()] == ["members_2024-01.csv", "members_2024-02.csv"]
    assert [rows_of(source, part)[0][0]["id"] for part in source.parts()] == ["01", "02"]


def test_a_fingerprint_changes_with_the_content_and_not_with_the_name_or_the_time(folder: Path) -> None:
    source = open_source(monthly(folder), folder, variables={})
    first, second = source.parts()
    (folder / "members_2024-03.csv").write_bytes((folder / first.name).read_bytes())
    os.utime(folder / first.name, (1, 1))
    (folder / second.name).write_text("id,name\n02,x\n02b,z\n")
    again, changed, copied = source.parts()
    assert again.fingerprint == first.fingerprint == copied.fingerprint
    assert changed.fingerprint != second.fingerprint
    assert changed.size == second.size


def test_a_source_that_vanishes_says_what_is_there(folder: Path) -> None:
    declared = monthly(folder)
    with pytest.raises(DataError, match=r"nothing is there. There are: members_2024-01.csv"):
        open_source(spec(SourceKind.CSV, "membres_*.csv"), folder, variables={}).parts()
    source = open_source(declared, folder, variables={})
    part = source.parts()[0]
    (folder / part.name).unlink()
    with pytest.raises(DataError, match=r"members_2024-01.csv: nothing is there"):
        rows_of(source, part)


def large(folder: Path, letter: str) -> None:
    (folder / "a.csv").write_text("id,v\n" + f"{letter},{'x' * 100}\n" * 100_000)


@pytest.mark.parametrize("how", ["renamed over", "written over", "grown", "gone"])
def test_a_file_that_changes_in_the_middle_is_noticed(folder: Path, how: str) -> None:
    large(folder, "a")
    source = open_source(spec(SourceKind.CSV, "a.csv"), folder, variables={})
    reading = source.read(source.parts()[0])
    next(reading)
    if how == "renamed over":
        (folder / "new.csv").write_text("id,v\nb,y\n")
        (folder / "new.csv").rename(folder / "a.csv")
    elif how == "written over":
        large(folder, "b")
    elif how == "grown":
        with (folder / "a.csv").open("a") as handle:
            handle.write("c,d\n")
    else:
        (folder / "a.csv").unlink()
    with pytest.raises(DataError) as caught:
        list(reading)
    assert isinstance(caught.value, ReplacedError) == (how != "gone")


def test_a_file_that_changed_since_it_was_listed_is_not_begun(folder: Path) -> None:
    large(folder, "a")
    source = open_source(spec(SourceKind.CSV, "a.csv"), folder, variables={})
    part = source.parts()[0]
    large(folder, "b")
    with pytest.raises(ReplacedError):
        next(source.read(part))


@pytest.mark.parametrize("address", ["/etc/passwd", "../a.csv", "x/../../a.csv"])
def test_no_file_outside_of_the_folder(folder: Path, address: str) -> None:
    (folder.parent / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="inside the folder"):
        open_source(spec(SourceKind.CSV, address), folder, variables={}).parts()


def test_a_watched_folder_gives_what_is_new_once_nobody_writes_to_it(folder: Path) -> None:
    declared = spec(SourceKind.CSV, "in/*.csv", watch=True)
    assert changed_since(folder, declared, {}) == ()
    (folder / "in").mkdir()
    (folder / "in" / "a.csv").write_text("a,b\n1,2\n")
    moved = (folder / "in" / "a.csv").stat().st_ctime
    assert changed_since(folder, declared, {}, clock=lambda: moved + 4) == ()
    (part,) = changed_since(folder, declared, {}, clock=lambda: moved + 6)
    assert part.name == "in/a.csv"
    assert changed_since(folder, declared, {part.name: part.fingerprint}, clock=lambda: moved + 6) == ()
    (folder / "in" / "a.csv").write_text("a,b\n1,2\n3,4\n")
    assert len(changed_since(folder, declared, {part.name: part.fingerprint}, clock=lambda: moved + 60)) == 1


def test_a_file_that_is_copied_with_its_old_time_waits_too(folder: Path) -> None:
    path = folder / "a.csv"
    path.write_text("a,b\n")
    os.utime(path, (1_000_000, 1_000_000))
    now = path.stat().st_ctime
    assert not is_settled(path, now + 1)
    assert is_settled(path, now + 6)
    assert is_settled(path, now - 3600), "a clock that went wrong once must not hold a file for ever"
    assert not is_settled(folder / "none.csv", now)
