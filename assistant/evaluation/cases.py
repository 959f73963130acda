"""Cases: a question, the turns before it, and what a right reply holds. Read from YAML that a data owner writes.

- id: q01                      # name of the case
  kind: count                  # figures are given by kind
  zh: 上海有多少高价值客户？       # the question in one or both languages; each is a case of its own
  en: How many high-value customers are in Shanghai?
  before: {zh: [...], en: [...]}   # optional: turns asked first, in the same conversation
  expect: answer               # answer | clarification | refusal
  plan: {...}                  # exact plan, in the form that `qunxiang ask --json` prints
  rows: [[...], ...]           # or the rows of the result; numbers within 1e-6 of each other are equal
  options: 2                   # for a clarification: how many meanings are offered
  refusal: not_yet             # for a refusal: its kind
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semantic_layer.errors import DefinitionError, InvalidPlanError, Issue, Language
from semantic_layer.query.codec import Json, decode_plan
from semantic_layer.query.plan import Plan

Expectation = Literal["answer", "clarification", "refusal"]
Cell = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question in one language, and what a right reply holds."""

    id: str
    kind: str
    language: Language
    question: str
    before: tuple[str, ...] = ()
    expect: Expectation = "answer"
    plan: Plan | None = None
    rows: tuple[tuple[Cell, ...], ...] | None = None
    options: int | None = None
    refusal: str | None = None


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    kind: str
    zh: str = ""
    en: str = ""
    before: dict[Language, list[str]] = Field(default_factory=dict)
    expect: Expectation = "answer"
    plan: Mapping[str, object] | None = None
    rows: list[list[Cell]] | None = None
    options: int | None = None
    refusal: str | None = None


def read_cases(path: Path) -> tuple[Case, ...]:
    """All cases of a file, or of every YAML file in a folder. Raises `DefinitionError` that names file and case."""
    files = sorted(path.glob("*.yml")) if path.is_dir() else [path]
    issues: list[Issue] = []
    cases: list[Case] = []
    for file in files:
        try:
            listed = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        except (OSError, yaml.YAMLError) as error:
            issues.append(_issue(file, "file", f"cannot be read: {error}", "Give a YAML list of cases."))
            continue
        for number, raw in enumerate(listed if isinstance(listed, Sequence) else [listed], 1):
            found, problems = _read_one(file, number, raw)
            cases += found
            issues += problems
    if not cases and not issues:
        issues.append(
            _issue(path, "cases", "there is no case here.", "Write at least one; the form is in the documentation.")
        )
    if issues:
        raise DefinitionError(issues)
    return tuple(cases)


def _read_one(file: Path, number: int, raw: object) -> tuple[list[Case], list[Issue]]:
    try:
        row = _Row.model_validate(raw)
        plan = None if row.plan is None else decode_plan(_json(row.plan))
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        return [], [_issue(file, f"case {number}", "; ".join(told), f"Allowed keys: {', '.join(_Row.model_fields)}.")]
    except InvalidPlanError as error:
        return [], [
            _issue(
                file, f"case {number}", error.message.en, "Print a plan with `qunxiang ask --json` and start from it."
            )
        ]
    asked: tuple[tuple[Language, str], ...] = (("zh", row.zh), ("en", row.en))
    return [
        Case(
            id=row.id,
            kind=row.kind,
            language=language,
            question=question,
            before=tuple(row.before.get(language, ())),
            expect=row.expect,
            plan=plan,
            rows=None if row.rows is None else tuple(tuple(cells) for cells in row.rows),
            options=row.options,
            refusal=row.refusal,
        )
        for language, question in asked
        if question
    ], []


def _json(value: Mapping[str, object]) -> Json:
    return {key: _json_value(item) for key, item in value.items()}


def _json_value(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _issue(file: Path, key: str, message: str, remedy: str) -> Issue:
    return Issue(file=str(file), line=1, key=key, message=message, remedy=remedy)
