"""From text to words of the grammar: function words, names of the model, numbers, times and quotations, all that occur.

Words may overlap; the parser chooses. What no word covers is later tried as a misspelling, and else stays unexplained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.interpreters.base import Note, NoteKind
from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.chart import Item
from assistant.interpreters.grammar.durations import durations
from assistant.interpreters.grammar.lexicon import FunctionWord, function_words
from assistant.interpreters.grammar.link_moments import MomentLinker
from assistant.interpreters.grammar.meanings import Meanings, Sense
from assistant.interpreters.grammar.normalise import Normalised
from assistant.interpreters.grammar.numbers import NumberKind, find_numbers
from assistant.interpreters.grammar.pieces import Number, Values
from assistant.interpreters.grammar.times import MomentMention, TimeFinder, TimeMention
from semantic_layer.errors import Text
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.fold import is_han
from semantic_layer.vocabulary.terms import NearMissTerm

_QUOTED = re.compile(r'"([^"]{1,80})"')
_KEY = re.compile(r"(?<![a-z0-9])[a-z]{1,4}[0-9]{4,}(?![a-z0-9])")
_PUNCTUATION = frozenset(" \t?!.。？！，,、;；:：'\"…·-~/|[]{}<>《》#*_\\")
_BESIDE_TIMES = frozenset({"LENW", "NEXTP", "PEND"})  # words that may hold, or be, what is also a time
_TURNING = frozenset({"NEG", "EXC", "OR", "CMP", cat.NUMBER, cat.TIME})  # words that no misspelling explains away
_WORD_PRICE = 1.0  # each word costs the same, so that long words win over their parts


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of the text with one meaning in the grammar. `note` tells the person what it was taken for."""

    start: int
    end: int
    cat: str
    value: object
    price: float = _WORD_PRICE
    note: Note | None = None
    sense: Sense | None = None
    plural: bool = False  # an English word with the ending of a plural

    def leaf(self) -> Item:
        return Item(self.cat, self.start, self.end, self.value, -self.price, word=self)


@dataclass(frozen=True, slots=True)
class Mentions:
    """All words of a text, and the stretches that no word covers."""

    text: str
    words: tuple[Word, ...]
    unknown: tuple[tuple[int, int], ...]
    time_errors: tuple[Text, ...] = ()


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
        times = [t for t in found if not _overlaps(t.start, t.end, fixed) and not _cuts_after(text, t)]
        moments, times = self._moments.find(text, times)
        fixed += [word for t in times if (word := _time_word(t)) is not None]
        fixed += [
            Word(m.start, m.end, m.cat, m.value, _WORD_PRICE + m.extra) for m in self._moments.place(text, moments)
        ]
        sure = [w for w in fixed if w.price <= _WORD_PRICE + 0.4 and w.cat != "GRAIN"]
        names = [w for w in self._names(text) if not _splits(w, sure)]
        functions = [_numbered(text, w, names) for w in self._function_words(text) if _is_free(w, sure)]
        errors = self._errors((*times, *moments), functions)
        names = [w for w in names if not _is_named_end(w, names, functions)]
        open_words = functions + _after_functions(names, functions)
        fixed += [Word(d.start, d.end, "LEN", d.length) for d in durations(self._meanings, text)]
        words = fixed + self._without_stray_values(text, _without_parts(text, open_words))
        words = [w for w in words if not self._is_foreign_day(text, w, words)]
        unknown = _uncovered(text, words)
        if unknown:
            corrected = list(self._corrected(normalised, unknown, words))
            words += corrected
            unknown = _uncovered(text, words)
        return Mentions(text, tuple(words), unknown, errors)

    def _errors(self, times: Sequence[TimeMention | MomentMention], functions: Sequence[Word]) -> tuple[Text, ...]:
        """What is wrong with the times; "next month" beside retention is no time."""
        cohorts = any(w.cat == "RETAIN" for w in functions)
        after = [w for w in functions if w.cat == "NEXTP" and cohorts]
        return tuple(t.error for t in times if t.error is not None and not _overlaps(t.start, t.end, after))

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
                _WORD_PRICE + sense.price,
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
            for begin, stop in _windows(text, start, end):
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
                price = _WORD_PRICE + sense.price + 2 * (1 - near.similarity) + 0.2
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


def _is_named_end(word: Word, names: Sequence[Word], functions: Sequence[Word]) -> bool:
    """A name made of the end of a period and of what is counted then (月末会员数) is read as these two."""
    if word.cat != cat.METRIC:
        return False
    inside = [w for w in (*names, *functions) if word.start <= w.start and w.end <= word.end and w is not word]
    ends = [w for w in inside if w.cat == "PEND"]
    counted = [w for w in inside if w.cat in (cat.METRIC, cat.ENTITY) and (w.start, w.end) != (word.start, word.end)]
    return any(not _overlaps(c.start, c.end, ends) for c in counted) if ends else False


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


