"""Cases: a question, the turns before it, and what a right reply holds. Read from YAML that a data owner writes.

- id: q01                      # name of the cases
  kind: count                  # figures are given by kind
  zh: 上海有多少高价值客户？       # the question in one or both languages, or a list of wordings; each is a case of its own
  en: [How many high-value customers are in Shanghai?, Number of high-value customers in Shanghai]
  before: {zh: [...], en: [...]}   # optional: turns asked first, in the same conversation
  expect: answer               # answer | clarification | refusal | no_answer (either of the two)
  plan: {...}                  # the plan, or its only step, in the form that `qunxiang ask --json` prints
  also: [{...}]                # other plans that are as right
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
from semantic_layer.query.codec import Json, decode_plan, decode_step
from semantic_layer.query.plan import Plan

Expectation = Literal["answer", "clarification", "refusal", "no_answer"]
Cell = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question in one language, and what a right reply holds. Any of `plans` is right; none means any answer."""

    id: str
    kind: str
    language: Language
    question: str
    before: tuple[str, ...] = ()
    expect: Expectation = "answer"
    plans: tuple[Plan, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] | None = None
    options: int | None = None
    refusal: str | None = None


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    kind: str
    zh: str | list[str] = ""
    en: str | list[str] = ""
    before: dict[Language, list[str]] = Field(default_factory=dict)
    expect: Expectation = "answer"
    plan: Mapping[str, object] | None = None
    also: list[Mapping[str, object]] = Field(default_factory=list)
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
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            issues.append(_issue(file, "file", f"cannot be read: {error}", "Give a YAML list of cases."))
            continue
        for number, raw in enumerate(listed if isinstance(listed, list) else [listed], 1):
            found, problems = _read_one(file, number, raw)
            cases += found
            issues += problems
    issues += _named_twice(path, cases)
    if not cases and not issues:
        issues.append(
            _issue(path, "cases", "there is no case here.", "Write at least one; the form is in the documentation.")
        )
    if issues:
        raise DefinitionError(issues)
    return tuple(cases)


def _read_one(file: Path, number: int, raw: object) -> tuple[list[Case], list[Issue]]:
    key = f"case {number}"
    try:
        row = _Row.model_validate(raw)
        plans = tuple(_plan(given) for given in (row.plan, *row.also) if given is not None)
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc'])) or 'case'}: {e['msg']}" for e in error.errors()]
        return [], [_issue(file, key, "; ".join(told), f"Allowed keys: {', '.join(_Row.model_fields)}.")]
    except InvalidPlanError as error:
        remedy = "Print a plan with `qunxiang ask --json` and start from it."
        return [], [_issue(file, key, error.message.en, remedy)]
    if not (row.zh or row.en):
        return [], [_issue(file, key, f"{row.id!r} has no question.", "Give `zh`, `en` or both.")]
    return [*_of_language(row, "zh", row.zh, plans), *_of_language(row, "en", row.en, plans)], []


def _of_language(row: _Row, language: Language, asked: str | list[str], plans: tuple[Plan, ...]) -> list[Case]:
    if isinstance(asked, str):
        named = [(row.id, asked)] if asked else []
    else:
        named = [(f"{row.id}.{place}", text) for place, text in enumerate(asked, 1)]
    return [
        Case(
            id=name,
            kind=row.kind,
            language=language,
            question=question,
            before=tuple(row.before.get(language, ())),
            expect=row.expect,
            plans=plans,
            rows=None if row.rows is None else tuple(tuple(cells) for cells in row.rows),
            options=row.options,
            refusal=row.refusal,
        )
        for name, question in named
    ]


def _plan(given: Mapping[str, object]) -> Plan:
    data = {key: _json(value) for key, value in given.items()}
    whole = "steps" in data and data.get("is", "plan") == "plan"
    return decode_plan(data) if whole else Plan(steps=(decode_step(data),))


def _json(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _named_twice(path: Path, cases: Sequence[Case]) -> list[Issue]:
    seen: set[tuple[str, Language]] = set()
    issues = []
    for case in cases:
        if (case.id, case.language) in seen:
            issues.append(_issue(path, case.id, "two cases have this name.", "Give each an `id` of its own."))
        seen.add((case.id, case.language))
    return issues


def _issue(file: Path, key: str, message: str, remedy: str) -> Issue:
    return Issue(file=str(file), line=1, key=key, message=message, remedy=remedy)
