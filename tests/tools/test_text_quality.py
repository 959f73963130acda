"""The figures of text tags are told as the load wrote them, and the tag's card says them in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assistant.replies.tag_cards import quality_line
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import Text
from semantic_layer.ingestion.tags import materialise_tags
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import TrueText
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import built, quiet
from tests.semantic_layer.ingestion.tagging.test_text_labels import BODY, model_of
from tools.tags.lineage import tag_lineage
from tools.tags.text_quality import text_quality

MODEL = model_of(tiny.replace(BODY, truth=(TrueText(said="web", value="at home"), TrueText(said="shop"))))
POLICY = Policy(
    roles=(
        RolePolicy(name="all"),
        RolePolicy(name="east", row_filters=(RowFilter(entity="member", where="town = 'Shanghai'"),)),
    )
)


def test_figures_and_the_tag_computed_for_another_day(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    built(path)
    materialise_tags(path, MODEL, progress=quiet)
    engine = DuckDBEngine(path)
    layer = SemanticLayer(ModelIndex(MODEL), POLICY, engine, tiny.TODAY, SegmentsInMemory())
    everybody, some = User(name="a", roles=("all",)), User(name="b", roles=("east",))
    first, second = (one for one in text_quality(layer, everybody) if one.tag == "place")
    assert (first.value, first.held_out, first.given, first.correct, first.published) == ("at home", 1, 1, 1, True)
    assert (second.value, second.given, second.precision, second.published) == ("out", 0, None, False)
    assert text_quality(layer, some) == ()  # of everybody's texts
    said = quality_line(first, Text("在家", "at home"))
    assert said.zh == "在家：准确率 100.0%（95% 区间 20.7%–100.0%，1 条），召回率 100.0%"  # Wilson's interval of 1 in 1
    assert said.en == "at home: precision 100.0% (95% interval 20.7%–100.0%, 1 texts), recall 100.0%"
    assert quality_line(second, None).en == "out: found in none of 1 texts; not published"
    lineage = tag_lineage(MODEL.tags[-2], layer.index)
    assert (lineage.fields, lineage.tables) == (("purchase.channel",), ("members", "purchases"))
    # As of the end of 2025 member 1 alone has a labelled text of the twelve months before: 6, on the web.
    audience = Audience(where=Compare("member.place", "=", "at home"), entity="member", as_of=date(2025, 12, 30))
    assert layer.keys(audience, everybody) == (1,)
    engine.close()
