"""Files: columns, hashes, differences, proof, and what happens when a disk is full or a process dies in the middle."""

from __future__ import annotations

import csv
import errno
import hashlib
import hmac
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.destinations.subjects import KEY, NOW, SECRETS, phone
from tools.destinations.file import FileFolder, cell
from tools.destinations.spec_file import specs_of
from tools.destinations.specs import Column, FileSpec
from tools.destinations.types import Fate, Message, Receipt, message_id


def folder(path: Path, **more: object) -> FileFolder:
    return FileFolder(spec(path, **more), secrets=SECRETS, clock=lambda: NOW)


def spec(path: Path, **more: object) -> FileSpec:
    entry = {
        "name": "files",
        "kind": "file",
        "folder": str(path),
        "columns": [{"from": "field:member_no", "as": "会员号"}, {"from": "address", "as": "phone", "hash": "none"}],
        **more,
    }
    (found,) = specs_of(json.dumps({"destinations": [entry]}))
    assert isinstance(found, FileSpec)
    return found


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def of_campaign(campaign: str, *numbers: int) -> list[Message]:
    return [replace(phone(n), id=message_id(campaign, n), campaign=campaign) for n in numbers]


def fates(receipts: tuple[Receipt, ...]) -> set[Fate]:
    return {one.fate for one in receipts}


def test_rows_manifest_and_proof(tmp_path: Path) -> None:
    receipts = folder(tmp_path).send(of_campaign("c1", 2, 1))
    assert {one.reference for one in receipts} == {"files.000001.csv"}
    file = tmp_path / "files.000001.csv"
    assert rows(file) == [["会员号", "phone"], ["M00002", "13800000002"], ["M00001", "13800000001"]]
    manifest = json.loads((tmp_path / "files.000001.manifest.json").read_text(encoding="utf-8"))
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (manifest["people"], manifest["rows"], manifest["campaign"], manifest["file"]) == (2, 2, "c1", file.name)
    assert manifest["columns"][1] == {"name": "phone", "from": "address", "hash": "none", "demanded_by": ""}
    assert "in the clear" in manifest["hashing"][0]["en"]


def test_cells_are_never_formulas(tmp_path: Path) -> None:
    columns = [{"from": "field:level", "as": "level"}, {"from": "body", "as": "text"}]
    message = replace(phone(1), body="+1\tsum", fields={"level": '=HYPERLINK("http://x")'})
    folder(tmp_path, columns=columns).send([message])
    assert rows(tmp_path / "files.000001.csv")[1] == ['\'=HYPERLINK("http://x")', "'+1\tsum"]


def test_the_address_is_hashed_with_a_key_unless_told_otherwise(tmp_path: Path) -> None:
    folder(tmp_path, columns=[{"from": "address", "as": "phone"}], key="env:KEY").send(of_campaign("c1", 1))
    expected = hmac.new(KEY.encode(), b"13800000001", hashlib.sha256).hexdigest()
    assert rows(tmp_path / "files.000001.csv")[1] == [expected]


def test_plain_hashes_need_somebody_who_demands_them_and_it_is_said(tmp_path: Path) -> None:
    from semantic_layer.errors import DataError

    with pytest.raises(DataError, match="demanded_by"):
        spec(tmp_path, columns=[{"from": "address", "as": "phone", "hash": "sha256"}])
    columns = [{"from": "address", "as": "phone", "hash": "md5", "demanded_by": "广告平台", "normalise": "phone"}]
    out = folder(tmp_path, columns=columns)
    out.send([replace(phone(1), address="+86 138-0000-0001")])
    assert rows(tmp_path / "files.000001.csv")[1] == [hashlib.md5(b"13800000001").hexdigest()]
    said = json.loads((tmp_path / "files.000001.manifest.json").read_text(encoding="utf-8"))["hashing"][0]
    assert "广告平台" in said["zh"]
    assert "undone in minutes" in out.preview(of_campaign("c1", 1)) or "还原" in out.preview(of_campaign("c1", 1))


@pytest.mark.parametrize(
    ("how", "given", "expected"),
    [
        ("phone", "+86 138 0000 0001", "13800000001"),
        ("phone", "8613800000001", "13800000001"),
        ("phone", "138-0000-0001", "13800000001"),
        ("phone", "8612345678", "8612345678"),
        ("email", " Ann@Example.COM ", "ann@example.com"),
        ("none", " Ann ", " Ann "),
    ],
)
def test_normalising(how: str, given: str, expected: str) -> None:
    column = Column.model_validate({"from": "address", "as": "a", "hash": "none", "normalise": how})
    assert cell(replace(phone(1), address=given), column, b"") == expected


def test_a_key_that_is_missing_is_said_when_settings_are_read(tmp_path: Path) -> None:
    from semantic_layer.errors import DataError

    with pytest.raises(DataError, match="key must say where it is"):
        spec(tmp_path, columns=[{"from": "address", "as": "phone"}])
    out = folder(tmp_path, columns=[{"from": "address", "as": "phone"}], key="env:NOWHERE")
    assert "NOWHERE" in out.check()[0].en
    (receipt,) = out.send(of_campaign("c1", 1))
    assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)
    assert list(tmp_path.iterdir()) == [tmp_path / ".files.lock"]


