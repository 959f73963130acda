"""A folder of YAML definitions as a `SemanticModel`. Reads files only; never looks at data or at SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from semantic_layer.errors import DataError, DefinitionError, Issue, Text
from semantic_layer.model.outreach import Outreach
from semantic_layer.model.read_calendar import read_festival, read_time_spine
from semantic_layer.model.read_company import (
    read_ambiguity,
    read_conventions,
    read_near_miss,
    read_sample,
)
from semantic_layer.model.read_entities import Dataset, read_dataset, read_relationship
from semantic_layer.model.read_metrics import read_metric
from semantic_layer.model.read_outreach import read_outreach
from semantic_layer.model.read_tags import read_tag
from semantic_layer.model.rules import RULES
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, ListNode, MapNode, Node, Place, parse_yaml
from semantic_layer.model.sources import Kind, Sources
from semantic_layer.model.types import Conventions, PreferenceBody, SemanticModel, Tag

POLICY_FILE = "policies.yml"
MOST_FAULTS = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder says, where it says it, and every fault found. The model is usable only without errors.

    `complete` is false when a file could not be read at all: names that it may define are then not reported as missing.
    """

    model: SemanticModel
    sources: Sources
    issues: tuple[Issue, ...]
    complete: bool


def load_model(folder: Path) -> SemanticModel:
    """The model that the `*.yml` files of `folder` define together; `DefinitionError` holds every fault of them."""
    loaded = read_folder(folder)
    raise_errors(loaded.issues)
    return loaded.model


def raise_errors(issues: tuple[Issue, ...]) -> None:
    """Raise when there is an error among the issues; warnings alone do not stop anything."""
    if any(issue.severity == "error" for issue in issues):
        raise DefinitionError(sorted(issues, key=lambda issue: (issue.file, issue.line, issue.key)))


def read_folder(folder: Path) -> Loaded:
    """Read all definition files, in the order of their names, and run the rules that need no SQL."""
    files = _files(folder)
    issues: list[Issue] = []
    roots: list[MapNode] = []
    for path in files:
        parsed = parse_yaml(read_text(path), path.name)
        issues.extend(parsed.issues)
        if parsed.root is not None:
            roots.append(parsed.root)
    whole = Section(_merge(roots, files[0].name, issues), "", issues)
    sources = Sources()
    model = replace(read_model(whole, sources), version=_version(folder))
    complete = len(roots) == len(files)
    if complete:
        issues.extend(_faults(model, sources))
    return Loaded(model, sources, tuple(issues), complete)


def _faults(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """What the rules find, up to `MOST_FAULTS`: each looks for the nearest names, which takes its time in a large model."""
    found = (issue for rule in RULES for issue in rule(model, sources))
    for number, issue in enumerate(found):
        if number == MOST_FAULTS:
            message = f"More than {MOST_FAULTS} faults were found; the rest is not listed."
            yield replace(issue, message=message, remedy="Mend the listed ones first.")
            return
        yield issue


def _files(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.glob("*.yml") if path.name != POLICY_FILE)
    if not files:
        raise DataError(
            Text(
                zh=f"文件夹「{folder}」里没有定义文件（*.yml）。",
                en=f"The folder {str(folder)!r} holds no definition files (*.yml).",
            )
        )
    return files


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(
            [Issue(file=path.name, line=1, key="", message="The file is not UTF-8 text.", remedy="Save it as UTF-8.")]
        ) from error


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _merge(roots: list[MapNode], file: str, issues: list[Issue]) -> MapNode:
    """One mapping of all files: lists of the same key are joined, anything else may stand in one file only."""
    entries: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for root in roots:
        for key, node in root.entries.items():
            before = entries.get(key)
            if before is None:
                entries[key], keys[key] = node, root.keys[key]
            elif isinstance(before, ListNode) and isinstance(node, ListNode):
                entries[key] = ListNode(before.items + node.items, before.place)
            elif not (isinstance(node, LeafNode) and node.value is None):
                place = root.keys[key]
                message = f"{key!r} is already given in {keys[key].file}:{keys[key].line}."
                issues.append(
                    Issue(file=place.file, line=place.line, key=key, message=message, remedy="Keep it in one file.")
                )
    return MapNode(entries, keys, Place(file, 1))


def read_model(section: Section, sources: Sources) -> SemanticModel:
    """The model that one mapping of all definitions says; `sources` then knows where each stands."""
    datasets = tuple(read_dataset(item) for item in section.sections("datasets", required=True))
    for dataset in datasets:
        _register(dataset, sources)
    customer = section.text_of("customer_entity", default="customer")
    conventions = section.section("conventions")
    if conventions is not None:
        sources.add("conventions", "", conventions)
    outreach = section.section("outreach")
    if outreach is not None:
        sources.add("outreach", "", outreach)
    reader = _Reader(section, sources)
    model = SemanticModel(
        name=section.text_of("name", required=True),
        words=section.words(),
        entities=tuple(dataset.entity for dataset in datasets),
        dimensions=tuple(field for dataset in datasets for field, _ in dataset.fields),
        relationships=reader.each("relationships", "relationship", read_relationship, lambda found: (found.name,)),
        metrics=reader.each("metrics", "metric", read_metric, lambda found: (found.name,)),
        tags=reader.each(
            "tags", "tag", lambda item: read_tag(item, customer_entity=customer), lambda t: (t.qualified,)
        ),
        ambiguities=tuple(
            one
            for several in reader.each(
                "ambiguities", "ambiguity", read_ambiguity, lambda found: tuple(one.word for one in found)
            )
            for one in several
        ),
        near_misses=reader.each("near_misses", "near_miss", read_near_miss, lambda found: ("/".join(found.words),)),
        festivals=reader.each("festivals", "festival", read_festival, lambda found: (found.name,)),
        time_spines=reader.each("time_spines", "time_spine", read_time_spine, lambda found: (found.table,)),
        samples=reader.each("samples", "sample", read_sample, lambda found: (found.text.en,)),
        conventions=read_conventions(conventions) if conventions else Conventions(),
        outreach=read_outreach(outreach) if outreach else Outreach(),
        customer_entity=customer,
    )
    sources.add("model", "", section)
    section.finish()
    return _with_preferred_values(model)


def _register(dataset: Dataset, sources: Sources) -> None:
    sources.add("entity", dataset.entity.name, dataset.section)
    for field, section in dataset.fields:
        sources.add("dimension", field.qualified, section)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the items of a list one by one, and notes where each stands."""

    section: Section
    sources: Sources

    def each(
        self, key: str, kind: Kind, read: Callable[[Section], T], names: Callable[[T], tuple[str, ...]]
    ) -> tuple[T, ...]:
        found: list[T] = []
        for item in self.section.sections(key):
            one = read(item)
            for each in names(one):
                self.sources.add(kind, each, item)
            found.append(one)
        return tuple(found)


def _with_preferred_values(model: SemanticModel) -> SemanticModel:
    """A preference tag that lists no values has those of the dimension it prefers among."""
    by_name = {dimension.qualified: dimension for dimension in model.dimensions}

    def completed(tag: Tag) -> Tag:
        if not isinstance(tag.body, PreferenceBody) or tag.values or tag.body.dimension not in by_name:
            return tag
        dimension = by_name[tag.body.dimension]
        return replace(tag, values=dimension.values, type=dimension.type)

    return replace(model, tags=tuple(completed(tag) for tag in model.tags))
