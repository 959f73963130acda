"""The field standard: one entry for each fact that sources may hold, with its meaning, format and cleaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from semantic_layer.errors import Text
from semantic_layer.model.types import ColumnType, Origin, Sensitivity, Value, Words


class Identifier(StrEnum):
    """What a field can do to tell people apart; a field without one describes them only."""

    MEMBER = "member"
    PHONE = "phone"
    EMAIL = "email"
    ACCOUNT = "account"
    DEVICE = "device"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardField:
    """One field. `steps` clean it in this order; `pattern` (a regular expression over the whole value) and `values` say
    what may stand there when it is clean. `group` is the chapter of the standard book that it stands in.
    """

    name: str
    words: Words
    type: ColumnType
    format: Text = Text("", "")  # frozen
    steps: tuple[str, ...] = ()
    pattern: str = ""
    values: tuple[Value, ...] = ()
    examples: tuple[str, ...] = ()
    identifier: Identifier | None = None
    sensitivity: Sensitivity = Sensitivity.NONE
    group: str = ""
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStandard:
    """All fields of a data set by name."""

    fields: tuple[StandardField, ...]

    def field(self, name: str) -> StandardField | None:
        return next((each for each in self.fields if each.name == name), None)
