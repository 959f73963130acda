"""What campaigns of the demo company did: its planted effects, read as anybody would read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pyroaring import BitMap

from semantic_layer.errors import DataError, InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.outreach import Goal
from semantic_layer.policy.types import User
from semantic_layer.query.acts import Measure
from tools.campaigns.types import Groups
from tools.effect.compare import sample_ratio
from tools.effect.effects import Effects
from tools.effect.intervals import any_look, one_look
from tools.effect.outcomes import Outcomes
from tools.effect.responses import Response, ResponseKind, ResponsesInMemory, Standing
from tools.effect.sentences import ratio_line, slices_sentence, verdict_sentence, window_line
from tools.effect.slices import fewest
from tools.effect.types import Deliveries, Verdict

ADMIN = User(name="a", roles=("admin",))
EAST = User(name="e", roles=("region_east",))
AUGUST, MAY, JUNE, NOVEMBER = "2026年8月挽回活动", "2026年5月优惠券活动", "2026年618会员日", "2026年双11预热"


@pytest.fixture(scope="module")
def layer(assistant) -> SemanticLayer:
    return assistant.resources.layer


@pytest.fixture(scope="module")
def effects(layer) -> Effects:
    return Once(layer)


class Once(Effects):
    """Reads the same only once: readings change nothing."""

    def __init__(self, layer: SemanticLayer) -> None:
        super().__init__(layer)
        self._kept = {}

    def read(self, asked: Measure, user: User, *, cancel=None):
        if (asked, user) not in self._kept:
            self._kept[asked, user] = super().read(asked, user, cancel=cancel)
        return self._kept[asked, user]


def read(effects: Effects, name: str, user: User = ADMIN, **more):
    return effects.read(Measure(campaign=name, **more), user)


# ---- the planted effects


def test_the_win_back_of_august_works(effects) -> None:
    found = read(effects, AUGUST)
    assert found.verdict is Verdict.WORKS
    assert found.final
    assert found.main.interval.low > 0
    assert found.main.interval.low <= 0.03 <= found.main.interval.high
    assert found.cuped.interval.low <= 0.03 <= found.cuped.interval.high
    assert found.ratio.trusted
    assert found.main.treated.people + found.main.control.people == found.everybody.people
    said = verdict_sentence(found)
    assert said.zh.startswith("「2026年8月挽回活动」有效：")
    assert said.en.startswith("“2026年8月挽回活动” works:")


def test_the_coupons_of_may_end_not_proven(effects) -> None:
    found = read(effects, MAY)
    assert found.verdict is Verdict.NOT_PROVEN
    assert not found.main.interval.excludes_zero
    assert found.people > found.everybody.people
    said = verdict_sentence(found)
    assert "不能证明有效" in said.zh
    assert f"{found.people:,}" in said.zh
    assert "is not proven to work" in said.en


def test_the_wrong_split_of_june_is_refused_with_the_numbers(effects) -> None:
    found = read(effects, JUNE, by="customer.gender")
    assert found.verdict is Verdict.MISSPLIT
    assert found.ratio.pvalue < 0.001
    assert (found.main, found.cuped, found.money, found.cost, found.slices) == (None,) * 5
    said = verdict_sentence(found)
    assert "不可信" in said.zh
    assert "50.0%" in said.zh
    assert "43.0%" in said.zh
    assert "not to be trusted" in said.en
    assert "不相符" in ratio_line(found.ratio).zh


def test_no_campaign_that_was_split_as_planned_is_refused(effects) -> None:
    everything = effects.groups(ADMIN)
    found = {}
    for name in everything.names():
        groups = everything.groups(name)
        found[name] = sample_ratio(len(groups.treated), len(groups.control), groups.planned_control)
    assert [name for name, ratio in found.items() if not ratio.trusted] == [JUNE]


# ---- the days that count


def test_a_window_that_is_open_is_not_final_and_wider(effects) -> None:
    found = read(effects, NOVEMBER)
    assert not found.final
    assert (found.window.start, found.window.end, found.window.elapsed) == (date(2026, 10, 27), date(2026, 11, 25), 5)
    said = verdict_sentence(found)
    assert "还没有定论（第 5 / 30 天）" in said.zh
    assert "not final (day 5 of 30)" in said.en
    assert "还没有结束" in window_line(found).zh
    shorter = read(effects, NOVEMBER, days=5)  # the same days, decided on beforehand
    assert shorter.final
    assert shorter.main.difference == found.main.difference
    width, wider = (one.main.interval.high - one.main.interval.low for one in (shorter, found))
    assert wider == pytest.approx(width * any_look(5 / 30) / one_look())


def test_retention_looks_at_the_days_after(effects) -> None:
    found = read(effects, AUGUST, outcome="retention")
    assert (found.window.start, found.window.end) == (date(2026, 9, 4), date(2026, 10, 3))
    assert found.cost is None
    with pytest.raises(InvalidPlanError) as early:
        read(effects, NOVEMBER, outcome="retention")
    assert "2026-11-26" in early.value.message.en


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_window_must_be_some_days(effects, days: int) -> None:
    with pytest.raises(InvalidPlanError):
        read(effects, AUGUST, days=days)


def test_repurchase_asks_for_two(effects) -> None:
    once, twice = read(effects, AUGUST), read(effects, AUGUST, outcome="repurchase")
    assert twice.main.treated.hits < once.main.treated.hits
    assert "至少 2" in twice.counted.zh


def test_clicks_have_nothing_to_be_held_against(effects) -> None:
    found = read(effects, AUGUST, outcome="click")
    assert found.verdict is Verdict.NOTHING_TO_COMPARE
    assert found.main is None
    assert found.everybody.hits == found.deliveries.clicked
    assert found.everybody.people == found.ratio.treated
    assert "没有可比的点击" in verdict_sentence(found).zh


# ---- people are counted where they were planned


def test_people_who_were_not_reached_stay_with_those_who_were(effects) -> None:
    found = read(effects, AUGUST)
    assert found.deliveries.delivered < found.deliveries.sent < found.main.treated.people
    assert found.deliveries.leaked == 0


def test_the_cost_of_orders_that_would_not_have_come(effects, layer) -> None:
    found = read(effects, AUGUST)
    assert found.cost.total == pytest.approx(0.05 * found.deliveries.sent)
    assert found.cost.each == pytest.approx(found.cost.total / found.cost.orders)
    assert found.cost.each_low < found.cost.each < found.cost.each_high
    assert read(effects, MAY).cost.each is None


# ---- rights


def test_somebody_who_sees_a_region_reads_that_region(effects) -> None:
    east, everybody = read(effects, AUGUST, EAST), read(effects, AUGUST)
    assert 0 < east.everybody.people < everybody.everybody.people
    assert east.money is None
    assert east.cost is None
    assert "单个客户" in east.cuped_missing.zh
    assert east.ratio.trusted


def test_somebody_who_sees_no_customers_is_refused(effects) -> None:
    with pytest.raises(NotAllowedError):
        read(effects, AUGUST, User(name="x", roles=("auditor",)))


# ---- by tag


def test_an_effect_that_does_not_differ_is_not_said_to(effects) -> None:
    found = read(effects, AUGUST, by="customer.gender")
    assert len(found.slices.parts) >= 2
    assert not found.slices.differs
    assert "没有证据" in slices_sentence(found).zh
    inside = sum(part.difference.treated.people for part in found.slices.parts)
    assert inside <= found.main.treated.people


def test_an_effect_that_differs_is_said_to(layer) -> None:
    """The treated of one city are those who bought: the groups of that city differ by construction."""
    outcomes = Outcomes(layer, ADMIN)
    goal = layer.index.model.outreach.goal
    start = date(2026, 7, 1)
    from semantic_layer.query.predicate import Compare
    from semantic_layer.query.time import Span

    women = outcomes.people(Compare("customer.gender", "=", "女"))
    bought = outcomes.reached(goal, Span(start, date(2026, 7, 30)))
    everybody = outcomes.people()
    halves = BitMap(key for key in everybody if key % 2)
    treated = (halves - women) | (women & bought) | BitMap(list(women - bought)[: len(women) // 2])
    own = Shelf(Groups(campaign="c", name="gendered", starts=start, treated=treated, control=everybody - treated))
    found = read(Effects(layer, own), "gendered", by="customer.gender")
    assert found.slices.differs
    assert {part.label.en for part in found.slices.parts if part.stands_out} == {"female", "male"}
    assert "因「性别」而不同" in slices_sentence(found).zh
    open_ = replace(found, window=replace(found.window, as_of=date(2026, 7, 10)))
    assert "等窗口结束" in slices_sentence(open_).zh


def test_fields_that_cannot_split(effects) -> None:
    with pytest.raises(UnknownNameError):
        read(effects, AUGUST, by="customer.shoe_size")
    with pytest.raises(InvalidPlanError) as many:
        read(effects, AUGUST, by="customer.member_no")
    assert many.value.suggestions


# ---- campaigns of our own, and what cannot be known


class Shelf:
    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    def names(self) -> tuple[str, ...]:
        return (self._groups.name,)

    def groups(self, campaign: str) -> Groups:
        if campaign not in (self._groups.name, self._groups.campaign):
            raise UnknownNameError(Text("活动", "campaign"), campaign)
        return self._groups


def own_groups(layer: SemanticLayer, **more) -> Groups:
    people = Outcomes(layer, ADMIN).people()
    control = BitMap(key for key in people if key % 10 == 0)
    plain = {"campaign": "c1", "name": "Shanghai win-back", "starts": date(2026, 9, 1), "treated": people - control}
    return Groups(**({**plain, "control": control, "channel": "短信"} | more))


def test_a_campaign_of_ours_is_read_the_same_way(layer) -> None:
    groups = own_groups(layer, planned_control=0.1, cost=50.0)
    responses = ResponsesInMemory()
    keys = list(groups.treated)[:3]
    responses.add(
        [
            Response(
                id=str(key), data_set="retail", kind=ResponseKind.CLICK, at=datetime(2026, 9, 2, tzinfo=UTC),
                source="webhook", standing=Standing.COUNTS, campaign="c1", key=key,
            )
            for key in keys
        ]
    )  # fmt: skip

    class SentSome:
        def sent(self, campaign: str) -> BitMap:
            return BitMap([*keys, next(iter(groups.control))])

        def delivered(self, campaign: str) -> None:
            return None

    effects = Effects(layer, Shelf(groups), responses, sent_to=SentSome())
    assert effects.find("the Shanghai win-back campaign", ADMIN, "en") == "Shanghai win-back"
    found = read(effects, "Shanghai win-back")
    assert found.verdict is Verdict.NOT_PROVEN
    assert (found.deliveries.sent, found.deliveries.delivered, found.deliveries.clicked) == (3, None, 3)
    assert found.deliveries.leaked == 1
    assert found.cost.total == 50.0
    assert read(effects, "c1", outcome="click").everybody.hits == 3


def test_a_campaign_of_ours_has_its_own_goal(layer) -> None:
    groups = own_groups(layer)
    effects = Effects(layer, Shelf(groups), goals=lambda _: Goal(converts="complaints", days=14))
    found = read(effects, "c1")
    assert found.window.days == 14
    assert "投诉" in found.counted.zh
    assert found.money is None


def test_without_anybody_held_back_nothing_can_be_known(layer) -> None:
    groups = own_groups(layer, control=BitMap(), no_holdout_reason="too few people")
    found = read(Effects(layer, Shelf(groups)), "c1")
    assert found.verdict is Verdict.NO_CONTROL
    assert found.main is None
    assert 0 < found.before < 1
    assert found.rate_interval.low < found.everybody.mean < found.rate_interval.high
    assert "前后对比不是证明" in verdict_sentence(found).zh
    assert "proves nothing" in verdict_sentence(found).en


def test_nobody_planned(layer) -> None:
    found = read(Effects(layer, Shelf(own_groups(layer, treated=BitMap(), control=BitMap()))), "c1")
    assert found.verdict is Verdict.NOTHING_TO_COMPARE
    assert "没有记录" in verdict_sentence(found).zh


def test_people_who_are_gone_are_counted_apart(layer) -> None:
    groups = own_groups(layer)
    more = replace(groups, treated=groups.treated | BitMap([4_000_000_000]))
    assert read(Effects(layer, Shelf(more)), "c1").missing == 1


def test_groups_that_are_too_small_for_somebody_are_not_shown_to_them(layer) -> None:
    groups = own_groups(layer)
    east = Outcomes(layer, EAST).people()
    few = replace(groups, control=BitMap(list(groups.control & east)[:3]))
    with pytest.raises(NotAllowedError):
        read(Effects(layer, Shelf(few)), "c1", EAST)
    assert read(Effects(layer, Shelf(few)), "c1").ratio.control == 3


def test_counts_of_few_people_are_not_shown_to_somebody_who_may_not_see_them() -> None:
    found = Deliveries(sent=100, opened=4, clicked=0, unsubscribed=5, leaked=2, redeemed=1, redemptions=9).withheld(5)
    assert found == Deliveries(sent=100, opened=None, clicked=0, unsubscribed=5)
    assert Deliveries(opened=4).withheld(0).opened == 4


def test_slices_of_few_people_take_the_next_smallest_with_them(effects) -> None:
    few = read(effects, AUGUST, EAST, by="customer.member_level").slices
    assert all(fewest(part.difference) >= 5 for part in few.parts)
    everybody = read(effects, AUGUST, by="customer.member_level").slices
    assert len(few.parts) <= len(everybody.parts)


def test_days_before_the_data_are_not_zero(layer) -> None:
    groups = own_groups(layer, starts=date(2020, 1, 1))
    found = read(Effects(layer, Shelf(groups)), "c1")
    assert found.verdict is Verdict.NOTHING_TO_COMPARE
    assert found.unseen
    assert "无从得知" in verdict_sentence(found).zh
    assert "cannot be known" in verdict_sentence(found).en


def test_definitions_without_a_goal_say_what_is_missing(layer) -> None:
    model = layer.index.model
    bare = replace(model, outreach=replace(model.outreach, goal=None))
    other = SemanticLayer(ModelIndex(bare), layer.policy, layer.engine, layer.as_of, layer.segments)
    with pytest.raises(DataError) as found:
        read(Effects(other), AUGUST)
    assert "converts" in found.value.message.en
