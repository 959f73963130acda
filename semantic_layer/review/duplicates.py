"""One meaning under two names."""

from __future__ import annotations

from collections.abc import Iterable

from semantic_layer.compiler.meanings import Meanings
from semantic_layer.errors import Text
from semantic_layer.model.sources import Kind
from semantic_layer.model.types import SemanticModel
from semantic_layer.review.findings import Findings, Place
from semantic_layer.review.usage import KINDS


def check_duplicates(model: SemanticModel, findings: Findings) -> None:
    """No two metrics, fields of an entity or tags are computed from the same, however they are written."""
    meanings = Meanings(model)
    metrics = [one for one in model.metrics if not one.hidden and not one.origin.deprecated]
    fields = [one.qualified for one in model.dimensions if not one.origin.deprecated]
    tags = [one.qualified for one in model.tags if not one.origin.deprecated]
    _same("metric", [(one.name, meanings.measures(one.name)) for one in metrics], findings)
    _same("dimension", [(name, frozenset({meanings.dimension(name)})) for name in fields], findings)
    _same("tag", [(name, frozenset({meanings.tag(name)})) for name in tags], findings)


def _same(kind: Kind, named: Iterable[tuple[str, frozenset[str]]], findings: Findings) -> None:
    first: dict[str, str] = {}
    for name, forms in named:
        other = next((first[form] for form in sorted(forms) if form in first), None)
        for form in forms:
            first.setdefault(form, name)
        if other is None or (kind == "dimension" and other.partition(".")[0] != name.partition(".")[0]):
            continue
        findings.add(
            "warning",
            Place(kind=kind, name=name),
            Text(
                f"{KINDS[kind].zh}「{name}」与「{other}」的算法相同，只是名字不同。",
                f"The {KINDS[kind].en} {name} is computed the same way as {other}, under another name.",
            ),
            Text(
                f"请保留一个，把另一个的名称作为同义词；或写 deprecated 和 replaced_by: {other}。",
                f"Keep one and make the other's names its synonyms; or write deprecated: and replaced_by: {other}.",
            ),
        )
