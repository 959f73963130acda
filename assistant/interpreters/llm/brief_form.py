"""The short form, for small models: they choose names for the words that nothing explains, and the grammar makes the plan.

A choice is taken when a second witness agrees: the ranking of the vocabulary must hold the same name for near.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from assistant.interpreters.llm.drafts import Draft, Drafted, Faulty, SaysNo, object_in
from assistant.interpreters.llm.material import Material
from assistant.interpreters.names import Gloss, Names
from assistant.interpreters.proposals import Reads
from assistant.interpreters.spans import Gap, plain
from prompts import render, text_of
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Cumulative
from semantic_layer.query.codec import Json
from semantic_layer.vocabulary.terms import MetricTerm, Term

_COUNT: Final = Text("客户人数", "how many customers")
_LIST: Final = Text("客户名单", "list of customers")
_NONE: Final = Text("都不是", "none of these")
_NOTHING: Final = Text("无", "nothing")
_OTHER: Final = Text("别的条件", "another condition")
_KEYS: Final = "ABCDEF"
_NEAREST: Final = 1  # place of the ranking in which it must hold a condition, which changes who is counted
_NEAR: Final = 3  # places of the ranking in which the second witness must hold a name
_NEAR_WHOLE: Final = 6  # the same for the question as a whole
_METRICS: Final = 10
_CONDITIONS: Final = 4
_LIKELY: Final = 0.38  # similarity from which a name is near enough to be meant
_SHOWN: Final = 28  # letters of a definition
_TELLING: Final = 0.45  # similarity from which words that were passed over may say something after all
_PASSED: Final = 12  # letters that may be passed over in all
_TRIES: Final = 24


class BriefForm:
    """See `Form`. Reads through `reads` what the choices make of the question."""

    def __init__(self, names: Names, reads: Reads) -> None:
        self._names = names
        self._reads = reads

    def system(self, material: Material) -> str:
        return render(f"brief.{material.language}", examples=text_of(f"brief_examples.{material.language}"))

    def user(self, text: str, material: Material) -> str:
        language = material.language
        zh = language == "zh"
        lines = []
        if not material.found.measured:
            names = [f"{name}{self._told(term, material)}" for name, term in self._asked(material).items()]
            lines.append(f"{'名称' if zh else 'Names'}: {'；'.join(names) if zh else '; '.join(names)}")
        for key, gap, conditions in self._places(material):
            lines.append(f"{key} 【{gap.said}】: {', '.join(_offered(conditions, language))}")
        lines.append(f"{'问' if zh else 'Q'}: {text}")
        return "\n".join(lines)

    def schema(self, material: Material) -> Mapping[str, Json]:
        choices = self._choices(material)
        return {
            "type": "object",
            "properties": {key: {"enum": allowed} for key, allowed in choices.items()},
            "required": list(choices),
            "additionalProperties": False,
        }

    def read(self, answer: str, text: str, material: Material) -> Draft:
        data = object_in(answer)
        if isinstance(data, Faulty):
            return data
        language = material.language
        asked = data.get("asked")
        if asked == _NONE.in_(language):
            return SaysNo()
        wrong = [
            f"{key}: {data.get(key)!r} is not allowed; choose from: {', '.join(allowed)}."
            for key, allowed in self._choices(material).items()
            if data.get(key) not in allowed
        ]
        if wrong:
            return Faulty(issues=tuple(wrong))
        if _OTHER.in_(language) in data.values():
            return SaysNo()
        chosen = {key: conditions.get(str(data[key])) for key, _, conditions in self._places(material)}
        drafts = self._drafts(None if asked is None else str(asked), chosen, text, material)
        return next(drafts, None) or SaysNo()

    # ---- what is offered

    def _choices(self, material: Material) -> dict[str, list[str]]:
        """What may stand under each key of the form."""
        choices = {} if material.found.measured else {"asked": list(self._asked(material))}
        for key, _, conditions in self._places(material):
            choices[key] = _offered(conditions, material.language)
        return choices

    def _asked(self, material: Material) -> dict[str, Term | None]:
        """What may be asked for, by the words shown. A running total is asked for by its name only."""
        language = material.language
        plain = [m for m in material.metrics if not isinstance(m.body, Cumulative)]
        metrics = {m.words.label.in_(language): MetricTerm(m.name) for m in plain[:_METRICS]}
        return {**metrics, _COUNT.in_(language): None, _LIST.in_(language): None, _NONE.in_(language): None}

    def _told(self, term: Term | None, material: Material) -> str:
        """The beginning of the definition, in brackets."""
        metric = next((m for m in material.metrics if term == MetricTerm(m.name)), None)
        told = "" if metric is None else metric.words.description.in_(material.language)
        return f" ({told[:_SHOWN].rstrip('。. ')})" if told else ""

    def _places(self, material: Material) -> Iterator[tuple[str, Gap, dict[str, Term]]]:
        """Gaps that may hold a condition, under letters, each with the likely ones by the words shown for them."""
        gaps = material.found.gaps
        for key, places in zip(_KEYS, gaps, strict=False):
            found = [t for gap in places for t in self._names.conditions(gap.said, _CONDITIONS, least=_LIKELY)]
            if found or material.found.measured or len(gaps) > 1:  # else it can only say what is asked for
                shown = {self._names.said(term, material.language)[0]: term for term in dict.fromkeys(found)}
                yield key, places[0], dict(list(shown.items())[:_CONDITIONS])

    # ---- what was chosen

    def _drafts(
        self, asked: str | None, chosen: Mapping[str, Term | None], text: str, material: Material
    ) -> Iterator[Drafted]:
        """Readings with the chosen names in their places, the likeliest place for the metric first."""
        metric = self._asked(material).get(asked or "")
        for tried, glosses in enumerate(self._placings(metric, chosen, material)):
            if tried >= _TRIES:
                return
            wording = material.found.replaced([(gap, words) for gap, words, _ in glosses])
            if not wording:
                continue
            whole = _with_question(wording, asked, metric, glosses, material.language, self._names)
            understood = self._reads.understood(whole)
            if understood is not None:
                taken = tuple(gloss for _, _, gloss in glosses)
                backed = self._backed(metric, glosses, text, measured=material.found.measured)
                yield Drafted(plan=understood.reading.plan, glosses=taken, backed=backed)

    def _placings(
        self, metric: Term | None, chosen: Mapping[str, Term | None], material: Material
    ) -> Iterator[tuple[tuple[Gap, str, Gloss], ...]]:
        gaps = dict(zip(_KEYS, material.found.gaps, strict=False))
        free = [key for key in gaps if chosen.get(key) is None]
        places: list[str | None] = (
            [None] if metric is None else [*sorted(free, key=lambda k: -self._fit(metric, gaps[k])), None]
        )
        for place in places:
            variants = [
                [
                    self._placed(gap, metric if key == place else chosen.get(key), material.language)
                    for gap in (gaps[key] if key == place else gaps[key][:1])
                ]
                for key in gaps
            ]
            yield from (tuple(combination) for combination in product(*variants))

    def _fit(self, metric: Term, gap: tuple[Gap, ...]) -> float:
        return max(self._names.similarity(place.said, metric) for place in gap)

    def _placed(self, gap: Gap, term: Term | None, language: Language) -> tuple[Gap, str, Gloss]:
        if term is None:
            return gap, "", Gloss(said=gap.said, term=None)
        words, label = self._names.said(term, language)
        return gap, words, Gloss(said=gap.said, term=term, label=label, named=True)

    def _backed(
        self, metric: Term | None, placed: tuple[tuple[Gap, str, Gloss], ...], text: str, *, measured: bool
    ) -> bool:
        """Does the ranking say the same: near what was named, and nothing near what was passed over?"""
        glosses = [gloss for _, _, gloss in placed]
        passed = [gap for gap, _, gloss in placed if gloss.term is None]
        if any(gap.timed for gap in passed) or sum(len(plain(gap.said)) for gap in passed) > _PASSED:
            return False
        for gloss in glosses:
            if gloss.term is None and self._names.conditions(gloss.said, 1, least=_TELLING):
                return False
            if gloss.term not in (None, metric) and self._names.place(gloss.said, gloss.term) > _NEAREST:
                return False
        if metric is None:
            return measured or any(gloss.term is not None for gloss in glosses)
        places = [self._names.place(gloss.said, metric) for gloss in glosses if gloss.term in (metric, None)]
        return any(place <= _NEAR for place in places) or self._names.place(text, metric) <= _NEAR_WHOLE


def _with_question(
    wording: str,
    asked: str | None,
    metric: Term | None,
    glosses: tuple[tuple[Gap, str, Gloss], ...],
    language: Language,
    names: Names,
) -> str:
    """The wording with what is asked for, where no gap of it says so already."""
    zh = language == "zh"
    if metric is not None and all(gloss.term != metric for _, _, gloss in glosses):
        label = names.said(metric, language)[0]
        return f"{wording} 的 {label}" if zh else f"{label} {wording}"
    if asked == _COUNT.in_(language):
        return f"{wording} 的客户有多少" if zh else f"how many customers {wording}"
    if asked == _LIST.in_(language):
        return f"{wording} 的客户有哪些" if zh else f"which customers {wording}"
    return wording


def _offered(conditions: Mapping[str, Term], language: Language) -> list[str]:
    return [_NOTHING.in_(language), *conditions, _OTHER.in_(language)]
