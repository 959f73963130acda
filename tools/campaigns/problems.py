"""What forbids sending a campaign, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pyroaring import BitMap

from semantic_layer.errors import Text, UserError
from semantic_layer.model.outreach import Channel
from semantic_layer.query.predicate import IsNull
from tools.campaigns.content import Place, Wordbook, may_leave
from tools.campaigns.keys import union
from tools.campaigns.policy_book import Rules
from tools.campaigns.reading import Reader
from tools.campaigns.rules import LONGEST_HOURS, UnsubscribeText
from tools.campaigns.types import Campaign, Variant
from tools.campaigns.waterfall import Around, Waterfall

_EMPTY: Final = Variant(name="", body="")


def of_plan(campaign: Campaign, around: Around, destinations: Sequence[str]) -> Iterator[Text]:
    if campaign.send_at is not None and campaign.send_at < around.now:
        when = campaign.send_at.isoformat(timespec="minutes")
        yield Text(
            f"计划的发送时间 {when} 已经过去，请改为将来的时间，或去掉时间、批准后立即发送",
            f"The time of sending, {when}, has passed. Set one to come, or none to send once it is approved.",
        )
    if not campaign.destination:
        known = ", ".join(destinations)
        yield Text(
            f"还没有选择发送目的地{f'（可选：{known}）' if known else ''}",
            f"No destination was chosen{f' (there are {known})' if known else ''}.",
        )
    elif campaign.destination not in destinations:
        yield Text(
            f"没有名为「{campaign.destination}」的目的地，可选：{'、'.join(destinations) or '无'}",
            f"No destination is called {campaign.destination!r}; there are {', '.join(destinations) or 'none'}.",
        )
    yield from _of_numbers(campaign)
    if not 0 <= campaign.holdout < 1:
        yield Text(
            f"对照组占比 {campaign.holdout:.0%} 不可能：要小于 100%，否则没有人收到消息",
            f"A control group of {campaign.holdout:.0%} is impossible: below 100 %, or nobody gets a message.",
        )
    elif campaign.holdout < around.rules.least_holdout and not campaign.no_holdout_reason.strip():
        least = around.rules.least_holdout
        yield Text(
            f"对照组只有 {campaign.holdout:.1%}，规则要求至少 {least:.1%}；请调高，或写明不留对照组的理由",
            f"Only {campaign.holdout:.1%} are held back, the policies ask for {least:.1%}. Raise it, or give a reason.",
        )


def _of_numbers(campaign: Campaign) -> Iterator[Text]:
    for name, value, low, high in (
        (Text("优先级", "priority"), campaign.priority, 0, 100),
        (Text("避开天数", "days to spare"), campaign.spare_days, 0, LONGEST_HOURS // 24),
        (Text("观察天数", "days of the goal"), campaign.days, 1, 365),
    ):
        if not low <= value <= high:
            yield Text(
                f"{name.zh}是 {value}，应在 {low} 到 {high} 之间",
                f"The {name.en} are {value}; they lie between {low} and {high}.",
            )


def of_people(found: Waterfall, rules: Rules) -> Iterator[Text]:
    reach = len(found.send) + len(found.later)
    if not found.matched:
        yield Text("人群里没有人，请放宽条件", "Nobody is in the audience. Relax its conditions.")
    elif not reach:
        worst = max(found.steps, key=lambda step: len(step.people))
        yield Text(
            f"人群里的 {len(found.matched):,} 人全部被排除，最多的原因是「{worst.label.zh}」（{len(worst.people):,} 人）；"
            "请换渠道、换时间或换人群",
            f"All {len(found.matched):,} of the audience are left out, most because: {worst.label.en} "
            f"({len(worst.people):,}). Choose another channel, time or audience.",
        )
    elif reach < rules.least_audience:
        yield Text(
            f"只会发给 {reach:,} 人，规则要求至少 {rules.least_audience:,} 人；请放宽人群",
            f"Only {reach:,} would get a message; the policies ask for {rules.least_audience:,}. Widen the audience.",
        )


def of_content(campaign: Campaign, channel: Channel, reader: Reader, rules: Rules, treated: BitMap) -> Iterator[Text]:
    if channel.name and not all(variant.body.strip() for variant in campaign.variants or (_EMPTY,)):
        yield Text("还没有写内容", "The message has no text yet.")
        return
    book = Wordbook(reader.layer, reader.user)
    missing: dict[str, BitMap] = {}
    chosen = tuple(variants_of(campaign, reader, treated))
    for variant, people in chosen:
        try:
            places = (*book.places(variant.body), *book.places(variant.subject))
        except UserError as error:
            message = error.message
            yield Text(f"内容「{variant.name}」：{message.zh.rstrip('。')}", f"Variant {variant.name!r}: {message.en}")
            continue
        if not may_leave(variant, campaign, channel, rules.of(UnsubscribeText)):
            yield Text(
                f"内容「{variant.name}」没有写明怎样退订，{channel.label.zh}营销必须有，例如「拒收请回复R」",
                f"Variant {variant.name!r} does not say how to unsubscribe, which marketing by {channel.label.en} must.",
            )
        for place in places:
            if place.fallback is None and place.field:
                gone = (
                    missing.setdefault(place.field, reader.all_with(IsNull(place.field), campaign.audience.as_of))
                    & people
                )
                if gone:
                    yield _without_value(variant.name, place, len(gone))
    nobodys = treated - union(people for _, people in chosen)
    if nobodys:
        yield Text(
            f"{len(nobodys):,} 人不符合任何一个版本的条件，请加一个没有条件的默认版本",
            f"{len(nobodys):,} people fit no variant. Add one without a condition.",
        )


def _without_value(variant: str, place: Place, people: int) -> Text:
    return Text(
        f"内容「{variant}」：{people:,} 人没有「{place.words}」，请写上替代的话，如 {{{place.words}|您}}",
        f"Variant {variant!r}: {people:,} people have no {place.words!r}. Say what stands in, as in {{{place.words}|you}}.",
    )


def variants_of(campaign: Campaign, reader: Reader, treated: BitMap) -> Iterator[tuple[Variant, BitMap]]:
    """Each variant with the people who get it: everybody gets the first one whose condition holds."""
    left = treated
    for variant in campaign.variants:
        fits = left if variant.where is None else left & reader.all_with(variant.where, campaign.audience.as_of)
        yield variant, fits
        left = left - fits


def of_budget(campaign: Campaign, cost: float) -> Iterator[Text]:
    if campaign.budget is not None and cost > campaign.budget:
        yield Text(
            f"预计花费 {cost:,.2f}，超过预算 {campaign.budget:,.2f}；请缩小人群或提高预算",
            f"It would cost {cost:,.2f}, more than the budget of {campaign.budget:,.2f}. Narrow it or raise the budget.",
        )
