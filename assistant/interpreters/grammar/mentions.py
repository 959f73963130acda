"""From text to words of the grammar: function words, names of the model, numbers, times and quotations, all that occur.

Words may overlap; the parser chooses. What no word covers is later tried as a misspelling, and else stays unexplained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.interpreters.base import Note, NoteKind
from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.durations import durations
from assistant.interpreters.grammar.lexicon import FunctionWord, function_words
from assistant.interpreters.grammar.link_moments import MomentLinker
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.misspelt import windows
from assistant.interpreters.grammar.normalise import Normalised
from assistant.interpreters.grammar.numbers import NumberKind, find_numbers
from assistant.interpreters.grammar.pieces import Back, Number, Values
from assistant.interpreters.grammar.relinked import Anniversary, anniversaries, relinked
from assistant.interpreters.grammar.stretches import is_free, overlaps, splits, uncovered, without_parts
from assistant.interpreters.grammar.times import MomentMention, TimeFinder, TimeMention
from assistant.interpreters.grammar.words import WORD_PRICE, Mentions, Word
from semantic_layer.errors import Text
from semantic_layer.query.time import Comparison
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.fold import is_han
from semantic_layer.vocabulary.terms import NearMissTerm

_QUOTED = re.compile(r'"([^"]{1,80})"')
_KEY = re.compile(r"(?<![a-z0-9])[a-z]{1,4}[0-9]{4,}(?![a-z0-9])")
_TURNING = frozenset({"NEG", "EXC", "OR", "CMP", cat.NUMBER, cat.TIME})  # words that no misspelling explains away


class Linker:
    """Finds the words of one vocabulary. Read only after it is built."""

    def __init__(self, vocabulary: Vocabulary, meanings: Meanings, times: TimeFinder) -> None:
        self._vocabulary = vocabulary
        self._meanings = meanings
        self._times = times
        self._moments = MomentLinker(vocabulary, meanings.model.time_spines)

    def link(self, normalised: Normalised) -> Mentions:
        text = normalised.text
        fixed = [*_quoted(normalised), *_keys(text, normalised)]
        found = [t for t in self._all_times(text) if not _cuts_word(text, t.end)]
        yearly = self._yearly(text, found)
        times = [t for t in found if not overlaps(t.start, t.end, fixed) and not _cuts_after(text, t)]
        moments, times = self._moments.find(text, times)
        fixed += [word for t in times if (word := _time_word(t)) is not None]
        fixed += [
            Word(m.start, m.end, m.cat, m.value, WORD_PRICE + m.extra) for m in self._moments.place(text, moments)
        ]
        sure = [w for w in fixed if w.price <= WORD_PRICE + 0.4 and w.cat != "GRAIN"]
        names = [w for w in self._names(text) if not splits(w, sure)]
        functions = [_numbered(text, w, names) for w in self._function_words(text) if is_free(w, sure)]
        yearly_at = {each.place for each in yearly}
        dated: list[TimeMention | MomentMention] = [*times, *moments]
        errors = self._errors([each for each in dated if (each.start, each.end) not in yearly_at], functions)
        names = [w for w in names if not _is_named_end(w, names, functions)]
        functions = [w for w in functions if not _is_soft_part(text, w, names, functions)]
        functions = [w for w in functions if not _is_thing(w, names)]
        open_words = functions + _after_functions(names, functions)
        fixed += [Word(d.start, d.end, "LEN", d.length) for d in durations(self._meanings, text)]
        words = fixed + self._without_stray_values(text, without_parts(text, open_words))
        words = [w for w in words if not self._is_foreign_day(text, w, words)]
        words = relinked(text, words) + [a.word() for a in yearly]
        unknown = uncovered(text, words)
        if unknown:
            corrected = list(self._corrected(normalised, unknown, words))
            words += corrected
            unknown = uncovered(text, words)
        return Mentions(text, tuple(words), unknown, errors)

    def _yearly(self, text: str, times: Sequence[TimeMention]) -> tuple[Anniversary, ...]:
        day = self._times.calendar.as_of
        return tuple(anniversaries(self._meanings, text, self._vocabulary.find(text), times, (day.year, day.month)))

    def recurring(self, text: str) -> tuple[tuple[int, int], ...]:
        """Where months stand beside dates that come again every year, so that one to come is no prediction."""
        return tuple((a.start, a.end) for a in self._yearly(text, tuple(self._all_times(text))))

    def _errors(self, times: Sequence[TimeMention | MomentMention], functions: Sequence[Word]) -> tuple[Text, ...]:
        """What is wrong with the times; "next month" beside retention is no time."""
        cohorts = any(w.cat == "RETAIN" for w in functions)
        after = [w for w in functions if w.cat == "NEXTP" and cohorts]
        return tuple(t.error for t in times if t.error is not None and not overlaps(t.start, t.end, after))

    def _all_times(self, text: str) -> Iterator[TimeMention]:
        """Times; where the last word of one goes on as another word (618 sale|s), the time without that word."""
        for found in self._times.find(text):
            last = text.rfind(" ", found.start, found.end)
            if last < 0 or not _cuts_word(text, found.end):
                yield found
                continue
            yield from (t for t in self._times.find(text[:last]) if t.start == found.start and t.end == last)

    def names(self, text: str) -> tuple[tuple[int, int], ...]:
        """Where names stand of what can be asked for."""
        return tuple(
            (m.start, m.end) for m in self._vocabulary.find(text) if not isinstance(m.entry.term, NearMissTerm)
        )

    def _without_stray_values(self, text: str, words: list[Word]) -> list[Word]:
        """Drops a value of one kind of rows right before a verb of another: "orders in the morning" when only app events
        know the time of day. It would be read as a second, separate fact.
        """
        m = self._meanings
        return [w for w in words if not (_is_rows_value(m, w) and _stray(m, text, w, words))]

    def _is_foreign_day(self, text: str, word: Word, words: Sequence[Word]) -> bool:
        """Is it a weekday of one kind of rows right before what was done in another kind? Then only the moment is meant."""
        if not _is_rows_value(self._meanings, word) or not any(
            w.cat == "MOMENT" and w.start <= word.start and w.end == word.end for w in words
        ):
            return False
        return _stray(self._meanings, text, word, [*words, *_as_verbs(self._meanings, words)])

    def _names(self, text: str) -> list[Word]:
        """Names of the model. Where a word is declared to be ambiguous, only its declared meanings stand."""
        found = [
            Word(
                match.start,
                match.end,
                sense.cat,
                sense.value,
                WORD_PRICE + sense.price,
                sense=sense,
                plural=_plural(text, match.end),
            )
            for match in self._vocabulary.find(text)
            for sense in self._meanings.senses(match.entry)
        ]
        found = self._counting_words(found)
        declared = {(w.start, w.end) for w in found if w.sense is not None and w.sense.word is not None}
        return [word for w in found if (word := _beside_declared(w, declared)) is not None]

    def _counting_words(self, found: list[Word]) -> list[Word]:
        """Where a word names both a thing and the number of such things, it names the thing; a question may count it."""
        kept: list[Word] = []
        entities = {(w.start, w.end): w.value for w in found if w.cat == cat.ENTITY}
        for word in found:
            entity = entities.get((word.start, word.end))
            counts = (
                word.cat == cat.METRIC and isinstance(entity, str) and self._meanings.count_metric(entity) == word.value
            )
            if counts and entity == self._meanings.person:
                continue
            kept.append(replace(word, price=word.price + 0.3) if counts else word)
        metrics = {(w.start, w.end) for w in found if w.cat == cat.METRIC}
        counted = [
            replace(w, price=w.price + 0.6) if w.cat == cat.VALUE and (w.start, w.end) in metrics else w for w in kept
        ]
        return [self._later_verb(word, counted) for word in counted]

    def _later_verb(self, word: Word, found: Sequence[Word]) -> Word:
        """A verb of two entities means rows of the one that is defined first, unless its object decides."""
        if word.cat != cat.VERB:
            return word
        noun = any(w.cat == cat.ENTITY and (w.start, w.end) == (word.start, word.end) for w in found)
        people = any(w.cat == cat.ENTITY and w.value == self._meanings.person for w in found)
        if noun and (word.plural or not people):
            word = replace(word, price=word.price + 2.0)  # with nobody who did it, the word is the noun
        order = [e.name for e in self._meanings.model.entities]
        same = [w for w in found if w.cat == cat.VERB and (w.start, w.end) == (word.start, word.end)]
        earlier = sum(order.index(str(w.value)) < order.index(str(word.value)) for w in same)
        return replace(word, price=word.price + 0.2 * earlier)

    def _function_words(self, text: str) -> Iterator[Word]:
        for start, end, found in function_words().find(text):
            for function_word in found:
                yield Word(start, end, function_word.cat, _value_of(function_word))
        yield from _numbers(text)
        for place, char in enumerate(text):
            if char in "-~/" and 0 < place < len(text) - 1:
                yield Word(place, place + 1, "TO" if char != "/" else "AND", char)

    def _corrected(
        self, normalised: Normalised, unknown: Sequence[tuple[int, int]], words: Sequence[Word]
    ) -> Iterator[Word]:
        """Words for unknown stretches, widened where Chinese words around them may be part of a misspelt one."""
        text = normalised.text
        tried: set[tuple[int, int]] = set()
        for start, end in unknown:
            for begin, stop in windows(text, start, end):
                if (begin, stop) in tried:
                    continue
                tried.add((begin, stop))
                if any(w.cat in _TURNING and begin <= w.start and w.end <= stop for w in words):
                    continue
                yield from self._near(normalised, begin, stop)

    def _near(self, normalised: Normalised, start: int, end: int) -> Iterator[Word]:
        typed = normalised.quote(start, end)
        for near in self._vocabulary.near(normalised.text[start:end]):
            note = Note(kind=NoteKind.UNDERSTOOD_AS, words=typed, meaning=_shown(near.entry.label, near.entry.text))
            for sense in self._meanings.senses(near.entry):
                price = WORD_PRICE + sense.price + 2 * (1 - near.similarity) + 0.2
                yield Word(start, end, sense.cat, sense.value, price, note=note, sense=sense)


def _beside_declared(word: Word, declared: set[tuple[int, int]]) -> Word | None:
    """A name that is also a declared ambiguous word: another value still counts next to the name of its field."""
    if (word.start, word.end) not in declared or word.cat in (cat.ENTITY, cat.VERB, cat.WEAK_VALUE):
        return word
    if word.sense is not None and word.sense.word is not None:
        return word
    return replace(word, cat=cat.WEAK_VALUE) if word.cat == cat.VALUE else None


def _as_verbs(m: Meanings, words: Sequence[Word]) -> Iterator[Word]:
    """Values that say what was done (viewed, added to cart) as verbs of their rows."""
    for word in words:
        if _is_rows_value(m, word) and isinstance(word.value, Values):
            yield replace(word, cat=cat.VERB, value=word.value.field.split(".")[0])


def _is_rows_value(m: Meanings, word: Word) -> bool:
    return word.cat == cat.VALUE and isinstance(word.value, Values) and word.value.field.split(".")[0] in m.behaviours


def _stray(m: Meanings, text: str, word: Word, words: Sequence[Word]) -> bool:
    after = word.end + 1 if text[word.end : word.end + 1] == " " else word.end
    verbs = [w.value for w in words if w.cat == cat.VERB and w.start == after]
    assert isinstance(word.value, Values)
    target = word.value.field.split(".")[0]
    return bool(verbs) and not any(m.reaches(str(verb), target) is not None for verb in verbs)


def _after_functions(names: Sequence[Word], functions: Sequence[Word]) -> list[Word]:
    """A value that is called like a function word ("share") is less likely to be meant than that word."""
    taken = {(w.start, w.end) for w in functions}
    return [replace(w, price=w.price + 0.6) if (w.start, w.end) in taken and w.cat == cat.VALUE else w for w in names]


def _is_soft_part(text: str, word: Word, names: Sequence[Word], functions: Sequence[Word]) -> bool:
    """Is it a word of no meaning in a name that is made of nothing else? 看过 is what was done, not 看 and 过."""
    if word.cat not in cat.SOFT or not is_han(text[word.start]):
        return False
    soft = [(f.start, f.end) for f in functions if f.cat in cat.SOFT]
    holders = [n for n in names if n.start <= word.start and word.end <= n.end and (n.start, n.end) not in soft]
    return any(
        n.end - n.start > word.end - word.start
        and all(
            any(s[0] <= place < s[1] and n.start <= s[0] and s[1] <= n.end for s in soft)
            for place in range(n.start, n.end)
        )
        for n in holders
    )


def _is_thing(word: Word, names: Sequence[Word]) -> bool:
    """A word for a portrait (characteristics) that is what things of this model are called means these things."""
    same = (n for n in names if n.cat == cat.ENTITY and n.start <= word.start and word.end <= n.end)
    return word.cat == "PROFILE" and next(same, None) is not None


def _is_named_end(word: Word, names: Sequence[Word], functions: Sequence[Word]) -> bool:
    """A name made of the end of a period and of what is counted then (月末会员数) is read as these two."""
    if word.cat != cat.METRIC:
        return False
    inside = [w for w in (*names, *functions) if word.start <= w.start and w.end <= word.end and w is not word]
    ends = [w for w in inside if w.cat == "PEND"]
    counted = [w for w in inside if w.cat in (cat.METRIC, cat.ENTITY) and (w.start, w.end) != (word.start, word.end)]
    return any(not overlaps(c.start, c.end, ends) for c in counted) if ends else False


def _plural(text: str, end: int) -> bool:
    return text[end - 1] == "s"


def _numbered(text: str, word: Word, names: Sequence[Word]) -> Word:
    """In English the noun after "which" says whether one or many are asked for."""
    if word.cat != "WHICH" or not text[word.start].isascii():
        return word
    after = [n for n in names if n.start == word.end + 1 and n.cat in (cat.FIELD, cat.ENTITY)]
    end = max((n.end for n in after), default=0)
    return replace(word, value="one") if end and text[end - 1] != "s" else word


def _value_of(word: FunctionWord) -> object:
    return Number(value=float(word.value), unit="times") if word.cat == cat.NUMBER else word.value


def _shown(label: Text, text: str) -> Text:
    return Text(label.zh or text, label.en or text)


def _quoted(normalised: Normalised) -> Iterator[Word]:
    for match in _QUOTED.finditer(normalised.text):
        yield Word(match.start(), match.end(), cat.QUOTED, normalised.quote(match.start(1), match.end(1)).strip())


def _keys(text: str, normalised: Normalised) -> Iterator[Word]:
    for match in _KEY.finditer(text):
        if not _QUOTED.search(text, max(0, match.start() - 1)):
            yield Word(
                match.start(), match.end(), cat.KEY, normalised.quote(match.start(), match.end()).strip().upper()
            )


def _time_word(found: TimeMention) -> Word | None:
    price = WORD_PRICE + (1 - found.confidence)
    if found.time is not None:
        return Word(found.start, found.end, cat.TIME, found.time, price)
    if found.grain is not None:
        return Word(found.start, found.end, "GRAIN", found.grain.value, price)
    if found.compare is Comparison.PERIOD_BEFORE and found.unit is not None:
        return Word(found.start, found.end, "BACK", Back(found.unit, found.same), price)
    if found.compare is not None:
        return Word(found.start, found.end, "COMPARISON", found.compare, price)
    return None


def _numbers(text: str) -> Iterator[Word]:
    for found in find_numbers(text):
        percent = found.kind is NumberKind.PERCENT
        if found.kind is NumberKind.ORDINAL:
            continue
        yield Word(found.start, found.end, cat.NUMBER, Number(value=found.value, percent=percent, unit=found.unit))
        if found.number_end != found.end and not percent:
            yield Word(found.start, found.number_end, cat.NUMBER, Number(value=found.value))


def _cuts_word(text: str, end: int) -> bool:
    """Does a word of letters go on at `end`?"""
    return text[end - 1 : end + 1].isascii() and text[end - 1].isalpha() and text[end : end + 1].isalpha()


def _cuts_after(text: str, time: TimeMention) -> bool:
    """Does it begin inside a word for what comes later? 之后半年 is half a year after, not the second half of a year."""
    return any(
        start < time.start < end and any(word.cat == "AFTERZ" for word in words)
        for start, end, words in function_words().find(text)
    )
