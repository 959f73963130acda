"""Everything that can go wrong for a reason a person can mend.

    QunxiangError
    ├── UserError                 shown to the person who asked, in their language
    │   ├── UnknownNameError      a name that is not defined; carries the nearest ones
    │   ├── InvalidPlanError      a plan that cannot be right (wrong type, contradictory time, unsafe join)
    │   │   └── SeveralPathsError which of several relationships is meant was not said
    │   ├── NotYetError           a kind of question that is defined but not computed by this version
    │   ├── NotAllowedError       the policy says no
    │   ├── TooLongError          a time, memory or size limit was reached
    │   ├── CancelledError        the person pressed stop
    │   └── DataError             a file or table is missing, damaged or cannot be written
    └── DefinitionError           definitions that do not hold together; carries every issue found

Every `UserError` has its message in both languages, and says what is wrong, what is allowed and what is nearest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said in both languages."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """The text in `language`; a side that was left empty falls back to the other."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


class QunxiangError(Exception):
    """The root of all errors that the product raises on purpose."""


class UserError(QunxiangError):
    """An error addressed to the person who asked."""

    def __init__(self, message: Text, *, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message.en)
        self.message = message
        self.suggestions = tuple(suggestions)


class UnknownNameError(UserError):
    """`name` is not defined as a `kind`; `suggestions` holds the nearest defined names."""

    def __init__(self, kind: Text, name: str, suggestions: Sequence[str] = ()) -> None:
        near_zh = f"您是不是指{'、'.join(suggestions)}？" if suggestions else ""
        near_en = f" Did you mean {', '.join(repr(s) for s in suggestions)}?" if suggestions else ""
        super().__init__(
            Text(zh=f"没有名为「{name}」的{kind.zh}。{near_zh}", en=f"No {kind.en} is called {name!r}.{near_en}"),
            suggestions=suggestions,
        )
        self.name = name


class InvalidPlanError(UserError):
    """A plan that names real things but cannot be right."""


class SeveralPathsError(InvalidPlanError):
    """Rows lead to `entity` in several ways, and none was named. `suggestions` holds the ways: `buyer`, `seller>shop`."""

    def __init__(self, message: Text, entity: str, ways: Sequence[str]) -> None:
        super().__init__(message, suggestions=ways)
        self.entity = entity


class NotYetError(UserError):
    """A kind of question that the definitions can carry but this version does not compute."""

    def __init__(self, kind: Text, *, suggestions: Sequence[str] = ()) -> None:
        super().__init__(
            Text(zh=f"目前还不能回答{kind.zh}这类问题。", en=f"Questions about {kind.en} cannot be answered yet."),
            suggestions=suggestions,
        )
        self.kind = kind


class NotAllowedError(UserError):
    """The policy does not allow it for this person, role or purpose."""


class TooLongError(UserError):
    """A limit on time, memory or size was reached."""


class CancelledError(UserError):
    """The person stopped the work."""


class DataError(UserError):
    """A file or table is missing, damaged, or cannot be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One fault in definitions: where it stands, what is wrong, and what would mend it."""

    file: str
    line: int
    key: str
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.key}: {self.message} {self.remedy}"


class DefinitionError(QunxiangError):
    """Definitions that do not hold together. `issues` lists all faults found, not only the first."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))
