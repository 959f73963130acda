"""Writes a model as a folder of definition files, which `semantic_layer.model.load` reads back to an equal model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from semantic_layer.errors import DataError, Text
from semantic_layer.interchange.native.forms import Form, FormValue
from semantic_layer.interchange.native.model import model_form
from semantic_layer.interchange.native.policy import policy_form
from semantic_layer.model.load import POLICY_FILE
from semantic_layer.model.types import SemanticModel
from semantic_layer.policy.types import Policy

_FILES = {  # which keys stand in which file, in the order in which a person reads them
    "company.yml": (
        "name", "label", "synonyms", "description", "ai_context", "customer_entity", "conventions", "time_spines",
        "ambiguities", "near_misses", "samples",
    ),
    "datasets.yml": ("datasets", "relationships"),
    "metrics.yml": ("metrics",),
    "tags.yml": ("tags",),
    "festivals.yml": ("festivals",),
    "outreach.yml": ("outreach",),
}  # fmt: skip
_WIDTH = 120
_ONE_LINE = 90  # mappings of plain values up to this length stay on one line


def write_folder(model: SemanticModel, folder: Path, *, policy: Policy | None = None) -> tuple[Path, ...]:
    """The files written. Raises `DataError` when the folder already holds definitions or cannot be written."""
    if any(folder.glob("*.yml")):
        raise DataError(
            Text(
                zh=f"文件夹「{folder}」里已经有定义文件（*.yml）。请给一个空文件夹。",
                en=f"The folder {str(folder)!r} already holds definition files (*.yml). Name an empty folder.",
            )
        )
    forms = {file: _part(model_form(model), keys) for file, keys in _FILES.items()}
    if policy is not None:
        forms[POLICY_FILE] = policy_form(policy)
    texts = {file: as_yaml(form) for file, form in forms.items() if form}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(
            Text(
                zh=f"文件夹「{folder}」写不进去：{error.strerror}。请换一个可以写的文件夹。",
                en=f"The folder {str(folder)!r} cannot be written: {error.strerror}. Name one that can be.",
            )
        ) from error
    return tuple(folder / file for file in texts)


def _part(whole: Form, keys: Sequence[str]) -> Form:
    return {key: whole[key] for key in keys if key in whole}


def as_yaml(form: Mapping[str, FormValue]) -> str:
    """YAML in which definitions stand below each other and short values on one line."""
    return yaml.serialize(_node(form, inside=0), Dumper=yaml.SafeDumper, allow_unicode=True, width=_WIDTH)


def _node(value: FormValue, *, inside: int) -> yaml.Node:
    """`inside` counts the collections around: those of the first two levels are never put on one line."""
    if isinstance(value, Mapping):
        pairs = [(_scalar(key), _node(inner, inside=inside + 1)) for key, inner in value.items()]
        flow = inside > 2 and _is_short([node for pair in pairs for node in pair])
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=flow or not pairs)
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [_node(inner, inside=inside + 1) for inner in value]
        flow = all(isinstance(item, yaml.ScalarNode) and len(item.value) <= _ONE_LINE // 2 for item in items)
        return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=flow or not items)
    return _scalar(value)


def _scalar(value: bool | float | str) -> yaml.ScalarNode:  # noqa: FBT001  # one of the kinds of value
    node = yaml.representer.SafeRepresenter().represent_data(value)
    assert isinstance(node, yaml.ScalarNode)
    return node


def _is_short(nodes: Sequence[yaml.Node]) -> bool:
    """Whether the nodes are plain values, or lists of them, and fit on one line together."""
    flat = [inner for node in nodes for inner in (node.value if isinstance(node, yaml.SequenceNode) else [node])]
    scalars = [node for node in flat if isinstance(node, yaml.ScalarNode)]
    return len(scalars) == len(flat) and sum(len(node.value) + 2 for node in scalars) <= _ONE_LINE
