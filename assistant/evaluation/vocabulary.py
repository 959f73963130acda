"""How well tags are found by what people call them in their own words: by meaning and letters, and by letters alone.

The paraphrases are YAML that a data owner writes before looking at any ranking:

- tag: customer.high_value      # qualified name of a tag
  zh: [花钱最多的那批人]           # what people may say for it, or for one of its values
  en: [our biggest spenders]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from semantic_layer.errors import DefinitionError, Issue, Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.vocabulary.mixed import MixedRanking
from semantic_layer.vocabulary.terms import FieldTerm, GroupTerm, Near, Term, ValueTerm

Method = Literal["mixed", "letters"]
Among = Literal["tags", "all names"]

DEEPEST = 50  # places of the ranking of all names that are looked at
WORST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Paraphrase:
    """One thing that people say for a tag, named `entity.name`."""

    tag: str
    language: Language
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """On which place, from 1, a paraphrase found its tag; None when it did not. `first` is what stood first."""

    paraphrase: Paraphrase
    method: Method
    among: Among
    place: int | None
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Shares of paraphrases whose tag stood first, and among the first three; the mean of one over the place."""

    paraphrases: int
    at_1: float
    at_3: float
    mrr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyReport:
    """Every paraphrase by every method, and why there is no meaning in it when there is none."""

    found: tuple[Found, ...]
    tags: int
    why_not: Text | None = None

    def recall(self, method: Method, among: Among, language: Language) -> Recall:
        """The figures of one method over one set of candidates in one language."""
        places = [
            f.place for f in self.found if f.method == method and f.among == among and f.paraphrase.language == language
        ]
        count = max(len(places), 1)
        return Recall(
            paraphrases=len(places),
            at_1=sum(place == 1 for place in places) / count,
            at_3=sum(place is not None and place <= 3 for place in places) / count,
            mrr=sum(1 / place for place in places if place is not None) / count,
        )

    def as_markdown(self) -> str:
        """The figures as a Markdown table, then the paraphrases that did not find their tag among the first three."""
        lines = [
            f"Words for {self.tags} tags. Recall is the share of paraphrases whose tag stands first, or among the first three.",
            *(() if self.why_not is None else ("", f"{self.why_not.en} Both methods are the same here.")),
            "",
            "| among | language | ranking | paraphrases | recall@1 | recall@3 | MRR |",
            "|---|---|---|---:|---:|---:|---:|",
        ]
        for (among, language, method), recall in self._recalls().items():
            lines.append(
                f"| {among} | {language} | {method} | {recall.paraphrases} | {recall.at_1:.2f} | {recall.at_3:.2f} "
                f"| {recall.mrr:.2f} |"
            )
        missed = [f for f in self.found if f.method == "mixed" and f.among == "tags" and (f.place or DEEPEST) > 3]
        missed.sort(key=lambda f: -(f.place or DEEPEST))
        lines += ["", f"Not among the first three of the tags: {len(missed)}."] if missed else []
        for one in missed[:WORST]:
            what = one.paraphrase
            where = "was not found" if one.place is None else f"stands on place {one.place}"
            lines.append(f"- {what.said} ({what.language}): {what.tag} {where}; first is {one.first or 'nothing'}")
        return "\n".join(lines) + "\n"

    def as_data(self) -> dict[str, object]:
        """The same figures for JSON: by candidates, language and method."""
        data: dict[str, object] = {"tags": self.tags, "by_meaning": self.why_not is None}
        for (among, language, method), recall in self._recalls().items():
            data[f"{among}, {language}, {method}"] = {
                "paraphrases": recall.paraphrases,
                "recall@1": round(recall.at_1, 3),
                "recall@3": round(recall.at_3, 3),
                "mrr": round(recall.mrr, 3),
            }
        return data

    def _recalls(self) -> dict[tuple[Among, Language, Method], Recall]:
        keys = dict.fromkeys((f.among, f.paraphrase.language, f.method) for f in self.found)
        return {key: self.recall(key[2], key[0], key[1]) for key in sorted(keys, reverse=True)}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tag: str
    zh: list[str] = []
    en: list[str] = []


def read_paraphrases(path: Path, index: ModelIndex) -> tuple[Paraphrase, ...]:
    """All paraphrases of a file. Raises `DefinitionError` for what cannot be read and for tags that are not defined."""
    try:
        rows = TypeAdapter(list[_Row]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        remedy = "Give a YAML list; each item has `tag`, and a list of texts in `zh`, `en` or both."
        raise DefinitionError([_issue(path, "paraphrases", f"cannot be read: {error}", remedy)]) from error
    names = [tag.qualified for tag in index.model.tags]
    unknown = [row.tag for row in rows if row.tag not in names]
    if unknown:
        raise DefinitionError(
            [_issue(path, name, "no tag has this name.", did_you_mean(name, names, allowed="tags")) for name in unknown]
        )
    languages: tuple[Language, Language] = ("zh", "en")
    return tuple(
        Paraphrase(tag=row.tag, language=language, said=said)
        for row in rows
        for language in languages
        for said in (row.zh if language == "zh" else row.en)
    )


def vocabulary_figures(ranking: MixedRanking, index: ModelIndex, paraphrases: Path) -> VocabularyReport:
    """Rank for every paraphrase, among the tags alone and among all names, with `ranking` and with letters alone.

    A tag is found by its own names and descriptions or by those of one of its values.

    Raises:
        DefinitionError: when the file cannot be read or names a tag that is not defined.
    """
    said = read_paraphrases(paraphrases, index)
    letters = ranking.without_meaning()
    found = [
        one
        for paraphrase in said
        for one in (*_found(paraphrase, "mixed", ranking, index), *_found(paraphrase, "letters", letters, index))
    ]
    return VocabularyReport(found=tuple(found), tags=len(index.model.tags), why_not=ranking.why_not)


def _found(paraphrase: Paraphrase, method: Method, by: MixedRanking, index: ModelIndex) -> tuple[Found, Found]:
    scores = _best_of_tags(paraphrase.said, by, [tag.qualified for tag in index.model.tags])
    tags = sorted((tag for tag, score in scores.items() if score > 0), key=lambda tag: -scores[tag])
    everything = by.ranked(paraphrase.said, DEEPEST)
    fields = [_field(near.entry.term) for near in everything]
    return (
        Found(
            paraphrase=paraphrase,
            method=method,
            among="tags",
            place=_place(paraphrase.tag, tags),
            first=tags[0] if tags else "",
        ),
        Found(
            paraphrase=paraphrase,
            method=method,
            among="all names",
            place=_place(paraphrase.tag, fields),
            first=_first(everything),
        ),
    )


def _best_of_tags(said: str, by: MixedRanking, tags: Sequence[str]) -> Mapping[str, float]:
    """For each tag the highest similarity of itself or one of its values, in the order of the definitions."""
    best = dict.fromkeys(tags, 0.0)
    terms = [term for term in by.terms if _field(term) in best]
    for term, similarity in zip(terms, by.similarities(said, terms), strict=True):
        best[_field(term)] = max(best[_field(term)], similarity)
    return best


def _field(term: Term) -> str:
    return term.field if isinstance(term, FieldTerm | ValueTerm | GroupTerm) else ""


def _place(tag: str, ranked: Sequence[str]) -> int | None:
    return ranked.index(tag) + 1 if tag in ranked else None


def _first(ranked: Sequence[Near]) -> str:
    return ranked[0].entry.text if ranked else ""


def _issue(path: Path, key: str, message: str, remedy: str) -> Issue:
    return Issue(file=str(path), line=1, key=key, message=message, remedy=remedy)
