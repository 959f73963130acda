"""Customers in groups that are alike, what is bought together, and which content and channel suit people."""

from __future__ import annotations

from assistant.interpreters.base import Context, NotUnderstood, Outcome, Understood
from assistant.interpreters.grammar import kinds
from assistant.interpreters.grammar.acts.amounts import whole_in
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.people import People, made
from assistant.interpreters.grammar.acts.said import Said
from assistant.interpreters.grammar.meanings import Meanings
from semantic_layer.errors import Language, Text
from semantic_layer.query.acts import Advice, Basket, Cluster, Recommend
from semantic_layer.query.plan import ListPeople, Step
from semantic_layer.query.predicate import Did, Predicate, conjoin, conjuncts
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import Audience, ByField, Query

_BOUGHT = Text("没看懂是买了什么的人。", "What was bought is not clear.")


class GroupActs:
    """Built once for a data set; pure."""

    def __init__(self, meanings: Meanings, people: People) -> None:
        self._m = meanings
        self._people = people

    def read(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        return self._cluster(said, cues, context) or self._basket(said, cues) or self._recommend(said, cues, context)

    # ---- groups

    def _cluster(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        match = cues.find("cluster", said.text)
        if match is None:
            return None
        counted = cues.find("cluster_count", said.text)
        count = None if counted is None else whole_in(counted["n"])
        if count is not None and count < 2:
            return None

        def build(audience: Audience) -> Step | None:
            return None if audience.as_of is not None else Cluster(where=audience.where, count=count)

        left = said.without(match)
        while (again := cues.find("cluster", left.text)) is not None:
            left = left.without(again)
        return self._people.about(left, cues, context, build, "acts/cluster")

    # ---- what is bought together

    def _basket(self, said: Said, cues: Cues) -> Outcome | None:
        match = cues.find("basket", said.text)
        if match is None:
            return None
        named = (match.groupdict().get("field") or "").strip()
        plain = not named or cues.whole("goods", named)
        field = None if plain else self._goods(named, said.language)
        if not plain and field is None:
            return NotUnderstood(unexplained=(named,), why=_BOUGHT, language=said.language)
        rest = cues.bare(said.without(match).rest)
        if not rest or cues.whole("everybody", rest) or cues.whole("goods", rest):
            return made(Basket(field=field), said, "acts/basket")
        if field is None and (own := self._goods(rest, said.language)) is not None:
            return made(Basket(field=own), said, "acts/basket")
        found = self._bought(rest, said.language, cues)
        if found is None:
            return NotUnderstood(unexplained=(rest,), why=_BOUGHT, language=said.language)
        return made(Basket(where=found[0], field=field, time=found[1]), said, "acts/basket")

    def _bought(self, rest: str, language: Language, cues: Cues) -> tuple[Predicate, TimeRange | None] | None:
        """What was bought, and when: the condition on lines in what is left, read as people or as the number of buyers."""
        for wording in (rest, *(frame.format(rest) for frame in cues.frames("bought"))):
            outcome = self._people.asks(wording)
            step = outcome.reading.plan.steps[-1] if isinstance(outcome, Understood) else None
            match step:
                case ListPeople(audience=audience):
                    found = self._of_lines(conjuncts(audience.where))
                    if found is not None:
                        return found
                case Query(metrics=(metric,), by=(), where=where, time=time) if where is not None:
                    if metric != self._m.people_metric and self._m.index.metric(metric).counts == self._m.person:
                        return where, time
                case _:
                    pass
        return None

    def _of_lines(self, parts: tuple[Predicate, ...]) -> tuple[Predicate, TimeRange | None] | None:
        """The one thing that was bought, with the other conditions: they hold for what these people bought."""
        done = [part for part in parts if isinstance(part, Did)]
        if len(done) != 1 or not _once(done[0]) or not self._is_bought(done[0].entity):
            return None
        others = tuple(part for part in parts if part is not done[0])
        where = conjoin((*conjuncts(done[0].where), *others))
        return None if done[0].where is None or where is None else (where, done[0].time)

    def _is_bought(self, entity: str) -> bool:
        """Are its rows, or those that they lead to, what people do in the main: orders, lines of orders?"""
        main = kinds.main_behaviour(self._m)
        return main is not None and (entity == main or self._m.reaches(entity, main) is not None)

    def _goods(self, words: str, language: Language) -> str | None:
        """The field that says what is bought: a category, a brand."""
        asked = f"按{words}看销售额" if language == "zh" else f"sales by {words.strip()}"
        outcome = self._people.asks(asked)
        step = outcome.reading.plan.steps[-1] if isinstance(outcome, Understood) else None
        if not isinstance(step, Query) or len(step.by) != 1 or step.where is not None or step.time is not None:
            return None
        group = step.by[0]
        own = isinstance(group, ByField) and group.field.split(".")[0] != self._m.person
        return group.field if isinstance(group, ByField) and own else None

    # ---- advice

    def _recommend(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        channel = cues.find("channel_advice", said.text)
        left = said if channel is None else said.without(channel)
        content = cues.find("content", left.text)
        left = left if content is None else left.without(content)
        if (content is None and channel is None) or cues.find("reaching", said.text) is None:
            return None
        advice: Advice = "both" if content and channel else "content" if content else "channel"

        def build(audience: Audience) -> Step | None:
            return Recommend(audience=audience, advice=advice)

        return self._people.about(left, cues, context, build, "acts/recommend", everybody=False)


def _once(done: Did) -> bool:
    return done.then is None and done.which == "any" and (done.op, done.count) == (">=", 1)
