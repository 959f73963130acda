"""A file in the format of Apache Ossie, in either of its shapes, with our own blocks found in its extensions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from semantic_layer.errors import Issue, Text
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.native.forms import FormValue
from semantic_layer.interchange.unread import tell
from semantic_layer.model.load import raise_errors, read_text
from semantic_layer.model.section import Section
from semantic_layer.model.source import MapNode, parse_yaml

VENDOR: Final = "QUNXIANG"
FORMAT: Final = 1  # of our own blocks
VERSIONS: Final = ("0.1.0", "0.1.1", "0.1.2", "0.2.0", "0.2.0.dev0")
WRITTEN_VERSION: Final = "0.2.0.dev0"
_MODEL_KEYS = ("name", "description", "ai_context", "datasets", "relationships", "metrics", "custom_extensions")


@dataclass(slots=True)
class OssieFile:
    """The one model of a file. `shared_context` is what the file says to all its models."""

    model: Section
    shared_context: Section | None
    issues: list[Issue]
    losses: list[Loss] = field(default_factory=list)


def open_ossie(path: Path) -> OssieFile:
    """Raises `DefinitionError` when the file is not YAML, of an unknown version, or of another shape."""
    parsed = parse_yaml(read_text(path), path.name)
    issues = list(parsed.issues)
    if parsed.root is None:
        raise_errors(parsed.issues)
        raise AssertionError("a file without a tree has faults")
    root = Section(parsed.root, "", issues)
    losses: list[Loss] = []
    _check_version(root)
    if root.has("semantic_model"):
        found = _listed(root, losses)
        model = found if found is not None else Section(MapNode({}, {}, root.place), "semantic_model", issues)
        shared = root.section_if_mapping("ai_context")
        for key in ("dialects", "vendors"):
            root.has(key)  # lists of what occurs below
    else:
        model, shared = root, None
    raise_errors(tuple(issues))
    return OssieFile(model, shared, issues, losses)


def _check_version(root: Section) -> None:
    version = root.text_of("version")
    if version and version not in VERSIONS:
        message = f"Version {version!r} of the Ossie format is not known here."
        root.report("version", message, f"Known are {', '.join(VERSIONS)}; have the file written in one of them.")


def _listed(root: Section, losses: list[Loss]) -> Section | None:
    """The first model of the older shape. One folder of definitions holds one model."""
    single = root.section_if_mapping("semantic_model")
    if single is not None:
        return single
    models = root.sections("semantic_model", required=True)
    if not models and root.node.entries.get("semantic_model") is not None:
        root.report("semantic_model", "There is no model in the list.", "Write '- name: …' with datasets: below it.")
    for other in models[1:]:
        why = Text(
            "一个文件夹只放一个模型，只读了第一个。请分成多个文件。",
            "A folder holds one model, and only the first was read. Split the file.",
        )
        losses.append(Loss(f"{other.place.file}:{other.place.line}", f"semantic_model {other.text_of('name')}", why))
    return models[0] if models else None


def own_form(section: Section, losses: list[Loss]) -> Mapping[str, FormValue] | None:
    """What we wrote into the extensions of a definition; the extensions of others are told."""
    found: Mapping[str, FormValue] | None = None
    for extension in section.sections("custom_extensions"):
        vendor = extension.text_of("vendor_name", required=True)
        if vendor != VENDOR:
            extension.has("data")
            why = Text(f"{vendor} 自己的扩展，没有读取。", f"An extension of {vendor} alone; it was not read.")
            tell(section, "custom_extensions", losses, why)
            continue
        found = _decoded(extension)
    return found


def _decoded(extension: Section) -> Mapping[str, FormValue]:
    text = extension.text_of("data", required=True)
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        extension.report("data", f"Not readable as JSON: {error}.", "Export the model again.")
        return {}
    if not isinstance(data, dict):
        extension.report("data", "The extension is not a mapping.", "Export the model again.")
        return {}
    return data
