"""Records leave out what they have nothing to say about; a table does not leave out a column."""

from __future__ import annotations

import pytest

from semantic_layer.ingestion.landing.runs import LoadState
from semantic_layer.ingestion.sources.types import SourceKind
from tests.semantic_layer.ingestion.landing.scene import Scene, script, spec

COLUMNS = ("no", "words")


@pytest.mark.parametrize("kind", [SourceKind.JSON, SourceKind.HTTP])
def test_a_part_of_records_without_an_optional_key_is_taken_in(scene: Scene, kind: SourceKind) -> None:
    declared = spec("app", columns=COLUMNS, kind=kind)
    assert scene.land(declared, script("no", {"april": ["1", "2"]})).state is LoadState.DONE
    both = script("no words", {"may": ["3 shoes"]})
    assert scene.land(declared, both).state is LoadState.DONE


def test_records_without_their_key_wait(scene: Scene) -> None:
    declared = spec("app", columns=COLUMNS, kind=SourceKind.JSON)
    load = scene.land(declared, script("words", {"april": ["shoes"]}))
    assert load.state is LoadState.HELD
    assert "'no'" in load.why.en


def test_a_table_without_a_column_that_is_used_waits(scene: Scene) -> None:
    load = scene.land(spec("crm", columns=COLUMNS), script("no", {"april": ["1"]}))
    assert load.state is LoadState.HELD
    assert "'words'" in load.why.en
