"""What a person wrote into the form of a campaign, read with care: nothing is changed when a part of it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.predicate import Predicate
from tools.campaigns.types import Campaign, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantWish:
    """One variant as it stands in the form, in the order of the campaign's own."""

    subject: str
    body: str
    remove: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wrote into the form of a campaign. `holdout` is in per cent; empty texts leave things as they are.

    `revision` is the one that the form showed; below 0 it is not compared. `also_for` asks for one more variant.
    """

    name: str
    channel: str
    destination: str
    variants: tuple[VariantWish, ...]
    holdout: str
    reason: str
    spare_days: str
    send_at: str  # YYYY-MM-DDTHH:MM by the company's clock; empty: when somebody starts it
    budget: str
    priority: str = ""
    also_for: str = ""  # the name of a choice that the office offers
    revision: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Customers for whom a variant can be written: those with one value of a tag. `group` is what the tag is called."""

    name: str
    group: Text
    label: Text
    where: Predicate


def changed(campaign: Campaign, wish: Wish, also: Choice | None, zone: ZoneInfo, now: datetime) -> Campaign:
    """The campaign as it was wished.

    Raises `InvalidPlanError` for what is no number, for a time that has passed, and where no variant would be left.
    """
    send_at = moment(wish.send_at, zone) if wish.send_at.strip() else None
    if send_at is not None and send_at != campaign.send_at and send_at <= now:
        raise InvalidPlanError(
            Text(
                f"发送时间 {wish.send_at} 已经过去，请选将来的时间。",
                f"{wish.send_at} has passed. Choose a time to come.",
            )
        )
    holdout = number(wish.holdout, Text("对照组", "the control group")) / 100 if wish.holdout.strip() else 0.0
    priority = whole(wish.priority, Text("优先级", "the priority")) if wish.priority.strip() else campaign.priority
    return replace(
        campaign,
        name=wish.name.strip() or campaign.name,
        channel=wish.channel or campaign.channel,
        destination=wish.destination or campaign.destination,
        variants=_variants(campaign.variants, wish.variants, also),
        holdout=holdout,
        no_holdout_reason=wish.reason.strip(),
        spare_days=whole(wish.spare_days or "0", Text("避开天数", "the days to leave free")),
        send_at=send_at,
        budget=number(wish.budget, Text("预算", "the budget")) if wish.budget.strip() else None,
        priority=priority,
    )


def _variants(old: Sequence[Variant], wished: Sequence[VariantWish], also: Choice | None) -> tuple[Variant, ...]:
    """The variants in their order, without those taken out. A new one comes first: everybody gets the first that fits."""
    kept = [
        replace(one, subject=wish.subject, body=wish.body)
        for one, wish in zip(old, wished, strict=False)
        if not wish.remove
    ]
    kept += old[len(wished) :]
    if old and not kept:
        raise InvalidPlanError(
            Text(
                "至少要留下一个版本。请修改它的文字，或先加一个版本。",
                "One variant has to stay. Change its text, or add another first.",
            )
        )
    if also is None:
        return tuple(kept)
    taken = {one.name for one in kept}
    label = also.label.zh
    name = next(one for one in (label, *(f"{label} {at}" for at in range(2, len(taken) + 3))) if one not in taken)
    subject = kept[-1].subject if kept else ""
    body = kept[-1].body if kept else ""
    return (Variant(name=name, subject=subject, body=body, where=also.where), *kept)


def number(said: str, what: Text) -> float:
    """A number as people write it: with commas, in per cent. Raises `InvalidPlanError`."""
    try:
        found = float(said.replace(",", "").replace("，", "").replace("%", "").replace("％", "").strip())
    except ValueError:
        found = float("nan")
    if not abs(found) < float("inf"):
        raise InvalidPlanError(
            Text(f"{what.zh}要写成数字，不是「{said}」。", f"Write {what.en} as a number, not {said!r}.")
        )
    return found


def whole(said: str, what: Text) -> int:
    """A number without a fraction. Raises `InvalidPlanError`."""
    found = number(said, what)
    if found != int(found):
        raise InvalidPlanError(
            Text(f"{what.zh}要写成整数，不是「{said}」。", f"Write {what.en} as a whole number, not {said!r}.")
        )
    return int(found)


def moment(said: str, zone: ZoneInfo) -> datetime:
    """A moment by the company's clock. Raises `InvalidPlanError`."""
    try:
        return datetime.fromisoformat(said.strip()).replace(tzinfo=zone)
    except ValueError:
        raise InvalidPlanError(
            Text(
                f"发送时间写成 2026-11-11 09:00 的样子，不是「{said}」。",
                f"Write the time like 2026-11-11 09:00, not {said!r}.",
            )
        ) from None
