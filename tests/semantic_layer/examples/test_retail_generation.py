"""The generator is a function of its arguments, its dirt is found by loading, and bad sources end in clear words."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic_layer.errors import DataError
from semantic_layer.examples.retail.company import Company
from semantic_layer.examples.retail.generate import FEWEST, generate, generate_clean
from semantic_layer.examples.retail.load import load
from semantic_layer.examples.retail.schema import TABLES
from semantic_layer.ingestion.report import label
from semantic_layer.ingestion.resolver import FixedResolver, TruthKeyResolver
from semantic_layer.ingestion.snapshot import build_snapshot


def silent(*_: object) -> None:
    """Progress for nobody."""


def fingerprints(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        generate(tmp_path / name, people=300, progress=silent)
    assert fingerprints(tmp_path / "one") == fingerprints(tmp_path / "other")


def test_another_seed_gives_other_people(tmp_path, tiny_sources):
    generate(tmp_path, people=300, seed=7, progress=silent)
    assert (tmp_path / "desk" / "tickets.csv").read_bytes() != (tiny_sources / "desk" / "tickets.csv").read_bytes()


def test_the_last_day_is_an_argument(tmp_path):
    generate(tmp_path / "sources", people=400, end=date(2025, 6, 30), progress=silent)
    target = tmp_path / "snapshot.duckdb"
    report = load(
        tmp_path / "sources", target, resolver=TruthKeyResolver(tmp_path / "sources" / "truth"), progress=silent
    )
    with duckdb.connect(str(target), read_only=True) as database:
        last = database.execute("SELECT max(ordered_at)::DATE FROM orders").fetchall()[0][0]
    assert report.as_of == date(2025, 6, 30)
    assert date(2025, 6, 20) < last <= date(2025, 6, 30)


@pytest.mark.parametrize(
    ("people", "end"), [(99, date(2026, 10, 31)), (100, date(2020, 1, 1)), (100, date(2050, 1, 1))]
)
def test_refuses_sizes_and_days_that_cannot_be(tmp_path, people, end):
    with pytest.raises(DataError) as refused:
        generate(tmp_path, people=people, end=end, progress=silent)
    assert str(people) in refused.value.message.zh
    assert str(people) in refused.value.message.en


def test_the_smallest_and_youngest_company_loads(tmp_path):
    generate(tmp_path / "s", people=FEWEST, end=date(2024, 7, 15), progress=silent)
    report = load(
        tmp_path / "s", tmp_path / "x.duckdb", resolver=TruthKeyResolver(tmp_path / "s" / "truth"), progress=silent
    )
    assert report.rows["customers"] == FEWEST
    assert report.rows["campaigns"] == 0


def test_loading_finds_exactly_the_dirt_that_was_planted(tiny):
    planted = json.loads((tiny.sources / "truth" / "dirt.json").read_text(encoding="utf-8"))
    found = {(each.source, each.kind.value): each.count for each in tiny.report.found}
    assert found == {(each["source"], each["kind"]): each["count"] for each in planted}
    assert len(found) > 20


def test_the_load_report_is_in_the_snapshot_and_speaks_both_languages(tiny):
    stored = tiny.rows("SELECT source, kind, found, label_zh, label_en FROM load_report")
    assert len(stored) == len(tiny.report.found)
    for each in tiny.report.found:
        assert (each.source, each.kind.value, each.count, label(each.kind).zh, label(each.kind).en) in stored
    assert "假手机号" in tiny.report.text("zh")
    assert "fake phone numbers" in tiny.report.text("en")


def test_the_truth_knows_whose_every_record_is(tiny):
    records = tiny.sources / "truth" / "records" / "*.parquet"
    known = dict(tiny.rows(f"SELECT source, count(*) FROM '{records}' GROUP BY source"))
    assert known["crm"] == tiny.report.rows["customers"]
    assert known["mall"] + known["pos"] == tiny.report.rows["orders"]
    assert known["app"] == tiny.report.rows["events"]
    assert known["desk"] == tiny.report.rows["tickets"]


def test_two_processes_write_the_same_bytes_as_one(tmp_path):
    company = Company(people=500, block=200)
    for processes in (1, 2):
        generate_clean(tmp_path / str(processes), company, progress=silent, processes=processes)
    assert fingerprints(tmp_path / "1") == fingerprints(tmp_path / "2")


def test_clean_tables_load_without_reading_any_export(tmp_path):
    generate_clean(tmp_path / "large" / "clean", Company(people=500), progress=silent, processes=1)
    report = load(tmp_path / "large", tmp_path / "x.duckdb", resolver=FixedResolver(), progress=silent)
    assert report.rows["customers"] == 500
    assert report.found == ()


def test_blocks_of_people_fit_together(tmp_path):
    generate_clean(tmp_path / "clean", Company(people=900, block=400), progress=silent, processes=1)
    build_snapshot(tmp_path / "clean", tmp_path / "x.duckdb", TABLES, progress=silent)
    with duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True) as database:
        keys = database.execute(
            "SELECT count(DISTINCT customer_key), min(customer_key), max(customer_key) FROM customers"
        ).fetchall()
        doubles = database.execute("SELECT count(*) - count(DISTINCT order_id) FROM orders").fetchall()
        sorted_by_time = database.execute(
            "SELECT count(*) FROM (SELECT ordered_at < lag(ordered_at) OVER (ORDER BY rowid) AS back FROM orders) WHERE back"
        ).fetchall()
    assert keys == [(900, 1, 900)]
    assert doubles == [(0,)]
    assert sorted_by_time == [(0,)]


@pytest.fixture
def broken(tiny_sources, tmp_path) -> Path:
    """A copy of the exports, to be broken."""
    return Path(shutil.copytree(tiny_sources, tmp_path / "sources"))


def load_broken(folder: Path, target: Path) -> DataError:
    with pytest.raises(DataError) as failed:
        load(folder, target, resolver=TruthKeyResolver(folder / "truth"), progress=silent)
    assert failed.value.message.zh != failed.value.message.en
    assert list(target.parent.glob(f".{target.name}*")) == []
    return failed.value


@pytest.mark.parametrize(
    "missing",
    ["crm/crm_customers.xlsx", "mall/products.parquet", "desk/tickets.csv", "marketing/consents.parquet", "reference/export_date.txt"],
)  # fmt: skip
def test_names_the_file_that_is_missing(broken, tmp_path, missing):
    (broken / missing).unlink()
    error = load_broken(broken, tmp_path / "out" / "snapshot.duckdb")
    assert Path(missing).name in error.message.zh
    assert "missing" in error.message.en
    assert not (tmp_path / "out" / "snapshot.duckdb").exists()


@pytest.mark.parametrize(
    "damaged",
    ["crm/crm_customers.xlsx", "mall/orders_2025.parquet", "app/events_202505.ndjson", "reference/export_date.txt",
     "marketing/messages.parquet", "crm/crm_members_2024.csv"],
)  # fmt: skip
def test_names_the_file_that_is_damaged(broken, tmp_path, damaged):
    (broken / damaged).write_bytes(b"\xff\xfe{not what it should be\x81\n\x00")
    error = load_broken(broken, tmp_path / "snapshot.duckdb")
    assert Path(damaged).name in error.message.zh
    assert Path(damaged).name in error.message.en


def test_a_cut_off_parquet_leaves_the_old_snapshot_as_it_was(broken, tmp_path):
    target = tmp_path / "snapshot.duckdb"
    target.write_bytes(b"the old snapshot")
    orders = broken / "mall" / "order_lines_2025.parquet"
    orders.write_bytes(orders.read_bytes()[:-2_000])
    load_broken(broken, target)
    assert target.read_bytes() == b"the old snapshot"


def test_a_folder_that_is_not_there(tmp_path):
    assert "nowhere" in load_broken(tmp_path / "nowhere", tmp_path / "x.duckdb").message.en


def test_members_without_an_identity_of_their_own_are_refused(tiny_sources, tmp_path):
    with pytest.raises(DataError, match="Identity resolution"):
        load(tiny_sources, tmp_path / "x.duckdb", resolver=FixedResolver({"crm": {1: 1}}), progress=silent)
    assert not (tmp_path / "x.duckdb").exists()


@pytest.fixture
def full_disk():
    """No file may grow over 200 kB, which is how a full disk looks to who writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_while_loading_is_said_and_changes_nothing(tiny_sources, tmp_path, full_disk):
    target = tmp_path / "snapshot.duckdb"
    target.write_bytes(b"the old snapshot")
    error = load_broken(tiny_sources, target)
    assert "磁盘空间不足" in error.message.zh
    assert "disk is full" in error.message.en
    assert target.read_bytes() == b"the old snapshot"


def test_a_full_disk_while_building_is_said(tmp_path, tmp_path_factory, request):
    generate_clean(tmp_path / "clean", Company(people=500), progress=silent, processes=1)
    request.getfixturevalue("full_disk")
    with pytest.raises(DataError, match="disk is full"):
        build_snapshot(tmp_path / "clean", tmp_path / "out" / "x.duckdb", TABLES, progress=silent)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_while_generating_is_said(tmp_path, full_disk):
    with pytest.raises(DataError, match="disk is full"):
        generate(tmp_path / "sources", people=2_000, progress=silent)
