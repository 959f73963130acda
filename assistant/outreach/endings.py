"""What a run of the sender came to, in a sentence."""

from __future__ import annotations

from typing import assert_never

from semantic_layer.errors import InvalidPlanError, Text
from tools.destinations.deliveries import Step
from tools.destinations.sender import Ended, Sent


def said_of(sent: Sent) -> Text:
    """Raises `InvalidPlanError` when a person has to do something first."""
    done = sent.tally.of(Step.ACCEPTED)
    unsure, refused = sent.tally.of(Step.UNSURE), sent.tally.of(Step.REFUSED)
    rest_zh = f"，{refused:,} 条被拒收" if refused else ""
    rest_en = f", {refused:,} refused" if refused else ""
    match sent.ended:
        case Ended.FINISHED:
            return Text(f"已发完：{done:,} 条已送出{rest_zh}。", f"All sent: {done:,} accepted{rest_en}.")
        case Ended.LATER:
            return Text(
                f"已送出 {done:,} 条，其余稍后自动继续。", f"{done:,} accepted; the rest goes on by itself later."
            )
        case Ended.UNDECIDED:
            return Text(
                f"已送出 {done:,} 条，{unsure:,} 条不确定是否送到，请在活动页决定。",
                f"{done:,} accepted; {unsure:,} may have arrived: decide on the page of the campaign.",
            )
        case Ended.PAUSED:
            return Text(f"已暂停，已送出 {done:,} 条。", f"Paused; {done:,} accepted.")
        case Ended.STOPPED | Ended.CANCELLED:
            return Text(f"已停止，已送出 {done:,} 条。", f"Stopped; {done:,} accepted.")
        case Ended.ELSEWHERE:
            return Text("另一个进程正在发送这个活动。", "Another process is sending this campaign.")
        case Ended.HELD_UP:
            why_zh = "".join(one.zh for one in sent.problems)
            why_en = " ".join(one.en for one in sent.problems)
            raise InvalidPlanError(
                Text(
                    f"目的地现在不能用，没有丢失任何消息。{why_zh}",
                    f"The destination cannot be used now; nothing was lost. {why_en}",
                )
            )
        case _:
            assert_never(sent.ended)
