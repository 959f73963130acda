"""The reviewed questions of one data set: looked up by their wording, checked before use, read anew when a file changes."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from assistant.memory.folders import ReviewedFolders
from assistant.memory.holds import PlanCheck, issues_of
from assistant.memory.reading import PairReader, PairsRead
from assistant.memory.similar import ByLetters, Similar
from assistant.memory.types import PairIssue, ReviewedQuestion
from assistant.memory.wordings import LONGEST, question_key
from semantic_layer.errors import InvalidPlanError, Issue, Language, Text, UnknownNameError

_MORE: Final = 4  # wordings looked at for each pair wanted: pairs have several, and some do not hold
_PAIR: Final = Text("审核问题", "reviewed question")

Mark = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What the files said when they were last read. `usable` leaves out pairs that contradict each other."""

    mark: Mark
    pairs: tuple[ReviewedQuestion, ...] = ()
    issues: tuple[Issue, ...] = ()
    usable: tuple[ReviewedQuestion, ...] = ()
    by_id: dict[str, ReviewedQuestion] = field(default_factory=dict)
    by_key: dict[str, ReviewedQuestion] = field(default_factory=dict)
    wordings: dict[Language, tuple[tuple[str, ...], tuple[ReviewedQuestion, ...]]] = field(default_factory=dict)


class ReviewedStore:
    """Safe for several threads and processes. A pair is used only while `check` finds no fault in its plan."""

    def __init__(self, folders: ReviewedFolders, check: PlanCheck, similar: Similar | None = None) -> None:
        self.folders = folders
        self.check = check
        self._similar = similar or ByLetters()
        self._reader = PairReader()
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[tuple[int, int, int], PairsRead]] = {}
        self._held = _Held(mark=(("", 0, 0, 0),))

    # ---- use

    def match(self, text: str) -> ReviewedQuestion | None:
        """The pair of the same question, when its plan holds."""
        if len(text) > LONGEST:
            return None
        pair = self._now().by_key.get(question_key(text))
        return pair if pair is not None and self.check.fault(pair.plan) is None else None

    def near(self, text: str, limit: int, language: Language) -> tuple[ReviewedQuestion, ...]:
        """Up to `limit` pairs with a wording in `language` like `text`, nearest first; all of them hold."""
        texts, pairs = self._now().wordings.get(language, ((), ()))
        found: dict[str, ReviewedQuestion] = {}
        for place, _ in self._similar.ranked(text, texts, limit * _MORE):
            pair = pairs[place]
            if len(found) < limit and pair.id not in found and self.check.fault(pair.plan) is None:
                found[pair.id] = pair
        return tuple(found.values())

    # ---- review

    def pairs(self) -> tuple[ReviewedQuestion, ...]:
        """All pairs that can be read, in the order of the files."""
        return self._now().pairs

    def usable(self) -> tuple[ReviewedQuestion, ...]:
        """The pairs that do not contradict each other."""
        return self._now().usable

    def get(self, pair_id: str) -> ReviewedQuestion | None:
        return self._now().by_id.get(pair_id)

    def faults(self) -> tuple[Issue, ...]:
        """What is wrong in the files."""
        return self._now().issues

    def set_aside(self) -> tuple[PairIssue, ...]:
        """The pairs that do not hold under the definitions: checks them all, which the first time takes its time."""
        return issues_of(self._now().usable, self.check)

    def mark_checked(self) -> int:
        """Note in the files which version of the definitions the pairs that hold were checked against; how many are new."""
        holding = [
            pair
            for pair in self.usable()
            if pair.definitions != self.check.version
            and self.folders.is_ours(pair)
            and self.check.fault(pair.plan) is None
        ]
        by_file: defaultdict[str, set[str]] = defaultdict(set)
        for pair in holding:
            by_file[pair.file].add(pair.id)
        with self._lock:
            for file, ids in by_file.items():
                self.folders.mark(Path(file), ids, self.check.version, self._reader)
        return len(holding)

    def under(self, check: PlanCheck) -> None:
        """Use other definitions from now on."""
        self.check = check

    def add(self, pair: ReviewedQuestion) -> ReviewedQuestion:
        """Write a pair; one that is there already is left as it is, and one with the same `id` gives way.

        Raises `InvalidPlanError` when its plan does not hold or its question has another plan already, and `DataError`
        when it cannot be written.
        """
        fault = self.check.fault(pair.plan)
        if fault is not None:
            raise InvalidPlanError(fault.reason, suggestions=fault.nearest)
        with self._lock:
            held = self._fresh()
            self._refuse_other_plan(pair, held)
            old = held.by_id.get(pair.id)
            if old is not None and _same(old, pair):
                return old
            self.folders.add(pair, self._reader, instead_of=old)
            return self._fresh().by_id.get(pair.id, pair)

    def remove(self, pair_id: str) -> ReviewedQuestion:
        """Take a pair out of its file; raises `UnknownNameError` when there is none."""
        with self._lock:
            pair = self._fresh().by_id.get(pair_id)
            if pair is None:
                raise UnknownNameError(_PAIR, pair_id)
            self.folders.remove(pair, self._reader)
            self._fresh()
            return pair

    def _refuse_other_plan(self, pair: ReviewedQuestion, held: _Held) -> None:
        keys = {question_key(wording) for wording in pair.wordings()}
        for other in held.pairs:
            shared = [w for w in other.wordings() if question_key(w) in keys]
            if other.id != pair.id and shared and other.plan != pair.plan:
                raise InvalidPlanError(
                    Text(
                        zh=f"「{shared[0]}」已经有另一个审核过的计划（{other.id}）。请先撤下它，或改写问题。",
                        en=f"{shared[0]!r} already has another reviewed plan ({other.id}). Withdraw it first, or word the question differently.",
                    ),
                    suggestions=(other.id,),
                )

    # ---- files

    def _now(self) -> _Held:
        held = self._held
        if held.mark == _mark(self.folders):
            return held
        with self._lock:
            return self._fresh()

    def _fresh(self) -> _Held:
        """Read the files that changed; the lock is held."""
        mark = _mark(self.folders)
        if self._held.mark == mark:
            return self._held
        read: dict[Path, tuple[tuple[int, int, int], PairsRead]] = {}
        for name, *stamp in mark:
            path, when = Path(name), (stamp[0], stamp[1], stamp[2])
            before = self._read.get(path)
            read[path] = before if before is not None and before[0] == when else (when, self._reader.read_file(path))
        self._read = read
        self._held = _held(mark, [part for _, part in read.values()])
        return self._held


