"""One word with two meanings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from semantic_layer.errors import Text
from semantic_layer.model.rules.words import spoken
from semantic_layer.model.sources import Kind
from semantic_layer.model.types import SemanticModel, Value, Words
from semantic_layer.review.findings import Findings, Place, listed
from semantic_layer.review.usage import KINDS


@dataclass(frozen=True, slots=True)
class Claim:
    """A definition that a word stands for: itself, or one of its values."""

    kind: Kind
    name: str
    is_values: bool


def check_words(model: SemanticModel, findings: Findings) -> None:
    """A word for a value means one value, and no metric, tag or field, unless an ambiguity names both.

    One finding for each two fields. Words that several names claim are errors already when the files are read.
    """
    claimed: dict[str, list[Claim]] = defaultdict(list)
    for claim, words in _words(model):
        for word in dict.fromkeys(spoken(one) for one in words):
            claimed[word].append(claim)
    declared = {spoken(one.word): one.meanings for one in model.ambiguities}
    thought_of = {frozenset(pair) for word in declared for pair in combinations(claimed.get(word, ()), 2)}
    shared: dict[tuple[Claim, Claim], list[str]] = defaultdict(list)
    shadowed: dict[Claim, list[str]] = defaultdict(list)
    for word, claims in claimed.items():
        if word in declared:
            for claim in (one for one in claims if not _meant(one, declared[word])):
                shadowed[claim].append(word)
            continue
        for first, second in combinations(claims, 2):
            if first.name != second.name and (first.is_values or second.is_values):
                shared[(first, second)].append(word)
    for (first, second), words in shared.items():
        _say(first, second, words, findings, known=frozenset({first, second}) in thought_of)
    for claim, words in shadowed.items():
        _say_shadowed(claim, words, findings)


def _meant(claim: Claim, meanings: tuple[str, ...]) -> bool:
    return claim.name in meanings or (claim.kind == "tag" and claim.name.rpartition(".")[2] in meanings)


def _say(first: Claim, second: Claim, words: list[str], findings: Findings, *, known: bool) -> None:
    """Where other values of the same two are declared, the rest was probably forgotten, and people are asked back."""
    names, one, other = listed(words, most=6), _called(first), _called(second)
    findings.add(
        "info" if known else "warning",
        Place(kind=second.kind, name=second.name, path=("values",) if second.is_values else ("synonyms",)),
        Text(
            f"{len(words)} 个词既指{one.zh}，也指{other.zh}：{names.zh}。每次都会反问。",
            f"Words that mean both {one.en} and {other.en}: {names.en}. Whoever says one is asked back each time.",
        ),
        Text(
            f"请列入 ambiguities，写上 {first.name} 和 {second.name}，可加 default；或从其中一个删除。",
            f"List them under ambiguities: with {first.name} and {second.name}, perhaps with a default:; "
            "or remove them from one of the two.",
        ),
        count=len(words),
    )


def _say_shadowed(claim: Claim, words: list[str], findings: Findings) -> None:
    names, one = listed(words, most=6), _called(claim)
    findings.add(
        "info",
        Place(kind=claim.kind, name=claim.name, path=("values",) if claim.is_values else ("synonyms",)),
        Text(
            f"ambiguities 里的 {len(words)} 个词没有列出{one.zh}，因此不会指它：{names.zh}。",
            f"Words that are declared ambiguous without {one.en}, and never mean it: {names.en}.",
        ),
        Text(
            f"请在 ambiguities 里加上 {claim.name}，或从这里删除。",
            f"Add {claim.name} to their meanings, or remove them here.",
        ),
        count=len(words),
    )


def _called(claim: Claim) -> Text:
    if claim.is_values:
        return Text(f"「{claim.name}」的取值", f"a value of {claim.name}")
    return Text(f"{KINDS[claim.kind].zh}「{claim.name}」", f"the {KINDS[claim.kind].en} {claim.name}")


def _words(model: SemanticModel) -> Iterator[tuple[Claim, list[str]]]:
    """The words for definitions, and for values and groups of fields. Values of tags are told by the tag's name."""
    for metric in model.metrics:
        yield Claim("metric", metric.name, is_values=False), _of(metric.words)
    for tag in model.tags:
        yield Claim("tag", tag.qualified, is_values=False), _of(tag.words)
    for field in model.dimensions:
        yield Claim("dimension", field.qualified, is_values=False), _of(field.words)
        values = [word for value in field.values if isinstance(value.value, str) for word in _of_value(value)]
        groups = [word for group in field.groups for word in _of(group.words)]
        yield Claim("dimension", field.qualified, is_values=True), [*values, *groups]


def _of(words: Words) -> list[str]:
    return [word for word in (words.label.zh, words.label.en, *words.synonyms) if word]


def _of_value(value: Value) -> list[str]:
    return [word for word in (value.label.zh, value.label.en, *value.aliases) if word and not word.strip().isdigit()]
