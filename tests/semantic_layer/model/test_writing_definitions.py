"""The guide to definitions is true and complete: its blocks load, and it names every key that the loader knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import semantic_layer.model
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError
from semantic_layer.model.types import ColumnType, DimensionKind, TagCategory, TagKind, Unit

ROOT = Path(semantic_layer.model.__file__).parents[2]
GUIDES = ("docs/writing-definitions.md", "docs/writing-definitions.zh-CN.md")
READ = re.compile(
    r'\.(?:text_of|texts|choice|word_of|number|whole|flag|scalars?|bilingual|sections?|named|has)\(\s*"(\w+)"'
)


def blocks(guide: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", (ROOT / guide).read_text(encoding="utf-8"), re.DOTALL)


def known_keys() -> set[str]:
    package = Path(semantic_layer.model.__file__).parent
    sources = [*package.glob("*.py"), package.parent / "policy" / "read.py"]
    return {key for path in sources for key in READ.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("guide", GUIDES)
def test_the_blocks_of_the_guide_load_together(guide: str, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(guide)):
        name = "policies" if block.startswith("purposes:") else f"part_{number}"
        (tmp_path / f"{name}.yml").write_text(block, encoding="utf-8")
    model, policy = load_definitions(tmp_path)
    assert (len(model.metrics), len(model.tags), len(policy.roles)) == (14, 5, 2)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_names_every_key(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    assert len(known_keys()) > 60
    assert sorted(key for key in known_keys() if not re.search(rf"\b{key}\b", text)) == []


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_names_every_choice(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    choices = [*ColumnType, *DimensionKind, *TagKind, *TagCategory, *Unit]
    assert [choice.value for choice in choices if f"`{choice.value}`" not in text] == []


def test_both_guides_hold_the_same_blocks() -> None:
    assert blocks(GUIDES[0]) == blocks(GUIDES[1])


def test_the_example_of_a_fault_is_what_the_loader_says(tmp_path: Path) -> None:
    for number, block in enumerate(blocks(GUIDES[0])[:1]):
        (tmp_path / f"part_{number}.yml").write_text(block, encoding="utf-8")
    metrics = blocks(GUIDES[0])[1].replace("agg: sum", "agg: summ", 1)
    (tmp_path / "metrics.yml").write_text(metrics, encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        load_definitions(tmp_path)
    for guide in GUIDES:
        assert str(error.value.issues[0]) in (ROOT / guide).read_text(encoding="utf-8")
