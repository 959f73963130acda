"""Makes a part of its totals: what it adds, how much more than its weight, and whether that could be chance."""

from __future__ import annotations

from dataclasses import dataclass, replace

from semantic_layer.compiler.arithmetic import Arithmetic
from semantic_layer.query.predicate import Predicate
from tools.change.cut import Values
from tools.change.decompose import Pair, change_of, contributions, shares_of, value_of
from tools.change.evidence import Spread, chance_of_part
from tools.change.types import How, Part


@dataclass(frozen=True, slots=True)
class Scale:
    """What parts are measured against: the whole, and how far it moves by chance. It must have changed from value to value."""

    made: Arithmetic
    whole: Pair
    spread: Spread

    @property
    def change(self) -> float:
        return change_of(self.made, self.whole) or 0.0

    def part(self, fields: tuple[str, ...], values: Values, inside: Pair, how: How, where: Predicate) -> Part:
        """The part with these totals inside, against all that is outside."""
        added = contributions(self.made, self.whole, [inside])[0]
        weight_before, weight_after = shares_of(self.made, self.whole, inside)
        rest = self.whole.less(inside)
        chance = chance_of_part(
            self.made,
            self.whole,
            inside,
            self.spread,
            total=added.total,
            weight=(weight_before + weight_after) / 2,
        )
        return Part(
            fields=fields,
            values=values,
            before=value_of(self.made, inside.before),
            after=value_of(self.made, inside.after),
            contribution=added.total,
            share_of_change=added.total / self.change if self.change else None,
            mix=added.mix,
            rate=added.rate,
            weight_before=weight_before,
            weight_after=weight_after,
            rest_before=value_of(self.made, rest.before),
            rest_after=value_of(self.made, rest.after),
            strength=chance[0] if chance else None,
            p_value=chance[1] if chance else None,
            significant=None,
            how=how,
            where=where,
            inside=inside,
        )

    def draft(self, fields: tuple[str, ...], values: Values, inside: Pair, where: Predicate) -> Part:
        """A first look at a part that overlaps with others: only its own movement, as its weight is no part of the whole."""
        part = self.part(fields, values, inside, "without", where)
        if part.rate is None:
            return part
        chance = chance_of_part(
            self.made, self.whole, inside, self.spread, total=part.rate, weight=min(part.weight, 1.0)
        )
        return replace(
            part,
            contribution=part.rate,
            strength=chance[0] if chance else None,
            p_value=chance[1] if chance else None,
        )

    def without(self, draft: Part, outside: Pair) -> Part:
        """A part measured by what is left without its rows; its own values stay what they are by themselves."""
        added = self.change - (change_of(self.made, outside) or 0.0)
        return replace(
            self.part(draft.fields, draft.values, self.whole.less(outside), "without", draft.where),
            before=draft.before,
            after=draft.after,
            contribution=added,
            share_of_change=added / self.change if self.change else None,
            mix=None,
            rate=None,
        )


def excess(part: Part, change: float) -> float:
    """How much more a part adds than its weight would, in the direction of the change; its size where there is no change."""
    surprise = part.contribution - part.weight * change
    return surprise if change > 0 else -surprise if change < 0 else abs(surprise)


def unmeasured(
    fields: tuple[str, ...], values: Values, own: tuple[float | None, float | None], where: Predicate
) -> Part:
    """A part of a metric that is not made of totals, before it is known what the metric would be without it."""
    before, after = own
    return Part(
        fields=fields,
        values=values,
        before=before,
        after=after,
        contribution=0.0 if before is None or after is None else after - before,
        share_of_change=None,
        mix=None,
        rate=None,
        weight_before=0.0,
        weight_after=0.0,
        rest_before=None,
        rest_after=None,
        strength=None,
        p_value=None,
        significant=None,
        how="without",
        where=where,
        inside=Pair({}, {}),
    )