def test_only_what_changed_since_the_last_delivery(tmp_path: Path) -> None:
    out = folder(tmp_path, only="changes", language="en")
    assert fates(out.send(of_campaign("c1", 1, 2, 3))) == {Fate.ACCEPTED}
    assert [row[0] for row in rows(tmp_path / "files.000001.csv")] == ["change", "added", "added", "added"]

    moved = [replace(one, address="13911111111") if one.key == 3 else one for one in of_campaign("c2", 2, 3, 4)]
    out.send(moved)
    assert rows(tmp_path / "files.000002.csv")[1:] == [
        ["removed", "M00001", "13800000001"],
        ["removed", "M00003", "13800000003"],
        ["added", "M00003", "13911111111"],
        ["added", "M00004", "13800000004"],
    ]
    out.send(of_campaign("c3", 4))
    assert [row[:2] for row in rows(tmp_path / "files.000003.csv")[1:]] == [
        ["removed", "M00002"],
        ["removed", "M00003"],
    ]


def test_later_batches_of_a_campaign_extend_its_list(tmp_path: Path) -> None:
    out = folder(tmp_path, only="changes", language="en")
    out.send(of_campaign("c1", 1, 2))
    out.send(of_campaign("c1", 3))
    assert rows(tmp_path / "files.000002.csv")[1:] == [["added", "M00003", "13800000003"]]
    out.send(of_campaign("c2", 1, 2, 3, 4))
    assert rows(tmp_path / "files.000003.csv")[1:] == [["added", "M00004", "13800000004"]]


def test_other_columns_mean_a_whole_new_list(tmp_path: Path) -> None:
    folder(tmp_path, only="changes").send(of_campaign("c1", 1))
    columns = [{"from": "field:member_no", "as": "no"}]
    folder(tmp_path, only="changes", language="en", columns=columns).send(of_campaign("c2", 1))
    assert rows(tmp_path / "files.000002.csv") == [["change", "no"], ["added", "M00001"]]


def test_a_record_that_was_changed_stops_the_next_delivery(tmp_path: Path) -> None:
    out = folder(tmp_path, only="changes")
    out.send(of_campaign("c1", 1))
    roster = tmp_path / ".files.000001.roster.jsonl"
    roster.write_text(roster.read_text(encoding="utf-8").replace("M00001", "M00002"), encoding="utf-8")
    (receipt,) = out.send(of_campaign("c2", 1))
    assert receipt.down
    assert "roster" in receipt.why.en
    assert "roster" in out.check()[0].en
    assert not (tmp_path / "files.000002.csv").exists()


def test_who_died_before_the_manifest_delivers_again_under_the_same_number(tmp_path: Path) -> None:
    out = folder(tmp_path, only="changes", language="en")
    out.send(of_campaign("c1", 1))
    (tmp_path / "files.000001.manifest.json").unlink()
    (receipt,) = out.send(of_campaign("c1", 1))
    assert receipt.reference == "files.000001.csv"
    assert rows(tmp_path / "files.000001.csv")[1:] == [["added", "M00001", "13800000001"]]


def test_a_list_of_whole_files_keeps_no_second_copy_of_addresses(tmp_path: Path) -> None:
    folder(tmp_path).send(of_campaign("c1", 1))
    assert "13800000001" not in (tmp_path / ".files.000001.roster.jsonl").read_text(encoding="utf-8")


class Full(io.BytesIO):
    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, ending: str) -> None:
    out = FileFolder(spec(tmp_path, format=ending), secrets=SECRETS, clock=lambda: NOW, open_file=lambda _: Full())
    (receipt,) = out.send(of_campaign("c1", 1))
    assert (receipt.fate, receipt.down) == (Fate.AGAIN, True)
    assert "No space left" in receipt.why.en
    assert [path.name for path in tmp_path.iterdir()] == [".files.lock"]
    assert fates(folder(tmp_path, format=ending).send(of_campaign("c1", 1))) == {Fate.ACCEPTED}


def test_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    columns = [{"from": "field:level", "as": "level"}, {"from": "address", "as": "phone"}]
    folder(tmp_path, format="xlsx", columns=columns, key="env:KEY", language="en").send(of_campaign("c1", 1))
    book = openpyxl.load_workbook(tmp_path / "files.000001.xlsx")
    data, about = book["Data"], book["About"]
    assert [one.value for one in data[1]] == ["level", "phone"]
    assert (data["A2"].value, data["A2"].data_type) == ("=金卡", "s")
    assert "HMAC-SHA256" in about["B1"].value


@pytest.mark.slow
@pytest.mark.parametrize("only", ["all", "changes"])
def test_a_hundred_thousand_rows(tmp_path: Path, only: str) -> None:
    out = folder(tmp_path, only=only)
    first = [phone(number) for number in range(100_000)]
    assert fates(out.send(first)) == {Fate.ACCEPTED}
    assert len(rows(tmp_path / "files.000001.csv")) == 100_001
    out.send(of_campaign("c2", *range(500, 100_500)))
    assert len(rows(tmp_path / "files.000002.csv")) == (100_001 if only == "all" else 1_001)
