"""Why a metric changed: looks through fields and pairs of fields for the few parts that explain most of the change.

The search follows Adtributor (Bhagwan et al., NSDI 2014): what explains much, is a surprise against its size, and is short.
Here a part's surprise is its share of the change less its weight, which is the "weighted relative accuracy" of subgroup
discovery (Lavrac, Flach and Zupan 1999): all of everything explains the whole change and is no surprise. Values of a field
that people or orders can have several of are no parts of a whole; such a part is measured against everybody else, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from semantic_layer.compiler.arithmetic import Quotient, Total
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import NotAllowedError
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Explain
from tools.change.candidates import Candidate, Mode, candidates, families, together
from tools.change.choose import chosen, listed, rank
from tools.change.cut import Asker, Cut, rows_where
from tools.change.decompose import Pair, value_of
from tools.change.evidence import FALSE_DISCOVERY, Spread, chance_of_change, chance_of_mix, proven
from tools.change.makeup import makeup_of
from tools.change.score import Scale, excess, unmeasured
from tools.change.types import Change, ChangeLayer, Part, Structure

_PAIRED = 4  # fields that are looked at two by two
_CHECKED = 4  # parts that are measured one by one: of single fields, and of pairs
_FEW_VALUES = 12  # of fields of a metric whose every part has to be measured one by one
_ROUNDING = 1e-9
_LARGE = 0.2  # of the change
_MOSTLY_MIX = 0.5


@dataclass(slots=True)
class _Found:
    """`parts` are measured; `drafts` were only looked at, but count among what was tested."""

    cuts: list[Cut] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    drafts: list[Part] = field(default_factory=list)

    def judged(self, width: int) -> list[Part]:
        """The parts of single fields or of pairs. Each kind is a family of tests: the many pairs prove no single value less."""
        parts, drafts = ([part for part in some if len(part.fields) == width] for some in (self.parts, self.drafts))
        flags = proven([part.p_value for part in (*parts, *drafts)])
        return [replace(part, significant=flag) for part, flag in zip(parts, flags, strict=False)]

    def singles(self) -> list[Cut]:
        return [cut for cut in self.cuts if len(cut.fields) == 1]

    def splitting(self) -> frozenset[str]:
        return frozenset(cut.fields[0] for cut in self.singles() if cut.mode == "split")


class Search:
    """The search for one change. `first` is known at once; `run` looks for the parts and may be cancelled.

    Raises `UnknownNameError` for a metric or field that is not defined, and what the layer raises for a question like this.
    """

    def __init__(self, layer: ChangeLayer, step: Explain, user: User, *, cancel: Cancel | None = None) -> None:
        self._step = step
        self._makeup = makeup_of(layer.index, step.metric)
        working = layer.with_metrics(self._makeup.working) if self._makeup.working else layer
        self._index = working.index
        self._made = self._makeup.made
        names = self._made.leaves if self._made is not None else (step.metric,)
        self._leaves = tuple(self._index.metric(name) for name in names)
        self._asker = Asker(working, step, self._makeup, user, cancel)
        self._whole, result = self._asker.whole(tuple(square.metric for square in self._makeup.squares))
        self._sql = result.sql
        self._spread = self._spread_of(self._whole)
        self.first = self._first()

    def run(self) -> Change:
        """The change with its parts."""
        change = self.first.change
        if change is None:
            return self.first
        found = self._measured() if self._made is not None else self._one_by_one()
        parts = [part for width in (1, 2) for part in found.judged(width)]
        told = chosen(parts, change, found.splitting(), more=self._more_is_left)
        structure = self._structure(found, parts)
        log = self._asker.log
        return replace(
            self.first,
            parts=told,
            others=listed(parts, told, change, (structure.field,) if structure else ()),
            rest=change - sum(part.contribution for part in told) if told else None,
            rest_significant=self._rest_is_proven(told) if told else None,
            structure=structure,
            searched=tuple(cut.fields[0] for cut in found.singles()),
            tested=len(found.parts) + len(found.drafts),
            queries=log.queries,
            notes=tuple(log.notes),
            sql=(self._sql, *(cut.sql for cut in found.cuts if told and cut.fields == told[0].fields)),
            compile_ms=log.compile_ms,
            run_ms=log.run_ms,
        )

    # -- the whole -----------------------------------------------------------------------------------------------------

    def _first(self) -> Change:
        before, after = (self._value(totals) for totals in (self._whole.before, self._whole.after))
        made = self._made
        chance = None if made is None else chance_of_change(made, self._whole, self._whole, self._spread)
        log = self._asker.log
        return Change(
            metric=self._step.metric,
            before=before,
            after=after,
            error=chance[0] if chance else None,
            significant=chance[1] < FALSE_DISCOVERY if chance else None,
            days=self._asker.days,
            adds_up=isinstance(made, Total),
            queries=log.queries,
            uses=tuple(name for name in log.uses if name not in {metric.name for metric in self._makeup.working}),
            notes=tuple(log.notes),
            sql=(self._sql,),
            compile_ms=log.compile_ms,
            run_ms=log.run_ms,
        )

    def _value(self, totals: Mapping[str, float]) -> float | None:
        return totals.get(self._step.metric) if self._made is None else value_of(self._made, totals)

    def _spread_of(self, whole: Pair) -> Spread:
        """Of one total the larger of both sums: rows that lead to nobody are in that over rows only."""
        products: dict[tuple[str, str], tuple[float, float]] = {}
        for square in self._makeup.squares:
            if square.metric in whole.after:
                known = products.get((square.one, square.two), (0.0, 0.0))
                sums = whole.before.get(square.metric, 0.0), whole.after[square.metric]
                products[(square.one, square.two)] = max(known[0], sums[0]), max(known[1], sums[1])
        return Spread(products=products, people=self._makeup.people, nested=self._makeup.nested)

    # -- parts of a metric made of totals ------------------------------------------------------------------------------

    def _measured(self) -> _Found:
        if self._made is None:
            raise AssertionError("only what is made of totals can be shared out")
        scale = Scale(self._made, self._whole, self._spread)
        found = _Found()
        for candidate in candidates(self._index, self._leaves, self._step, counted=self._makeup.counted):
            self._look(scale, found, (candidate,))
        for pair in self._pairs(found, scale.change):
            self._look(scale, found, pair)
        for size in (1, 2):
            for draft in self._likely([part for part in found.drafts if len(part.fields) == size], scale.change):
                outside = self._without(draft)
                if outside is not None:
                    found.drafts.remove(draft)
                    found.parts.append(scale.without(draft, outside))
        return found

    def _look(self, scale: Scale, found: _Found, looked_at: tuple[Candidate, ...]) -> None:
        """Adds the groups of one field, or of a pair: as parts where they are measured by this, else as drafts."""
        fields = tuple(one.field for one in looked_at)
        cut = self._allowed(fields, together(*(one.mode for one in looked_at)))
        if cut is None or len(cut.groups) < 2 or self._is_nested(cut, found):
            return
        if cut.mode == "split" and self._is_too_much(cut):
            cut = replace(cut, mode="having" if self._makeup.counted else "other")
        found.cuts.append(cut)
        for values, inside in cut.groups.items():
            where = self._asker.where(fields, values, cut.mode)
            if cut.mode == "other":
                found.drafts.append(scale.draft(fields, values, inside, where))
            else:
                found.parts.append(scale.part(fields, values, inside, cut.mode, where))

    def _allowed(self, fields: tuple[str, ...], mode: Mode) -> Cut | None:
        """The groups of fields; `None` where this user may not see them, or they are too many."""
        try:
            return self._asker.cut(fields, mode)
        except NotAllowedError:
            return None

    def _is_nested(self, cut: Cut, found: _Found) -> bool:
        """Whether one field of a pair follows from the other, so that their pairs are its values again."""
        sizes = [len(one.groups) for one in found.singles() if one.fields[0] in cut.fields]
        return len(cut.fields) > 1 and len(cut.groups) <= max(sizes, default=0)

    def _is_too_much(self, cut: Cut) -> bool:
        """Whether groups count somebody twice after all, such as people who changed over in the period."""
        whole, groups = self._whole, cut.groups.values()
        for name in self._makeup.people:
            before = sum(pair.before.get(name, 0.0) for pair in groups)
            after = sum(pair.after.get(name, 0.0) for pair in groups)
            if before > whole.before.get(name, 0.0) + _ROUNDING or after > whole.after.get(name, 0.0) + _ROUNDING:
                return True
        return False

    def _pairs(self, found: _Found, change: float) -> Iterator[tuple[Candidate, Candidate]]:
        """The fields whose values surprise most, two by two; of fields that say the same thing, the best one."""
        best: dict[str, tuple[float, Cut]] = {}
        for cut in found.singles():
            looked_at = (part for part in (*found.parts, *found.drafts) if part.fields == cut.fields)
            surprise = max(rank(part, change) for part in looked_at)
            family = families(self._index, cut.fields[0])
            if family not in best or surprise > best[family][0]:
                best[family] = surprise, cut
        ranked = sorted(best.values(), key=lambda one: (-one[0], one[1].fields))[:_PAIRED]
        for (_, one), (_, two) in combinations(ranked, 2):
            yield Candidate(one.fields[0], one.mode), Candidate(two.fields[0], two.mode)

    def _likely(self, drafts: Sequence[Part], change: float) -> list[Part]:
        """The drafts that are worth measuring: no obvious chance, and in the direction of the change."""
        able = [part for part in drafts if part.p_value is None or part.p_value <= FALSE_DISCOVERY]
        return sorted(able, key=lambda part: (excess(part, change) < 0, -rank(part, change)))[:_CHECKED]

    # -- parts of any other metric -------------------------------------------------------------------------------------

    def _one_by_one(self) -> _Found:
        """What the metric would be without each part, for the parts whose own value moved most."""
        metric, change = self._step.metric, self.first.change or 0.0
        found = _Found()
        for candidate in candidates(self._index, self._leaves, self._step):
            cut = self._allowed((candidate.field,), candidate.mode)
            if cut is not None and 2 <= len(cut.groups) <= _FEW_VALUES:
                found.cuts.append(cut)
                found.drafts += [
                    unmeasured(
                        cut.fields,
                        values,
                        (own.before.get(metric), own.after.get(metric)),
                        rows_where(cut.fields, values),
                    )
                    for values, own in cut.groups.items()
                ]
        found.drafts.sort(key=lambda part: -abs(part.contribution))
        for draft in found.drafts[: 2 * _CHECKED]:
            rest = self._without(draft) or Pair({}, {})
            before, after = rest.before.get(metric), rest.after.get(metric)
            if before is not None and after is not None:
                added = change - (after - before)
                found.parts.append(
                    replace(
                        draft,
                        contribution=added,
                        share_of_change=added / change if change else None,
                        rest_before=before,
                        rest_after=after,
                    )
                )
        found.drafts.clear()
        return found

    def _without(self, draft: Part) -> Pair | None:
        """All but the part; `None` where so few are left that this user may not see them."""
        try:
            return self._asker.without(draft.fields, draft.values)
        except NotAllowedError:
            return None

    # -- what is left --------------------------------------------------------------------------------------------------

    def _more_is_left(self, told: Sequence[Part]) -> bool:
        """Whether the change without the told parts is still more than chance, or, where that is unknown, large."""
        if not told:
            return True
        proof = self._rest_is_proven(told)
        if proof is not None:
            return proof
        change = self.first.change or 0.0
        return abs(change - sum(part.contribution for part in told)) > _LARGE * abs(change)

    def _rest_is_proven(self, told: Sequence[Part]) -> bool | None:
        if self._made is None or any(part.how == "without" for part in told):
            return None
        rest = self._whole
        for part in told:
            rest = rest.less(part.inside)
        chance = chance_of_change(self._made, rest, self._whole, self._spread)
        return None if chance is None else chance[1] < FALSE_DISCOVERY

    def _structure(self, found: _Found, parts: Sequence[Part]) -> Structure | None:
        """The field over whose values most of the change is mix, where that is much and no chance (Bonferroni over fields)."""
        change = self.first.change
        if not isinstance(self._made, Quotient) or not change:
            return None
        best: Structure | None = None
        cuts = [cut for cut in found.singles() if cut.mode == "split"]
        for cut in cuts:
            own = [part for part in parts if part.fields == cut.fields]
            mix, rate = sum(part.mix or 0.0 for part in own), sum(part.rate or 0.0 for part in own)
            if mix / change < _MOSTLY_MIX or (best is not None and mix / change <= best.mix / change):
                continue
            chance = chance_of_mix(self._made, self._whole, list(cut.groups.values()), self._spread)
            if chance is not None and chance < FALSE_DISCOVERY / len(cuts):
                moved = [p.after - p.before for p in own if p.after is not None and p.before is not None]
                opposed = len(moved) > 1 and all(one * change < 0 for one in moved)
                best = Structure(field=cut.fields[0], mix=mix, rate=rate, opposed=opposed)
        return best