def _mark(folders: ReviewedFolders) -> Mark:
    """Changes when a file of reviewed questions is written, added or taken away."""
    return tuple(_stamps(folders.files))


def _stamps(files: Iterable[Path]) -> Iterator[tuple[str, int, int, int]]:
    for path in files:
        try:
            found = path.stat()
        except OSError:
            continue  # it went away just now
        yield str(path), found.st_mtime_ns, found.st_size, found.st_ino


def _held(mark: Mark, parts: Sequence[PairsRead]) -> _Held:
    pairs = tuple(pair for part in parts for pair in part.pairs)
    issues = [issue for part in parts for issue in part.issues]
    by_key: dict[str, ReviewedQuestion] = {}
    by_id: dict[str, ReviewedQuestion] = {}
    bad: set[int] = set()
    for pair in pairs:
        first = by_id.setdefault(pair.id, pair)
        if first is not pair:
            issues.append(_twice(pair, first))
            bad.add(id(pair))
            continue
        for key, wording in {question_key(w): w for w in pair.wordings()}.items():
            other = by_key.setdefault(key, pair)
            if other is not pair:
                issues.append(_again(pair, other, wording))
                bad |= {id(pair), id(other)} if other.plan != pair.plan else set()
    usable = tuple(pair for pair in pairs if id(pair) not in bad)
    return _Held(
        mark=mark,
        pairs=pairs,
        issues=tuple(issues),
        usable=usable,
        by_id=by_id,
        by_key={key: pair for key, pair in by_key.items() if id(pair) not in bad},
        wordings={language: _wordings(usable, language) for language in ("zh", "en")},
    )


def _wordings(
    pairs: Sequence[ReviewedQuestion], language: Language
) -> tuple[tuple[str, ...], tuple[ReviewedQuestion, ...]]:
    listed = [(wording, pair) for pair in pairs for wording in pair.wordings(language)]
    return tuple(wording for wording, _ in listed), tuple(pair for _, pair in listed)


def _same(one: ReviewedQuestion, other: ReviewedQuestion) -> bool:
    return one.plan == other.plan and one.zh == other.zh and one.en == other.en


def _twice(pair: ReviewedQuestion, first: ReviewedQuestion) -> Issue:
    message = f"The id {pair.id!r} is taken by {first.file}:{first.line}; this question is not used."
    return _issue(pair, "id", message, "Give each an id of its own.")


def _again(pair: ReviewedQuestion, other: ReviewedQuestion, wording: str) -> Issue:
    where = f"{other.id!r} ({other.file}:{other.line})"
    if pair.plan == other.plan:
        issue = _issue(pair, "plan", f"{wording!r} stands in {where} already, with the same plan.", "Keep one.")
        return replace(issue, severity="warning")
    message = f"{wording!r} has another plan in {where}; neither is used."
    return _issue(pair, "plan", message, "Keep the one that is right.")


def _issue(pair: ReviewedQuestion, key: str, message: str, remedy: str) -> Issue:
    return Issue(file=pair.file, line=pair.line, key=f"questions[{pair.id}].{key}", message=message, remedy=remedy)
