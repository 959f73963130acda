"""Files of reviewed questions: `*.yml` that a person may write too. One faulty question never loses the others.

questions:
- id: high_value_in_shanghai          # name of the pair
  zh: [上海有多少高价值客户？]           # wordings in one or both languages: a text, or a list of them
  en: [How many high-value customers are in Shanghai?]
  plan: {...}                         # the plan, or its only step, in the form that `qunxiang ask --json` prints
  approved_by: chen
  approved_on: 2026-11-01
  note: …                             # optional
  definitions: 0e49151c94f7           # optional: the version of the definitions that it was last checked against
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from assistant.memory.types import ReviewedQuestion
from assistant.memory.wordings import MOST_LETTERS, question_key
from semantic_layer.errors import InvalidPlanError, Issue
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, ListNode, MapNode, Node, parse_yaml
from semantic_layer.query.codec import Json, decode_plan, decode_step
from semantic_layer.query.plan import Plan

KEY: Final = "questions"
_ITEM: Final = re.compile(r"^( *)- ")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_MOST_KNOWN: Final = 100_000
_PRINT: Final = "Print a plan with `qunxiang ask --json` and start from it."


@dataclass(frozen=True, slots=True)
class PairsRead:
    """The questions that can be read, in the order of the file, and the faults of the others."""

    pairs: tuple[ReviewedQuestion, ...]
    issues: tuple[Issue, ...]


class PairReader:
    """Reads files question by question, and remembers those without faults: an edit of one does not read the others anew."""

    def __init__(self) -> None:
        self._known: dict[str, ReviewedQuestion] = {}

    def read_file(self, path: Path) -> PairsRead:
        """The questions of one file; a file that cannot be read at all is a fault too."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            told = f"The file cannot be read: {error.strerror}."
            return PairsRead((), (_issue(path, 1, "", told, "Look at its rights."),))
        except UnicodeDecodeError:
            return PairsRead((), (_issue(path, 1, "", "The file is not UTF-8 text.", "Save it as UTF-8."),))
        return self.read(text, path)

    def read(self, text: str, path: Path) -> PairsRead:
        """The same for a text. Where YAML breaks in one question, the others are read all the same."""
        alone = self._one_by_one(text, path)
        issues = tuple(issue for part in alone for issue in part.issues)
        if alone and not issues and _is_plain_head(text):
            return PairsRead(tuple(pair for part in alone for pair in part.pairs), ())
        parsed = parse_yaml(text, str(path))
        if parsed.root is not None:
            found = list(parsed.issues)
            return PairsRead(tuple(_pairs(parsed.root, found)), tuple(found))
        pairs = tuple(pair for part in alone for pair in part.pairs)
        return PairsRead(pairs, issues or parsed.issues) if pairs else PairsRead((), parsed.issues)

    def _one_by_one(self, text: str, path: Path) -> list[PairsRead]:
        lines = text.splitlines()
        spans = item_lines(text)
        blocks = ["\n".join(lines[first - 1 : last]) for first, last in spans]
        found = [self._block(block, path, first) for block, (first, _) in zip(blocks, spans, strict=True)]
        if len(self._known) > _MOST_KNOWN:
            self._known = {}
        for block, part in zip(blocks, found, strict=True):
            if len(part.pairs) == 1 and not part.issues:
                self._known[block] = part.pairs[0]
        return found

    def _block(self, block: str, path: Path, first: int) -> PairsRead:
        """One item of the list, which begins on line `first` of the file."""
        known = self._known.get(block)
        if known is not None:
            return PairsRead((replace(known, file=str(path), line=first),), ())
        parsed = parse_yaml(f"{KEY}:\n{block}\n", str(path))
        issues = list(parsed.issues)
        pairs = tuple(_pairs(parsed.root, issues)) if parsed.root is not None else ()
        moved = first - 2  # it stood on the second line here
        return PairsRead(
            tuple(replace(pair, line=first) for pair in pairs),
            tuple(replace(issue, line=max(issue.line + moved, first)) for issue in issues),
        )


def item_lines(text: str) -> tuple[tuple[int, int], ...]:
    """First and last line (from 1) of each item of the list, comments and blank lines after it left out."""
    lines = text.splitlines()
    starts = [(number, found.group(1)) for number, line in enumerate(lines, 1) if (found := _ITEM.match(line))]
    outer = [number for number, indent in starts if indent == starts[0][1]]
    return tuple(
        (start, _last_line(lines, start, following)) for start, following in pairwise([*outer, len(lines) + 1])
    )


def _last_line(lines: list[str], start: int, following: int) -> int:
    last = following - 1
    while last > start and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    return last


