"""What an answer says when its data could not be renewed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from assistant.replies.freshness import freshness_remarks
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.engines.version import manifest_of
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from tests.semantic_layer.ingestion.tagging.shop import MODEL, NOW, opened


def remarks(engine: DuckDBEngine) -> tuple[Text, ...]:
    return freshness_remarks(SimpleNamespace(layer=SimpleNamespace(engine=engine), index=ModelIndex(MODEL)))  # type: ignore[arg-type]


def test_a_failed_update_is_told_in_both_languages(tmp_path: Path) -> None:
    versions, _, engine = opened(tmp_path)
    assert remarks(engine) == ()
    versions.failed(NOW, Text("磁盘空间不足。", "The disk is full."))
    assert remarks(engine) == (
        Text(
            "2026-11-01 11:00 的数据更新没有成功，以下仍是上一次成功的结果（数据截至 2026-10-31）。原因：磁盘空间不足。",
            "The update of 2026-11-01 11:00 failed; this is still the last good version, with data up to 2026-10-31. "
            "The reason: The disk is full.",
        ),
    )
    manifest_of(tmp_path).write_text("{")
    assert remarks(engine) == ()  # the version that is open can be read all the same
    engine.close()


def test_an_engine_on_a_file_has_nothing_to_tell(tmp_path: Path) -> None:
    _, _, engine = opened(tmp_path)
    on_file = DuckDBEngine(engine.path)
    assert remarks(on_file) == ()
    on_file.close()
    engine.close()
