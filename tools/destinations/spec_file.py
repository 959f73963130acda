"""Reads `destinations.yml`. Faults say the line; what stands there is never repeated, for it could be a secret."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from semantic_layer.errors import DataError, Text
from semantic_layer.model.nearest import nearest
from semantic_layer.model.source import LeafNode, ListNode, MapNode, Node, parse_yaml
from tools.destinations.specs import Column, DestinationSpec, SpecFile

NAME: Final = "destinations.yml"

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


def read_specs(file: Path) -> tuple[DestinationSpec, ...]:
    """The entries of a file, none when there is no file. Raises `DataError` that lists every fault with its line."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(Text(f"不能读取 {file.name}：{error}", f"{file.name} cannot be read: {error}")) from error
    return specs_of(text, file.name)


def specs_of(text: str, file: str = NAME) -> tuple[DestinationSpec, ...]:
    """The entries of a text in YAML or JSON; raises as `read_specs` does."""
    parsed = parse_yaml(text, file)
    if parsed.root is None or parsed.issues:
        raise _faulty(file, [(issue.line, issue.message) for issue in parsed.issues])
    try:
        found = SpecFile.model_validate(_plain(parsed.root))
    except ValidationError as error:
        faults = [_fault(parsed.root, one) for one in error.errors(include_input=False, include_url=False)]
        raise _faulty(file, faults) from None  # the cause holds what stands in the file
    names = [spec.name for spec in found.destinations]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _faulty(file, [(1, f"two destinations are called {name}") for name in twice])
    return found.destinations


def _faulty(file: str, faults: Sequence[tuple[int, str]]) -> DataError:
    said = "\n".join(f"  {file}:{line}: {what}" for line, what in faults)
    return DataError(
        Text(
            f"{file} 里的渠道设置有误，没有打开任何渠道：\n{said}",
            f"The destinations in {file} do not hold together; none was opened:\n{said}",
        )
    )


def _fault(root: MapNode, one: ErrorDetails) -> tuple[int, str]:
    """Line and reason of one fault; of the words of the file only a misspelt key is repeated."""
    place, said = one["loc"], one["msg"]
    if one["type"] == "union_tag_invalid":
        context = one["ctx"]
        place = (*place, str(context["discriminator"]).strip("'"))
        said = f"one of {context['expected_tags']} is allowed"
    elif one["type"] == "extra_forbidden":
        near = nearest(str(place[-1]), _known_keys())
        said = f"no such setting. {f'Did you mean {near[0]}?' if near else ''}".strip()
    return _line(root, place), f"{'.'.join(str(part) for part in place)}: {said}"


def _known_keys() -> list[str]:
    models = (*get_args(DestinationSpec), Column, SpecFile)
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})


def _plain(node: Node) -> Plain:
    match node:
        case LeafNode(value=value):
            return value if value is None or isinstance(value, str | int | float | bool) else str(value)
        case ListNode(items=items):
            return [_plain(item) for item in items]
        case MapNode(entries=entries):
            return {name: _plain(entry) for name, entry in entries.items()}


def _line(root: Node, path: Sequence[str | int]) -> int:
    """The line of the innermost value on a path that is in the file; parts that only name a kind are passed over."""
    node, line = root, root.place.line
    for part in path:
        if isinstance(node, MapNode) and part in node.entries:
            line, node = node.keys[str(part)].line, node.entries[str(part)]
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line = node.place.line
    return line