def _is_plain_head(text: str) -> bool:
    """Whether nothing but comments and the key of the list stands before the first item."""
    items = item_lines(text)
    head = text.splitlines()[: items[0][0] - 1] if items else []
    return [line.rstrip() for line in head if line.strip() and not line.startswith("#")] == [f"{KEY}:"]


def _pairs(root: MapNode, issues: list[Issue]) -> Iterator[ReviewedQuestion]:
    """Those without any fault. `issues` holds what parsing found, such as a key that stands twice."""
    parsing = [issue.line for issue in issues]
    whole = Section(root, "", issues)
    items = whole.sections(KEY)
    ends = [*(item.place.line for item in items[1:]), math.inf]
    for item, end in zip(items, ends, strict=False):
        before = len(issues)
        pair = _pair(_labelled(item, issues), issues)
        if len(issues) == before and not any(item.place.line <= line < end for line in parsing):
            yield pair
    whole.finish()


def _labelled(item: Section, issues: list[Issue]) -> Section:
    """The item under the path that tells its `id`."""
    found = item.node.entries.get("id")
    named = isinstance(found, LeafNode) and found.value is not None
    return Section(item.node, f"{KEY}[{found.value}]" if isinstance(found, LeafNode) and named else item.path, issues)


def _pair(item: Section, issues: list[Issue]) -> ReviewedQuestion:
    pair = ReviewedQuestion(
        id=item.text_of("id", required=True),
        zh=item.texts("zh"),
        en=item.texts("en"),
        plan=_plan(item, issues),
        approved_by=item.text_of("approved_by", required=True),
        approved_on=_day(item),
        note=item.text_of("note"),
        definitions=item.text_of("definitions"),
        file=item.place.file,
        line=item.place.line,
    )
    if not pair.wordings():
        item.report("zh", "The question has no wording.", "Give `zh`, `en` or both.")
    for language in ("zh", "en"):
        for wording in pair.zh if language == "zh" else pair.en:
            if not question_key(wording):
                item.report(language, f"{wording!r} has no words.", "Write the question as people ask it.")
            if len(wording) > MOST_LETTERS:
                told = f"The wording has {len(wording)} characters."
                item.report(language, told, f"Write at most {MOST_LETTERS}.")
    item.finish()
    return pair


def _day(item: Section) -> date:
    written = item.text_of("approved_on", required=True)
    try:
        return date.fromisoformat(written)
    except ValueError:
        if written:
            item.report("approved_on", f"{written!r} is not a day.", "Write a day such as 2026-11-01.")
        return date.min


def _plan(item: Section, issues: list[Issue]) -> Plan:
    section = item.section("plan")
    if section is None:
        if "plan" not in item.node.entries:
            item.report("plan", "The key 'plan' is missing.", _PRINT)
        return Plan(())
    try:
        plan = plan_of_data(_json(section.node))
    except InvalidPlanError as error:
        place, _, said = error.message.en.partition(": ")
        line = _line_at(section.node, place)
        issues.append(_issue(Path(item.place.file), line, f"{item.key('plan')}{place.removeprefix('$')}", said, _PRINT))
        return Plan(())
    if not plan.steps:
        item.report("plan", "The plan has no step.", _PRINT)
    return plan


def plan_of_data(data: Json) -> Plan:
    """A plan from JSON data: a whole plan, one in its envelope, or its only step. Raises `InvalidPlanError`."""
    if isinstance(data, dict) and data.keys() == {"version", "value"}:
        return plan_of_data(data["value"])
    whole = isinstance(data, dict) and "steps" in data and data.get("is", "plan") == "plan"
    return decode_plan(data) if whole else Plan(steps=(decode_step(data),))


def _json(node: Node) -> Json:
    match node:
        case MapNode(entries=entries):
            return {key: _json(inner) for key, inner in entries.items()}
        case ListNode(items=items):
            return [_json(inner) for inner in items]
        case LeafNode(value=value):
            return value.isoformat() if isinstance(value, date) else value


def _line_at(node: MapNode, place: str) -> int:
    """The line of `$.where.items[0]`, or of the nearest part around it that is there."""
    here: Node = node
    line = node.place.line
    for name, number in _STEP.findall(place):
        if name and isinstance(here, MapNode) and name in here.entries:
            line, here = here.keys[name].line, here.entries[name]
        elif number and isinstance(here, ListNode) and int(number) < len(here.items):
            here = here.items[int(number)]
            line = here.place.line
    return line


def _issue(path: Path, line: int, key: str, message: str, remedy: str) -> Issue:
    return Issue(file=str(path), line=line, key=key, message=message, remedy=remedy)