def _windows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch itself; for Chinese also with up to four characters on either side, widest first; for English with the
    words beside it, for a typo may stand in one word of a name.
    """
    if is_han(text[start]):
        for left in range(4, -1, -1):
            for right in range(4, -1, -1):
                begin, stop = start - left, end + right
                if (
                    begin >= 0
                    and stop <= len(text)
                    and 2 <= stop - begin <= 8
                    and all(is_han(c) for c in text[begin:stop])
                ):
                    yield begin, stop
        return
    for before in range(3):
        for after in range(3):
            first, last = _words_left(text, start, before), _words_right(text, end, after)
            if first is not None and last is not None:
                yield first, last


def _words_left(text: str, start: int, count: int) -> int | None:
    for _ in range(count):
        if start < 2 or text[start - 1] not in " -":
            return None
        start -= 1
        while start > 0 and text[start - 1].isascii() and text[start - 1].isalnum():
            start -= 1
    return start


def _words_right(text: str, end: int, count: int) -> int | None:
    for _ in range(count):
        if end >= len(text) - 1 or text[end] not in " -":
            return None
        end += 1
        while end < len(text) and text[end].isascii() and text[end].isalnum():
            end += 1
    return end


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
    price = _WORD_PRICE + (1 - found.confidence)
    if found.time is not None:
        return Word(found.start, found.end, cat.TIME, found.time, price)
    if found.grain is not None:
        return Word(found.start, found.end, "GRAIN", found.grain.value, price)
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


def _overlaps(start: int, end: int, fixed: Sequence[Word]) -> bool:
    return any(f.start < end and start < f.end for f in fixed)


def _is_free(word: Word, fixed: Sequence[Word]) -> bool:
    """Is it neither inside a fixed word nor cut by one, or of a kind that may be inside?"""
    if word.cat not in _BESIDE_TIMES:
        return not _overlaps(word.start, word.end, fixed)
    return not any(_cut(word, f) for f in fixed)


def _cut(word: Word, other: Word) -> bool:
    """Do they overlap without one holding the other?"""
    held = other.start <= word.start and word.end <= other.end
    holds = word.start <= other.start and other.end <= word.end
    return other.start < word.end and word.start < other.end and not held and not holds


def _splits(word: Word, fixed: Sequence[Word]) -> bool:
    """Does it overlap a fixed word without holding all of it? A name may hold a time in it: 1月生日."""
    return any(
        f.start < word.end and word.start < f.end and not (word.start <= f.start and f.end <= word.end) for f in fixed
    ) or any((word.start, word.end) == (f.start, f.end) for f in fixed)


def _without_parts(text: str, words: Sequence[Word]) -> list[Word]:
    """Drops words inside a longer one, unless that one is exactly made up of words, a name among them: then both ways of
    reading stand.
    """
    spans = sorted({(w.start, w.end) for w in words}, key=lambda s: (s[0] - s[1], s[0]))
    kept: set[tuple[int, int]] = set()
    named = {(w.start, w.end) for w in words if w.sense is not None}, {_span(w) for w in words if w.cat == cat.ENTITY}
    for span in spans:
        holders = [k for k in kept if k[0] <= span[0] and span[1] <= k[1] and k != span]
        if all(
            _contested(holder, spans) or (_holds_name(holder, named) and _tiles(text, holder, span, spans))
            for holder in holders
        ):
            kept.add(span)
    return [w for w in words if (w.start, w.end) in kept]


def _holds_name(holder: tuple[int, int], named: tuple[set[tuple[int, int]], set[tuple[int, int]]]) -> bool:
    """Is it a name, or a word with the name of a thing in it: "order by"?"""
    names, things = named
    return holder in names or any(holder[0] <= n[0] and n[1] <= holder[1] for n in things)


def _span(word: Word) -> tuple[int, int]:
    return word.start, word.end


def _contested(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Does another word begin or end in the middle of this one and reach out of it?"""
    return any(s[0] < span[0] < s[1] < span[1] or span[0] < s[0] < span[1] < s[1] for s in spans)


def _tiles(text: str, holder: tuple[int, int], part: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Is there a chain of words that fills `holder` and has `part` in it? Blanks between words do not matter."""
    inner = [s for s in spans if holder[0] <= s[0] and s[1] <= holder[1] and s != holder]
    return _fills(text, holder[0], part[0], inner) and _fills(text, part[1], holder[1], inner)


def _fills(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    reached = {_after_blanks(text, start, end)}
    for begin, stop in sorted(spans):
        if begin in reached and stop <= end:
            reached.add(_after_blanks(text, stop, end))
    return end in reached


def _after_blanks(text: str, place: int, end: int) -> int:
    while place < end and text[place] in " -":
        place += 1
    return place


def _uncovered(text: str, words: Sequence[Word]) -> tuple[tuple[int, int], ...]:
    covered = [False] * len(text)
    for word in words:
        for place in range(word.start, word.end):
            covered[place] = True
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for place in range(len(text) + 1):
        bare = place < len(text) and not covered[place] and text[place] not in _PUNCTUATION
        joined = start is not None and bare and is_han(text[place]) == is_han(text[place - 1])
        if start is not None and not joined:
            runs.append((start, place))
            start = None
        if bare and start is None:
            start = place
    return tuple(runs)


def is_punctuation(char: str) -> bool:
    return char in _PUNCTUATION
