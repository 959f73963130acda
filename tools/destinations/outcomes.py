"""What an answer of a destination means for the message to a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, assert_never

from semantic_layer.errors import Text
from tools.campaigns.types import LeftOut
from tools.destinations.deliveries import Delivery, Step
from tools.destinations.pace import Retry
from tools.destinations.types import Fate, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """The answer of a destination that gave none for a message."""

    fate: Fate = Fate.UNSURE
    why: Text = Text("对方没有说明这条消息的结果", "the destination said nothing about this message")  # frozen


UNSAID: Final = Unsaid()

WHY_LEFT_OUT: Final = {
    LeftOut.NO_CONSENT: Text("没有同意接收", "no consent"),
    LeftOut.UNSUBSCRIBED: Text("已退订", "unsubscribed"),
    LeftOut.INVALID_CONTACT: Text("没有可用的地址", "no address that can be used"),
    LeftOut.SPARED: Text("近期已联系过", "contacted a short while ago"),
    LeftOut.CAPPED: Text("达到频次上限", "a frequency cap was reached"),
    LeftOut.OTHER_CAMPAIGN: Text("已安排在另一个活动中", "planned into another campaign"),
    LeftOut.QUIET_HOURS: Text("处于免打扰时段，稍后再发", "quiet hours: put off"),
    LeftOut.GLOBAL_CONTROL: Text("属于全局对照组", "in the global control group"),
    LeftOut.HOLDOUT: Text("属于本次对照组", "in the holdout of this campaign"),
}


def interrupted(*, remembers: bool) -> tuple[Step, Text]:
    """What becomes of a message that was being handed over when the process ended."""
    if remembers:
        return Step.AGAIN, Text("发送中断，用同一编号再发", "sending was interrupted: sent again under the same id")
    return (
        Step.UNSURE,
        Text(
            "发送中断，可能已经发出；这个渠道不识别重复消息，请决定重发还是保持不动",
            "sending was interrupted and it may have left; this channel does not know ids it has seen: resend it or let it be",
        ),
    )


def after(row: Delivery, receipt: Receipt, *, remembers: bool, retry: Retry, chance: float, downs: int) -> Delivery:
    """The row of a message after an attempt; `row.attempts` counts this attempt already.

    `downs` is how many rounds before this one found the destination out of use: it makes the next wait longer.
    """
    settled = replace(row, at=receipt.at, reference=receipt.reference or row.reference, why=receipt.why, next_try=None)
    if receipt.down:
        wait = max(receipt.wait, retry.wait(downs + 1, chance))
        moment = receipt.at + timedelta(seconds=wait)
        return replace(settled, step=Step.WAITING, attempts=row.attempts - 1, next_try=moment)
    match receipt.fate:
        case Fate.ACCEPTED:
            return replace(settled, step=Step.ACCEPTED)
        case Fate.REFUSED:
            return replace(settled, step=Step.REFUSED)
        case Fate.AGAIN:
            return _again(settled, receipt, retry, chance, at_last=Step.REFUSED)
        case Fate.UNSURE:
            if remembers:
                return _again(settled, receipt, retry, chance, at_last=Step.UNSURE)
            return replace(settled, step=Step.UNSURE)
        case never:
            assert_never(never)


def _again(row: Delivery, receipt: Receipt, retry: Retry, chance: float, *, at_last: Step) -> Delivery:
    if row.attempts >= retry.attempts:
        tried = Text(f"试了 {row.attempts} 次后放弃：", f"given up after {row.attempts} attempts: ")
        return replace(row, step=at_last, why=Text(tried.zh + row.why.zh, tried.en + row.why.en))
    wait = max(receipt.wait, retry.wait(row.attempts, chance))
    return replace(row, step=Step.AGAIN, next_try=receipt.at + timedelta(seconds=wait))
