"""Finds the documents of a dbt semantic layer: YAML files with one or several documents, or a compiled manifest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from semantic_layer.errors import DataError, Issue, Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.load import read_text
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, ListNode, MapNode, Node, Place, parse_documents

MANIFEST = "semantic_manifest.json"

_KINDS = {
    "semantic_model": "semantic_models",
    "metric": "metrics",
    "saved_query": "saved_queries",
    "project_configuration": "project_configuration",
}
_PLURAL = {plural: plural for plural in _KINDS.values()}
_KNOWN = {**_KINDS, **_PLURAL}
# What else dbt keeps in the same files. It says how tables are built and tested, not what they mean.
_OTHERS = (
    "models", "sources", "seeds", "snapshots", "exposures", "macros", "groups", "analyses", "unit_tests", "functions",
    "data_tests", "tests", "anchors",
)  # fmt: skip
_VERSION_OF_FILES = 2
_MAJOR_VERSION = "0"
_SURROGATES = re.compile(r"\\\\|\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Documents:
    """The definitions that were found, each with its place, and what stood beside them."""

    issues: list[Issue] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    semantic_models: list[Section] = field(default_factory=list)
    metrics: list[Section] = field(default_factory=list)
    saved_queries: list[Section] = field(default_factory=list)
    project_configuration: list[Section] = field(default_factory=list)

    def of(self, kind: str) -> list[Section]:
        lists = {
            "semantic_models": self.semantic_models,
            "metrics": self.metrics,
            "saved_queries": self.saved_queries,
            "project_configuration": self.project_configuration,
        }
        return lists[kind]


def find_documents(path: Path) -> Documents:
    """Every definition below `path`: a folder or one file. Raises `DataError` when there is nothing to read."""
    found = Documents()
    files = _files(path)
    for file in files:
        name = file.name if file == path else file.relative_to(path).as_posix()
        before = len(found.issues)
        roots = _roots(file, name, found.issues)
        known = [_sort(root, found) for root in roots]
        if not any(known) and len(found.issues) == before:
            _nothing_here(Place(name, 1), roots, found, alone=len(files) == 1)
    if not found.semantic_models and not found.issues:
        message, remedy = "There is no semantic model.", "Name the folder that holds semantic_models:, or the manifest."
        found.issues.append(Issue(file=path.name, line=1, key="semantic_models", message=message, remedy=remedy))
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if (path / MANIFEST).is_file():
        return [path / MANIFEST]
    found = sorted(file for file in path.rglob("*") if file.suffix in (".yml", ".yaml") and file.is_file())
    if not found:
        raise DataError(
            Text(
                zh=f"「{path}」里没有 dbt 的语义定义（*.yml、*.yaml 或 {MANIFEST}）。",
                en=f"There are no dbt definitions (*.yml, *.yaml or {MANIFEST}) at {str(path)!r}.",
            )
        )
    return found


def _roots(file: Path, name: str, issues: list[Issue]) -> tuple[MapNode, ...]:
    text = read_text(file)
    if file.suffix == ".json":
        try:
            json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            line, why = (error.lineno, error.msg) if isinstance(error, json.JSONDecodeError) else (1, "nested too deep")
            message, remedy = f"Not readable as JSON: {why}.", "Let dbt write the file again: dbt parse."
            issues.append(Issue(file=name, line=line, key="", message=message, remedy=remedy))
            return ()
        text = _as_yaml(text)
    roots, faults = parse_documents(text, name)
    issues.extend(faults)
    return roots


def _as_yaml(text: str) -> str:
    """JSON that YAML reads alike, line by line: YAML knows neither halves of characters nor tabs between values."""

    def whole(pair: re.Match[str]) -> str:
        return json.loads(f'"{pair[0]}"') if pair[1] else pair[0]

    return _SURROGATES.sub(whole, text).replace("\t", " ")


def _sort(root: MapNode, found: Documents) -> bool:
    """Puts what a document holds where it belongs; whether it holds anything of the semantic layer."""
    if "nodes" in root.entries and "metadata" in root.entries:
        message = "This is dbt's whole manifest, not the semantic one."
        _report(found, root.keys["nodes"], "nodes", message, f"Give {MANIFEST}, which stands beside it in target/.")
        return True
    known = [key for key in root.entries if key in _KNOWN]
    for key in known:
        for node in _items(root.entries[key]):
            if isinstance(node, MapNode):
                found.of(_KNOWN[key]).append(Section(node, _path(_KNOWN[key], node), found.issues))
            elif not _is_null(node):
                message, remedy = f"{key!r} must hold mappings.", "Write '- name: …' with the other keys below it."
                _report(found, node.place, key, message, remedy)
    for key in root.entries:
        if key not in _KNOWN:
            _beside(root, key, found, is_semantic=bool(known))
    return bool(known)


def _path(key: str, node: MapNode) -> str:
    name = node.entries.get("name")
    return f"{key}[{name.value}]" if isinstance(name, LeafNode) else key


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else (node,)


def _is_null(node: Node) -> bool:
    return not isinstance(node, ListNode | MapNode) and node.value is None


def _beside(root: MapNode, key: str, found: Documents, *, is_semantic: bool) -> None:
    """A key that is no part of the semantic layer: told, or refused when it changes what the rest means."""
    node, place = root.entries[key], root.keys[key]
    if key == "version":
        if not isinstance(node, ListNode | MapNode) and node.value != _VERSION_OF_FILES:
            message = f"Files of version {node.value!r} are not known."
            _report(found, place, key, message, f"Write 'version: {_VERSION_OF_FILES}', or give {MANIFEST}.")
        return
    if key == "models" and (spine := _inside(node, "time_spine")) is not None:
        why = Text(
            f"「models」里的时间表未读取；编译后的 {MANIFEST} 里有。",
            f"A time spine inside of 'models:' is not read from YAML; the compiled {MANIFEST} holds it.",
        )
        found.losses.append(Loss(f"{spine.file}:{spine.line}", "models.time_spine", why))
    if key == "models" and (inside := _inside(node, "semantic_model")) is not None:
        message = "Semantic models inside of 'models:' are not read from YAML."
        _report(found, inside, "models", message, f"Run 'dbt parse' and give target/{MANIFEST}.")
    elif key in _OTHERS:
        why = Text("不属于语义层，未读取。", "It is no part of the semantic layer and was not read.")
        found.losses.append(Loss(f"{place.file}:{place.line}", key, why))
    elif is_semantic:
        remedy = did_you_mean(key, (*_KNOWN, *_OTHERS, "version"), allowed="keys")
        _report(found, place, key, f"The key {key!r} is not known here.", remedy)


def _inside(node: Node, key: str) -> Place | None:
    """Where a key stands in the first item of a list that has it."""
    return next((item.keys[key] for item in _items(node) if isinstance(item, MapNode) and key in item.entries), None)


def _nothing_here(place: Place, roots: tuple[MapNode, ...], found: Documents, *, alone: bool) -> None:
    if alone:
        keys = [key for root in roots for key in root.entries]
        remedy = did_you_mean(keys[0], _KNOWN, allowed="keys") if keys else "Write semantic_models: and metrics:."
        _report(found, place, "", "The file holds no semantic models and no metrics.", remedy)
        return
    why = Text("文件里没有语义模型或指标。", "The file holds no semantic models and no metrics.")
    found.losses.append(Loss(place.file, place.file, why))


def check_version(section: Section) -> None:
    """A compiled manifest says which version of the format wrote it; another major version may mean other things."""
    version = section.section("dsi_package_version")
    if version is None:
        return
    major = version.text_of("major_version")
    if major != _MAJOR_VERSION:
        message = f"Version {major!r} of the semantic manifest is not known here; known is {_MAJOR_VERSION!r}."
        version.report("major_version", message, "Write the manifest with dbt-semantic-interfaces 0.x: dbt parse.")


def _report(found: Documents, place: Place, key: str, message: str, remedy: str) -> None:
    found.issues.append(Issue(file=place.file, line=place.line, key=key, message=message, remedy=remedy))
