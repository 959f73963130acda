"""What people did or did not do, in words: "买过运动鞋", "最近 30 天没有下单", "no order in the last 30 days"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from semantic_layer.model.types import Dimension, Value
from semantic_layer.query.predicate import Among, Compare, Did, Op, Predicate, conjoin, conjuncts
from semantic_layer.restate.labels import Labels
from semantic_layer.restate.periods import PeriodNames
from semantic_layer.restate.spoken_names import registration_field, short_name, spaced_length

_TIMES_ZH: Final[dict[Op, str]] = {
    "=": "恰好 {n} 次",
    "!=": "不是 {n} 次",
    ">": "超过 {n} 次",
    ">=": "至少 {n} 次",
    "<": "少于 {n} 次",
    "<=": "最多 {n} 次",
}
_TIMES_EN: Final[dict[Op, str]] = {
    "=": "exactly {n} time",
    "!=": "not {n} time",
    ">": "more than {n} time",
    ">=": "at least {n} time",
    "<": "fewer than {n} time",
    "<=": "at most {n} time",
}
_Say = Callable[[Predicate], str]


class BehaviourWords:
    """Verbs come from the definitions: those of the entity, or those that its values are also called by."""

    def __init__(self, labels: Labels, periods: PeriodNames) -> None:
        self._labels = labels
        self._periods = periods

    def did(self, predicate: Did, say: _Say, *, negated: bool) -> str:
        if predicate.then is not None or predicate.which != "any":
            said = self._ordered(predicate, say)
            return self._labels.text(f"不是（{said}）", f"not ({said})") if negated else said
        return self._did(predicate, say, negated=negated)

    def occurrence(self, entity: str, where: Predicate | None, say: _Say) -> str:
        """What happens, as a noun or a plain verb: 加购, 下单, 注册; add to cart, order."""
        act, rest = self._act(Did(entity=entity, where=where))
        thing, rest = self._object(Did(entity=entity, where=where), rest)
        if entity == self._labels.index.model.customer_entity:
            said = self._registration()
        elif act is not None:
            said = act.label.in_(self._labels.language)
        else:
            noun = self._labels.entity(entity)
            said = self._labels.text(self._verbs_zh(entity, None)[1], self._verb_en(entity, None) if thing else noun)
        said = self._labels.text(f"{said}{thing}", f"{said} {thing}".strip())
        remaining = conjoin(rest)
        return (
            said
            if remaining is None
            else self._labels.text(f"{said}（{say(remaining)}）", f"{said} ({say(remaining)})")
        )

    # ---- in order

    def _ordered(self, predicate: Did, say: _Say) -> str:
        first = self._first(predicate, say)
        then = predicate.then
        if then is None:
            return first
        second = Did(entity=then.entity, where=then.where)
        span = "" if then.count is None else spaced_length(then.count, then.unit, self._labels.language)
        if self._labels.language == "zh":
            within = f" {span}内" if span else ""
            return f"{first}后{within}{'' if then.happened else '没有'}{self._simply(second, say)}"
        within = f" within {span}" if span else ""
        joint = "and then" if then.happened else "and had not" if span else "and then never"
        return f"{first} {joint} {self._simply(second, say)}{within}"

    def _first(self, predicate: Did, say: _Say) -> str:
        """The first part, with its time in front (Chinese) or behind (English)."""
        if predicate.entity == self._labels.index.model.customer_entity:
            said = self._registration()
        else:
            said = self._simply(replace(predicate, then=None, time=None), say)
        edge = {"first": ("首次", "first "), "last": ("最后一次", "last "), "any": ("", "")}[predicate.which]
        period = self._periods.phrase(predicate.time) if predicate.time is not None else ""
        period += self._labels.text(" " if period[-1:].isdigit() else "", "")
        return self._labels.text(f"{period}{edge[0]}{said}", f"{edge[1]}{said} {period}".strip())

    def _simply(self, predicate: Did, say: _Say) -> str:
        """The plain verb and its object, without "过" and "have"."""
        act, where = self._act(predicate)
        thing, rest = self._object(predicate, where)
        counted = self._counted(predicate)
        if self._labels.language == "zh":
            said = f"{self._verbs_zh(predicate.entity, act)[1]}{thing}{counted}"
        else:
            verb = self._verb_en(predicate.entity, act) or f"had {self._labels.entity(predicate.entity)}s"
            said = " ".join(part for part in (verb, thing, counted) if part)
        remaining = conjoin(rest)
        return (
            said
            if remaining is None
            else self._labels.text(f"{said}（{say(remaining)}）", f"{said} ({say(remaining)})")
        )

    def _registration(self) -> str:
        found = registration_field(self._labels.index)
        if found is None:
            return self._labels.person
        return short_name(self._labels.index.field(found).words, self._labels.language)

    def _did(self, predicate: Did, say: _Say, *, negated: bool) -> str:
        act, where = self._act(predicate)
        thing, rest = self._object(predicate, where)
        if self._labels.language == "zh":
            said = self._chinese(predicate, act, thing, negated=negated)
        else:
            said = self._english(predicate, act, thing, negated=negated)
        remaining = conjoin(rest)
        if remaining is None:
            return said
        return self._labels.text(f"{said}（{say(remaining)}）", f"{said} ({say(remaining)})")

    # ---- Chinese

    def _chinese(self, predicate: Did, act: Value | None, thing: str, *, negated: bool) -> str:
        period = self._periods.phrase(predicate.time) if predicate.time is not None else ""
        counted = self._counted(predicate)
        done, plain = self._verbs_zh(predicate.entity, act)
        done = plain if counted else done
        if negated:
            if not period and "过" in done:
                return f"没{done}{thing}{counted}"
            return f"{period}没有{plain}{thing}{counted}"
        return f"{period}{done}{thing}{counted}"

    def _verbs_zh(self, entity: str, act: Value | None) -> tuple[str, str]:
        """For "has done" and for "not"."""
        if act is not None:
            return f"{act.label.zh}过", act.label.zh
        found = self._labels.index.entity(entity)
        verbs = [v for v in found.verbs if not v.isascii()]
        if not verbs:
            return f"有{found.words.label.zh}", found.words.label.zh
        done = next((v for v in verbs if "过" in v), verbs[0])
        plain = next((v for v in verbs if "过" not in v and not v.endswith("了")), verbs[0])
        return done, plain

    # ---- English

    def _english(self, predicate: Did, act: Value | None, thing: str, *, negated: bool) -> str:
        label = self._labels.entity(predicate.entity)
        verb = self._verb_en(predicate.entity, act)
        counted = self._counted(predicate)
        tail = " ".join(
            part
            for part in (thing, counted, self._periods.phrase(predicate.time) if predicate.time is not None else "")
            if part
        )
        if not negated:
            return f"{verb or f'with {label}s'} {tail}".strip()
        if (not thing and not counted and act is None) or not verb:
            return f"no {label} {tail}".strip()
        return f"{'not' if predicate.time is not None else 'never'} {verb} {tail}".strip()

    def _verb_en(self, entity: str, act: Value | None) -> str:
        if act is not None:
            return next((a for a in act.aliases if a.split()[0].endswith("ed")), act.label.en)
        found = self._labels.index.entity(entity)
        verbs = [v for v in found.verbs if v.isascii()]
        own = f"{found.words.label.en}ed"
        return own if own in verbs else (verbs[0] if verbs else "")

    # ---- parts of the condition on the rows

    def _counted(self, predicate: Did) -> str:
        if (predicate.op, predicate.count) == (">=", 1):
            return ""
        if self._labels.language == "zh":
            return _TIMES_ZH[predicate.op].format(n=predicate.count)
        return _TIMES_EN[predicate.op].format(n=predicate.count) + ("" if predicate.count == 1 else "s")

    def _act(self, predicate: Did) -> tuple[Value | None, tuple[Predicate, ...]]:
        """A value of the rows' own kind that is itself a verb: 浏览, viewed."""
        parts = conjuncts(predicate.where)
        for part in parts:
            if isinstance(part, Compare) and part.op == "=" and part.field.split(".")[0] == predicate.entity:
                value = next((v for v in self._labels.index.field(part.field).values if v.value == part.value), None)
                if value is not None and f"{value.label.zh}过" in value.aliases:
                    return value, tuple(p for p in parts if p is not part)
        return None, parts

    def _object(self, predicate: Did, parts: tuple[Predicate, ...]) -> tuple[str, tuple[Predicate, ...]]:
        """The things that were bought or viewed: values of what the rows point at."""
        for part in parts:
            named = isinstance(part, Among) or (isinstance(part, Compare) and part.op == "=")
            if named and isinstance(part, Compare | Among) and self._is_thing(predicate, part):
                return self._thing(part), tuple(p for p in parts if p is not part)
        return "", parts

    def _is_thing(self, predicate: Did, part: Compare | Among) -> bool:
        target = part.field.split(".")[0]
        found = self._labels.index.field(part.field)
        if target in (predicate.entity, self._labels.index.model.customer_entity) or not isinstance(found, Dimension):
            return False
        direct = any(
            r.from_entity == predicate.entity and r.to_entity == target for r in self._labels.index.model.relationships
        )
        act, _ = self._act(predicate)
        verbs = self._labels.index.entity(predicate.entity).verbs
        return direct and found.kind == "categorical" and (act is not None or any(v.endswith("过") for v in verbs))

    def _thing(self, part: Compare | Among) -> str:
        if isinstance(part, Among):
            if part.group is not None:
                return self._labels.group(part.field, part.group)
            words = tuple(self._labels.value(part.field, value) for value in part.values)
            return self._labels.listed(words, "或")
        return self._labels.value(part.field, part.value)
