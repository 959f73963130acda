"""A bottom-up chart parser over words that may overlap. It knows rules and scores, and nothing of what they mean.

Starts are worked through from right to left, so that everything to the right of an item is complete when a rule asks for
it. Between two parts of a rule, words of little meaning may be passed over for a price.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rule:
    """`cat → right`, made by `build` from the values of the parts; `None` from `build` means that they do not fit."""

    name: str
    cat: str
    right: tuple[str, ...]
    build: Callable[..., object | None]
    weight: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A stretch `[start, end)` read as a `cat` with `value`. A leaf has no parts and names its `word`."""

    cat: str
    start: int
    end: int
    value: object
    score: float
    rule: str = ""
    parts: tuple[Item, ...] = ()
    word: object | None = None

    def leaves(self) -> Iterator[Item]:
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def derivation(self) -> Iterator[str]:
        if self.rule:
            yield self.rule
        for part in self.parts:
            yield from part.derivation()


# From a position, the positions that can be reached by passing over words, each with its price.
Reach = Mapping[int, Sequence[tuple[int, float]]]


@dataclass(slots=True)
class Grammar:
    """Rules by their first part. `roots` are categories that are only wanted from the start of the text."""

    rules: tuple[Rule, ...]
    roots: frozenset[str]
    beam: Mapping[str, int]
    default_beam: int = 4
    by_first: dict[str, list[Rule]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for rule in self.rules:
            self.by_first[rule.right[0]].append(rule)


class Chart:
    """One parse. `items(start, cat)` are the complete items from a position.

    Work is bounded: a text that needs more than `budget` attempts to build something is given up as `exhausted`.
    """

    def __init__(
        self, grammar: Grammar, leaves: Sequence[Item], reach: Reach, root_starts: frozenset[int], budget: int = 15_000
    ) -> None:
        self._grammar = grammar
        self._reach = reach
        self._roots = root_starts
        self._left = budget
        self._found: dict[int, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
        by_start: dict[int, list[Item]] = defaultdict(list)
        for leaf in leaves:
            by_start[leaf.start].append(leaf)
        for start in sorted(by_start, reverse=True):
            if not self.exhausted:
                self._fill(start, by_start[start])

    @property
    def exhausted(self) -> bool:
        return self._left <= 0

    def items(self, start: int, cat: str) -> Sequence[Item]:
        return self._found[start][cat]

    def _fill(self, start: int, leaves: Sequence[Item]) -> None:
        here = self._found[start]
        waiting = list(leaves)
        while waiting and not self.exhausted:
            item = waiting.pop()
            if not self._keep(here[item.cat], item):
                continue
            for rule in self._grammar.by_first.get(item.cat, ()):
                if rule.cat in self._grammar.roots and start not in self._roots:
                    continue
                waiting.extend(self._complete(rule, (item,), item.score))

    def _complete(self, rule: Rule, parts: tuple[Item, ...], score: float) -> Iterator[Item]:
        self._left -= 1
        if self.exhausted:
            return
        if len(parts) == len(rule.right):
            value = rule.build(*(part.value for part in parts))
            if value is not None:
                total = score + rule.weight
                yield Item(rule.cat, parts[0].start, parts[-1].end, value, total, rule.name, parts)
            return
        wanted = rule.right[len(parts)]
        for position, price in self._reach.get(parts[-1].end, ()):
            for following in self._found[position].get(wanted, ()) if position in self._found else ():
                yield from self._complete(rule, (*parts, following), score + following.score - price)

    def _keep(self, known: list[Item], item: Item) -> bool:
        """Keeps the best items of one stretch and category; of two with the same value the better one."""
        rivals = [other for other in known if other.end == item.end]
        for other in rivals:
            if other.value == item.value and _words(other) == _words(item):
                if other.score >= item.score:
                    return False
                known.remove(other)
                known.append(item)
                return True
        if len(rivals) >= self._grammar.beam.get(item.cat, self._grammar.default_beam):
            worst = min(rivals, key=lambda other: other.score)
            if worst.score >= item.score:
                return False
            known.remove(worst)
        known.append(item)
        return True


def _words(item: Item) -> object:
    return item.word if not item.parts else None
