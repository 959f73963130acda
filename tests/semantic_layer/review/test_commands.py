"""`qunxiang check` and `qunxiang diff` as they are typed."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.channels.cli import app
from assistant.reviewing import checked
from assistant.settings import Settings
from semantic_layer.query.predicate import HasMetric
from semantic_layer.query.types import Audience
from tests.semantic_layer.review.shop import CUSTOMERS, MODEL, ORDERS, line_of, spoiled, write_shop
from tools.segments.saved import SavedSegments
from tools.segments.store import SqlSegmentStore
from tools.storage import open_storage

COUPON_ONLY = spoiled(MODEL, "agg: sum, expr: amount,", "agg: sum, expr: amount, where: coupon,")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNXIANG_HOME", str(tmp_path / "home"))


def typed(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def test_check_of_a_folder_without_faults_ends_with_zero(tmp_path: Path) -> None:
    code, said = typed("check", str(write_shop(tmp_path / "shop")))
    assert code == 0
    assert "No faults." in said
    assert "held against the data" in said


def test_check_holds_definitions_against_the_data_beside_them(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", customers=CUSTOMERS + "1,桐乡,13800000009\n")
    for where in (folder, folder / "model"):
        code, said = typed("check", str(where))
        assert code == 1
        assert (
            f"shop.yml:{line_of(MODEL, 'primary_key: [customer_key]')}: error: datasets[customer].primary_key" in said
        )


def test_check_speaks_chinese(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", orders=ORDERS.replace("\n4,3,", "\n4,99,"))
    code, said = typed("check", str(folder), "--language", "zh")
    assert code == 0
    assert "警告" in said
    assert "在「customers」里找不到" in said


def test_check_prints_json_with_counts_in_both_languages(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", orders=ORDERS.replace("\n4,3,", "\n4,99,"))
    code, said = typed("check", str(folder), "--json")
    (found,) = json.loads(said)
    assert code == 0
    assert (found["rule"], found["severity"], found["count"], found["total"]) == ("relationships", "warning", 1, 5)
    assert found["message"]
    assert found["message_zh"]
    assert found["line"] == line_of(MODEL, "- {from: order")


def test_check_without_data_looks_at_the_definitions_alone(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    shutil.rmtree(folder / "data")
    code, said = typed("check", str(folder / "model"))
    assert code == 0
    assert "not held against data" in said


def test_check_writes_nothing(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    before = contents(tmp_path)
    typed("check", str(folder))
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [("check",), ("diff", "--against", "HEAD")])
def test_a_folder_that_is_not_there_ends_with_two(command: tuple[str, ...], tmp_path: Path) -> None:
    code, said = typed(*command, str(tmp_path / "nowhere"))
    assert code == 2
    assert "nowhere" in said


def test_a_folder_without_definitions_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, said = typed("check", str(tmp_path / "empty"))
    assert code == 2
    assert "no definition files" in said


def test_a_damaged_data_file_ends_with_two(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    (folder / "data" / "orders.csv").unlink()
    (folder / "data" / "orders.parquet").write_bytes(b"PAR1 no PAR1")
    code, said = typed("check", str(folder))
    assert code == 2
    assert "orders.parquet" in said


def test_diff_shows_months_tags_and_questions_old_beside_new(tmp_path: Path) -> None:
    old, new = write_shop(tmp_path / "old"), write_shop(tmp_path / "new", COUPON_ONLY)
    code, said = typed("diff", str(old), str(new))
    assert code == 1  # no version was raised
    assert "changed metric sales (v1 → v1)" in said
    assert "measures[0].where: (nothing) → coupon" in said
    lines = [line.split() for line in said.splitlines()]
    assert ["2026-09", "¥80.00", "¥30.00", "-¥50", "-62.5%"] in lines
    assert "order_value (through sales)" in said
    assert "What are sales" in said


def test_diff_prints_json(tmp_path: Path) -> None:
    old, new = write_shop(tmp_path / "old"), write_shop(tmp_path / "new", COUPON_ONLY)
    code, said = typed("diff", str(old), str(new), "--json")
    found = json.loads(said)
    assert code == 1
    assert found["as_of"] == ["2026-10-31", "2026-10-31"]
    assert [one["name"] for one in found["metrics"]] == ["sales", "order_value"]
    assert {"month": "2026-09-01", "before": 80.0, "after": 30.0, "change": -50.0} in found["metrics"][0]["months"]
    assert [one["question"] for one in found["questions"]] == ["What are sales"]
    assert found["questions"][0]["before"] != found["questions"][0]["after"]


def test_diff_of_the_same_folder_ends_with_zero_and_writes_nothing(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    before = contents(tmp_path)
    assert typed("diff", str(folder), str(folder), "--language", "zh") == (0, "定义没有变化。\n")
    assert contents(tmp_path) == before


def test_diff_counts_saved_segments_and_leaves_them_as_they_are(tmp_path: Path) -> None:
    old, new = write_shop(tmp_path / "old" / "shop"), write_shop(tmp_path / "new" / "shop", COUPON_ONLY)
    storage = open_storage(Settings().address_of_state())
    kept = SavedSegments(
        SqlSegmentStore(storage), "shop", clock=lambda: datetime(2026, 10, 31, tzinfo=UTC), new_id=lambda: "one"
    )
    audience = Audience(where=HasMetric(metric="sales", op=">=", value=100))
    kept.save("花费百元", audience, by="ana", count=2, as_of=date(2026, 10, 31))
    before = kept.list()
    _, said = typed("diff", str(old), str(new), "--json")
    found = json.loads(said)["segments"]
    assert [(one["name"], one["before"], one["after"]) for one in found] == [("花费百元", 2, 1)]
    assert kept.list() == before


def test_diff_against_a_revision(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=ana", "-c", "user.email=ana@example.org", "commit", "-q", "-m", "first")
    (folder / "model" / "shop.yml").write_text(COUPON_ONLY, encoding="utf-8")
    before = contents(tmp_path)
    code, said = typed("diff", str(folder / "model"), "--against", "HEAD")
    assert code == 1
    assert "changed metric sales" in said
    assert "-62.5%" in said
    assert contents(tmp_path) == before
    code, said = typed("diff", str(folder), "--against", "no-such-branch")
    assert code == 2
    assert "branch, tag or commit" in said


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True)


def test_diff_needs_two_sides(tmp_path: Path) -> None:
    folder = str(write_shop(tmp_path / "shop"))
    assert typed("diff", folder)[0] == 2
    assert typed("diff", folder, folder, "--against", "HEAD")[0] == 2


def test_diff_of_definitions_with_errors_lists_them_and_ends_with_two(tmp_path: Path) -> None:
    old = write_shop(tmp_path / "old")
    new = write_shop(tmp_path / "new", spoiled(MODEL, "agg: count, unit: count}", "agg: conut, unit: count}"))
    code, said = typed("diff", str(old), str(new))
    assert code == 2
    assert f"shop.yml:{line_of(MODEL, '- {name: orders')}" in said


def test_the_demo_company_has_neither_errors_nor_warnings(settings: Settings, retail_snapshot: Path) -> None:
    assert retail_snapshot.exists()
    report = checked("retail", "", settings)
    assert report.with_data
    assert [str(one.message.en) for one in report.findings if one.severity != "info"] == []
    empty = {one.key: one.count for one in report.findings if one.rule == "relationships"}
    assert len(empty) > 5  # people who paid cash, orders without a shop: told, and no fault
