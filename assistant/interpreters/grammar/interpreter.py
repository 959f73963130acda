"""The offline interpreter: text → words → chart of readings → the one plan they mean, or what is in doubt and what is unknown."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.interpreters.base import Ambiguous, Context, Declined, Outcome, RefusalKind, Understood
from assistant.interpreters.grammar import cues
from assistant.interpreters.grammar.acts.reading import ActReader
from assistant.interpreters.grammar.became import Histories
from assistant.interpreters.grammar.decide import Decider
from assistant.interpreters.grammar.follow_up import FollowUps
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.mentions import Linker
from assistant.interpreters.grammar.normalise import MAX_LENGTH, Normalised, normalise
from assistant.interpreters.grammar.parse import Parser
from assistant.interpreters.grammar.times import TimeFinder
from assistant.interpreters.grammar.words import Mentions
from assistant.interpreters.language import language_of
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Define, Plan
from semantic_layer.vocabulary import Vocabulary

LONGEST_QUESTION = 500
_EMPTY = Text(
    "请输入一个问题，例如“上海有多少高价值客户”。",
    "Please ask a question, such as “How many high-value customers are in Shanghai”.",
)
_NO_WORDS = Text("这里没有文字。请用文字提问。", "There are no words in this. Please ask in words.")
_TOO_LONG = Text(
    f"问题太长了（上限 {LONGEST_QUESTION} 字），请分成几个短问题。",
    f"The question is too long (at most {LONGEST_QUESTION} characters). Please split it into short ones.",
)


@dataclass(frozen=True, slots=True)
class _Parts:
    linker: Linker
    parser: Parser
    decider: Decider
    follow_ups: FollowUps
    histories: Histories
    acts: ActReader


class GrammarInterpreter:
    """Built once for a data set; `interpret` is pure and may be called from many threads."""

    name = "grammar"

    def __init__(self, vocabulary: Vocabulary, index: ModelIndex, calendar: CompanyCalendar) -> None:
        meanings = Meanings(index)
        parser = Parser(meanings)
        times = TimeFinder(calendar)
        linker = Linker(vocabulary, meanings, times)
        self._parts = _Parts(
            linker=linker,
            parser=parser,
            decider=Decider(meanings, vocabulary),
            follow_ups=FollowUps(meanings),
            histories=Histories(meanings, calendar, self.understood),
            acts=ActReader(
                meanings,
                vocabulary,
                times,
                asks=self._alone,
                reads=lambda text: self.interpret(text, Context()),
                edits=self._changed,
                recurring=linker.recurring,
            ),
        )

    def interpret(self, text: str, context: Context) -> Outcome:
        language = language_of(text)
        refusal = _unreadable(text, language)
        if refusal is not None:
            return refusal
        normalised = normalise(text)
        if not any(c.isalnum() for c in normalised.text):
            return Declined(kind=RefusalKind.EMPTY, reason=_NO_WORDS, language=language)
        return self._interpret(normalised, context, language)

    def _alone(self, text: str) -> Outcome:
        """A question of its own about numbers or people, with what stands in the way."""
        return self._plain(normalise(text), Context(), language_of(text))

    def _changed(self, text: str, plan: Plan) -> Outcome | None:
        """What a turn changes in a plan."""
        parts, language, normalised = self._parts, language_of(text), normalise(text)
        mentions = parts.linker.link(normalised)
        return parts.follow_ups.read(normalised, mentions, Context(plan=plan), parts.parser, language)

    def understood(self, text: str) -> Understood | None:
        """The one reading of a question of its own, or nothing: what stands in the way is not looked for."""
        language = language_of(text)
        if _unreadable(text, language) is not None:
            return None
        parts, normalised = self._parts, normalise(text)
        if cues.declined(normalised.text, language, parts.linker.names(normalised.text)) is not None:
            return None
        mentions = parts.linker.link(normalised)
        if parts.decider.refused(normalised, mentions, language) is not None:
            return None
        readings = parts.parser.readings(mentions)
        if not readings:
            return None
        outcome = parts.decider.decide(normalised, mentions, readings, parts.parser, language)
        return outcome if isinstance(outcome, Understood) else None

    def _interpret(self, normalised: Normalised, context: Context, language: Language) -> Outcome:
        refusal = cues.declined(normalised.text, language)
        if isinstance(refusal, Declined) and refusal.kind is not RefusalKind.NOT_YET:
            return refusal
        act = self._parts.acts.read(normalised, context, language)
        if isinstance(act, Understood | Ambiguous | Declined):
            return act
        plain = self._plain(normalised, context, language)
        return plain if act is None or isinstance(plain, Understood) else act

    def _plain(self, normalised: Normalised, context: Context, language: Language) -> Outcome:
        parts = self._parts
        text = normalised.text
        refusal = cues.declined(text, language, parts.linker.names(text), parts.linker.recurring(text))
        if isinstance(refusal, Declined) and refusal.kind is not RefusalKind.NOT_YET:
            return refusal
        mentions = parts.linker.link(normalised)
        if refusal is not None:
            return self._definition(normalised, mentions, language) or refusal
        refusal = parts.decider.refused(normalised, mentions, language)
        if refusal is not None:
            return refusal
        history = parts.histories.read(normalised, mentions, context, language)
        if history is not None:
            return history
        follow_up = parts.follow_ups.read(normalised, mentions, context, parts.parser, language)
        if follow_up is not None:
            return follow_up
        readings = parts.parser.readings(mentions)
        return parts.decider.decide(normalised, mentions, readings, parts.parser, language)

    def _definition(self, normalised: Normalised, mentions: Mentions, language: Language) -> Outcome | None:
        """What something means can be said even when it cannot be computed yet."""
        if not any(word.cat == "DEF" for word in mentions.words):
            return None
        parts = self._parts
        outcome = parts.decider.decide(normalised, mentions, parts.parser.readings(mentions), parts.parser, language)
        defines = isinstance(outcome, Understood) and isinstance(outcome.reading.plan.steps[-1], Define)
        return outcome if defines else None


def _unreadable(text: str, language: Language) -> Declined | None:
    if len(text) > LONGEST_QUESTION or len(text) > MAX_LENGTH:
        return Declined(kind=RefusalKind.TOO_LONG, reason=_TOO_LONG, language=language)
    if not text.strip():
        return Declined(kind=RefusalKind.EMPTY, reason=_EMPTY, language=language)
    return None


__all__ = ["GrammarInterpreter"]
