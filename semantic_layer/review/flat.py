"""A definition as a flat list of its keys and their values in text, near to how the files write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum

from semantic_layer.errors import Text
from semantic_layer.model.grain import Offset
from semantic_layer.model.types import Having, Origin, Words

_NOT_TOLD = frozenset({"name", "file", "line", "version"})  # by what it is found, where it stands, told on its own
_LABELS = ("name", "alias", "value", "metric")


def keys_of(definition: object) -> Mapping[str, str]:
    """Keys like `measures[0].where`, in order; what says nothing is left out."""
    return dict(_flat(definition, ""))


def _flat(value: object, path: str) -> Iterator[tuple[str, str]]:
    text = _text(value)
    if text is not None:
        yield from [(path, text)] if text else []
    elif isinstance(value, tuple):
        yield from _items(value, path)
    elif is_dataclass(value) and not isinstance(value, type):
        for key in fields(value):
            inner = getattr(value, key.name)
            owner = key.name == "entity" and not path and hasattr(value, "qualified")  # part of the name
            if key.name not in _NOT_TOLD and not owner:
                in_place = isinstance(inner, Words | Origin) or key.name == "body"
                yield from _flat(inner, path if in_place else f"{path}.{key.name}" if path else key.name)


def _text(value: object) -> str | None:
    """A single value as text; empty for one that says nothing; `None` for what has parts."""
    match value:
        case None | "" | () | False:
            return ""
        case Text(zh=zh, en=en):
            return zh if zh == en else f"{zh} / {en}"
        case StrEnum():
            return value.value
        case Having(metric=metric, op=op, value=bound):
            return f"{metric} {op} {bound:g}"
        case Offset(unit=unit, count=count, to_start=to_start):
            return f"start of {unit}" if to_start else f"{count} {unit}"
        case float():
            return f"{value:g}"
        case str() | int():
            return "true" if value is True else str(value)
        case _:
            return None


def _items(value: Sequence[object], path: str) -> Iterator[tuple[str, str]]:
    texts = [_text(one) for one in value]
    if None not in texts:
        yield path, ", ".join(text for text in texts if text is not None)
        return
    for position, one in enumerate(value):
        found = (getattr(one, key, None) for key in _LABELS)
        label = next((str(name) for name in found if name not in (None, "")), str(position))
        yield from _flat(one, f"{path}[{label}]")
