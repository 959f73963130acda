"""One reading of a campaign's effect, step by step: who, when, what they did, how far apart they are, what it cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.outreach import Goal
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.small_groups import least_people, refuse_small_audience
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Measure
from tools.campaigns.types import GroupsOf
from tools.effect.compare import Sample, compare_means, compare_rates, sample_ratio
from tools.effect.costs import cost_of
from tools.effect.deliveries import SentTo, in_data, of_ours
from tools.effect.groups import AllGroups, DataGroups
from tools.effect.intervals import any_look, one_look, wilson
from tools.effect.outcomes import (
    HISTORY_DAYS,
    Outcomes,
    PerPerson,
    before,
    flags,
    goal_of,
    span_of,
    times_of,
    window_of,
)
from tools.effect.power import detectable, needed
from tools.effect.responses import ResponseKind, ResponseStore
from tools.effect.slices import Cutting
from tools.effect.types import (
    Arm,
    Cost,
    Deliveries,
    Difference,
    ReadOut,
    SampleRatio,
    Slices,
    Verdict,
    Window,
)

LONGEST_DAYS: Final = 365

GoalsOf = Callable[[str], Goal | None]
"""The goal of one of our own campaigns, by its id; `None` means that of the definitions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a reading rests on besides the data: campaigns of our own, what they sent and what came back."""

    own: GroupsOf | None
    responses: ResponseStore
    sent_to: SentTo | None
    goals: GoalsOf


@dataclass(frozen=True, slots=True)
class _People:
    """The planned people whom this person may see, and how many of the planned they do not."""

    treated: BitMap
    control: BitMap
    missing: int

    @property
    def all(self) -> BitMap:
        return self.treated | self.control


class Reading:
    """One reading: holds what its steps share."""

    def __init__(
        self, sources: Sources, layer: SemanticLayer, asked: Measure, user: User, cancel: Cancel | None
    ) -> None:
        self._sources = sources
        self._layer = layer
        self._asked = asked
        self._user = user
        self._cancel = cancel
        self._outcomes = Outcomes(layer, user, cancel=cancel)
        self._least = least_people(rights_of(user, layer.policy), layer.index.model.conventions.minimum_group)
        self._past = DataGroups(layer, user, cancel=cancel)
        everything = AllGroups(sources.own, self._past)
        self._ours = everything.is_own(asked.campaign)
        self._groups = everything.groups(asked.campaign)
        own_goal = sources.goals(self._groups.campaign) if self._ours else None
        self._goal = goal_of(own_goal or layer.index.model.outreach.goal)
        self._window = self._window_asked()
        self._people = self._visible()
        share = min(1.0, max(self._window.elapsed, 1) / self._window.days)
        self._z = one_look() if self._window.final else any_look(share)

    def read_out(self) -> ReadOut:
        people = self._people
        done = self._done()
        ratio = self._ratio()
        clicks = self._asked.outcome == "click"
        read = people.treated if clicks else people.all  # those held back have nothing to click
        refuse_small_audience(len(done & read), self._least)
        everybody = Arm(people=len(read), mean=_rate(done, read), hits=len(done & read))
        main = None if clicks else self._difference(done)
        first = self._outcomes.first_day(self._goal)
        unseen = first is None or first > self._window.end
        verdict = Verdict.NOTHING_TO_COMPARE if unseen else self._verdict(main, ratio)
        comparable = verdict in (Verdict.WORKS, Verdict.HARMS, Verdict.NOT_PROVEN)
        shown = main if comparable else None
        # What was spent and brought in belongs to the days of the campaign itself.
        amounts = self._amounts() if comparable and self._asked.outcome != "retention" else None
        cuped, missing = self._cuped(done) if shown is not None else (None, None)
        smallest, target, more = self._power(shown)
        deliveries = self._deliveries()
        return ReadOut(
            groups=self._groups,
            outcome=self._asked.outcome,
            window=self._window,
            verdict=verdict,
            ratio=ratio,
            deliveries=deliveries,
            counted=self._counted(),
            everybody=everybody,
            main=shown,
            cuped=cuped,
            cuped_missing=missing,
            money=self._money(amounts),
            money_in=self._goal.value,
            detectable=smallest,
            target=target,
            people=more,
            before=self._before(verdict, first),
            cost=self._cost(amounts, deliveries) if comparable else None,
            slices=self._slices(done) if comparable and self._asked.by else None,
            missing=people.missing,
            data_from=first if first is not None and first > self._window.start else None,
            rate_interval=None if comparable else wilson(everybody.hits or 0, everybody.people, one_look()),
        )

    # ---- who and when

    def _window_asked(self) -> Window:
        days = self._asked.days if self._asked.days is not None else self._goal.days
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidPlanError(
                Text(
                    f"归因窗口是 {days} 天，要在 1 到 {LONGEST_DAYS} 天之间。",
                    f"The attribution window is {days} days; it must be from 1 to {LONGEST_DAYS}.",
                )
            )
        window = window_of(self._groups.starts, days, self._asked.outcome, self._layer.as_of)
        if window.elapsed < 1:
            name, first, today = self._groups.name, window.start.isoformat(), self._layer.as_of.isoformat()
            raise InvalidPlanError(
                Text(
                    f"「{name}」要计算的日子从 {first} 开始，数据到 {today} 为止，还没有可看的结果。",
                    f"The days that count for {name!r} begin on {first}, and the data ends on {today}: there is nothing to read yet.",
                )
            )
        return window

    def _visible(self) -> _People:
        """Without those who are not in the data any more; groups that are too small for this person are refused."""
        groups = self._groups
        there = self._outcomes.people() if self._ours else groups.treated | groups.control
        treated, control = groups.treated & there, groups.control & there
        for group in (treated, control):
            refuse_small_audience(len(group), self._least)
        return _People(treated, control, len(groups.treated | groups.control) - len(treated | control))

    # ---- what they did

    def _done(self) -> BitMap:
        if self._asked.outcome == "click":
            clicked = self._clicked()
            if clicked is None:
                raise InvalidPlanError(
                    Text(
                        f"数据里没有「{self._groups.name}」的点击记录，可以看转化、留存或复购。",
                        f"The data keeps no clicks of {self._groups.name!r}; ask for conversion, retention or repurchase.",
                    )
                )
            return clicked
        return self._outcomes.reached(self._goal, span_of(self._window), times_of(self._asked.outcome))

    def _clicked(self) -> BitMap | None:
        """`None` where nobody kept clicks."""
        if self._ours:
            return self._sources.responses.people(self._groups.campaign, ResponseKind.CLICK)
        return self._past.clicked(self._groups.campaign)

    def _difference(self, done: BitMap) -> Difference | None:
        people = self._people
        if not people.treated or not people.control:
            return None
        treated, control = ((len(done & group), len(group)) for group in (people.treated, people.control))
        for hits, _ in (treated, control):
            refuse_small_audience(hits, self._least)
        return compare_rates(treated, control, self._z)

    def _ratio(self) -> SampleRatio:
        people = self._people
        planned = self._groups.planned_control if people.control else None
        return sample_ratio(len(people.treated), len(people.control), planned)

    def _verdict(self, main: Difference | None, ratio: SampleRatio) -> Verdict:
        if not self._people.all or self._asked.outcome == "click":
            return Verdict.NOTHING_TO_COMPARE
        if main is None:
            return Verdict.NO_CONTROL
        if not ratio.trusted:
            return Verdict.MISSPLIT
        if not main.interval.excludes_zero:
            return Verdict.NOT_PROVEN
        return Verdict.WORKS if main.difference > 0 else Verdict.HARMS

    # ---- besides the rate

    def _amounts(self) -> tuple[PerPerson, ...] | None:
        """How often the goal was reached and what it brought, person by person; `None` where this person may not see it."""
        metrics = [self._goal.converts, *([self._goal.value] if self._goal.value else [])]
        try:
            return self._outcomes.per_person(metrics, span_of(self._window))
        except NotAllowedError:
            return None

    def _money(self, amounts: tuple[PerPerson, ...] | None) -> Difference | None:
        if amounts is None or len(amounts) < 2:
            return None
        return self._means(amounts[1])

    def _means(self, amounts: PerPerson) -> Difference | None:
        people = self._people
        return compare_means(Sample(amounts.of(people.treated)), Sample(amounts.of(people.control)), self._z)

    def _cuped(self, done: BitMap) -> tuple[Difference | None, Text | None]:
        """With how often each person reached the goal in the year before the start."""
        start = self._groups.starts
        try:
            (history,) = self._outcomes.per_person([self._goal.converts], before(start, HISTORY_DAYS))
        except NotAllowedError:
            return None, Text("您的角色看不到单个客户的历史", "your role does not see the history of single customers")
        people = self._people
        samples = [Sample(flags(done, group), history.of(group)) for group in (people.treated, people.control)]
        found = compare_means(samples[0], samples[1], self._z)
        if found is None:
            none = Text(
                "活动前一年这些客户没有可用的历史", "these customers have no history in the year before the start"
            )
            return None, none
        return found, None

    def _power(self, main: Difference | None) -> tuple[float | None, float | None, int | None]:
        """The smallest rise these groups show; then a rise to aim for, and how many people would prove it."""
        if main is None:
            return None, None, None
        base, people = main.control.mean, self._people
        smallest = detectable(base, len(people.treated), len(people.control))
        if main.interval.excludes_zero:
            return smallest, None, None
        target = main.difference if main.difference > 0 else smallest / 2
        if not 0 < target < 1 - base:
            return smallest, None, None
        share = self._groups.planned_control or len(people.control) / len(people.all)
        return smallest, target, needed(base, target, share)

    def _before(self, verdict: Verdict, first: date | None) -> float | None:
        span = before(self._groups.starts, self._window.elapsed)
        if verdict is not Verdict.NO_CONTROL or first is None or span.start is None or span.start < first:
            return None
        done = self._outcomes.reached(self._goal, span, times_of(self._asked.outcome))
        return _rate(done, self._people.all)

    def _deliveries(self) -> Deliveries:
        if self._ours:
            found = of_ours(self._groups, self._sources.responses, self._sources.sent_to)
        else:
            found = in_data(self._groups, self._past, self._layer, self._user, self._cancel)
        return found.withheld(self._least)

    def _cost(self, amounts: tuple[PerPerson, ...] | None, deliveries: Deliveries) -> Cost | None:
        channel = self._layer.index.model.outreach.channel(self._groups.channel)
        total = self._groups.cost
        if total is None and channel is not None and channel.cost and deliveries.sent:
            total = channel.cost * deliveries.sent
        orders = self._means(amounts[0]) if amounts else None
        if not total or orders is None:
            return None
        return cost_of(total, orders, len(self._people.treated))

    def _slices(self, done: BitMap) -> Slices:
        people = self._people
        cut = Cutting(
            layer=self._layer,
            user=self._user,
            outcomes=self._outcomes,
            z=self._z,
            final=self._window.final,
            least=self._least,
        )
        return cut.by(self._asked.by or "", (people.treated, people.control), done, self._groups.starts)

    def _counted(self) -> Text:
        metric = self._layer.index.metric(self._goal.converts).words.label
        days = self._window.days
        match self._asked.outcome:
            case "click":
                return Text("点击了消息", "clicked the message")
            case "repurchase":
                return Text(f"{days} 天内「{metric.zh}」至少 2", f"{metric.en} of 2 or more within {days} days")
            case "retention":
                return Text(
                    f"开始后第 {days + 1} 到 {2 * days} 天「{metric.zh}」至少 1",
                    f"{metric.en} of 1 or more on days {days + 1} to {2 * days} after the start",
                )
            case _:
                return Text(f"{days} 天内「{metric.zh}」至少 1", f"{metric.en} of 1 or more within {days} days")


def _rate(done: BitMap, people: BitMap) -> float:
    return len(done & people) / len(people) if people else 0.0
