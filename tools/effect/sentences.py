"""What a reading says in words: the verdict in one sentence, and every reservation that belongs beside it."""

from __future__ import annotations

from typing import Final, assert_never

from semantic_layer.errors import Text
from semantic_layer.query.acts import Outcome
from tools import numbers
from tools.campaigns.types import Groups
from tools.effect.intervals import Interval
from tools.effect.types import ReadOut, SampleRatio, Slice, Slices, Verdict

RATES: Final[dict[Outcome, Text]] = {
    "conversion": Text("转化率", "conversion rate"),
    "click": Text("点击率", "click rate"),
    "retention": Text("留存率", "retention rate"),
    "repurchase": Text("复购率", "repurchase rate"),
}


def verdict_sentence(read: ReadOut) -> Text:
    """One sentence: works, does harm, is not proven and what would prove it, or why it cannot be known."""
    said = _said(read)
    return Text(said.zh, said.en[:1].upper() + said.en[1:])


def _said(read: ReadOut) -> Text:
    match read.verdict:
        case Verdict.MISSPLIT:
            return _missplit(read)
        case Verdict.NO_CONTROL:
            return _no_control(read)
        case Verdict.NOTHING_TO_COMPARE:
            return _nothing(read)
        case Verdict.WORKS | Verdict.HARMS | Verdict.NOT_PROVEN:
            return _compared(read)
        case _:
            assert_never(read.verdict)


def called(groups: Groups) -> Text:
    """The campaign by its name; a bare number is said to be one."""
    if groups.name.isdigit():
        return Text(f"活动「{groups.name}」", f"campaign {groups.name}")
    return Text(f"「{groups.name}」", f"“{groups.name}”")


def points(share: float, *, signed: bool = True) -> str:
    """A difference of shares in percentage points, without the unit."""
    written = f"{share * 100:+.1f}" if signed else f"{share * 100:.1f}"
    return "0.0" if float(written) == 0 else written


def between(interval: Interval) -> Text:
    """An interval of a difference of shares."""
    low, high = points(interval.low), points(interval.high)
    return Text(f"{low} 到 {high}", f"{low} to {high}")


def interval_name(read: ReadOut) -> Text:
    """What the intervals of a reading are: wider while it is read before its end, since it may be read again."""
    if read.final:
        return Text("95% 区间", "95% interval")
    return Text("随时可看的 95% 区间", "95% interval for any number of looks")


def ratio_line(ratio: SampleRatio) -> Text:
    """How the groups were split, and whether as planned."""
    if not ratio.control:
        return Text("没有对照组", "nobody was held back")
    actual = f"{ratio.actual * 100:.1f}%"
    sizes = f"{ratio.control:,} / {ratio.treated + ratio.control:,}"
    if ratio.planned is None or ratio.pvalue is None:
        return Text(
            f"对照组实际占 {actual}（{sizes}）；没有记录计划的占比，无法核对分组。",
            f"{actual} were held back ({sizes}); the planned share is not known, so the split cannot be checked.",
        )
    planned = f"{ratio.planned * 100:.1f}%"
    chance = _chance(ratio.pvalue)
    if ratio.trusted:
        return Text(
            f"计划留 {planned}，实际 {actual}（{sizes}），相符（p {chance}）。",
            f"{planned} planned to be held back, {actual} were ({sizes}): as planned (p {chance}).",
        )
    return Text(
        f"计划留 {planned}，实际 {actual}（{sizes}），不相符（p {chance}）。",
        f"{planned} planned to be held back, {actual} were ({sizes}): not as planned (p {chance}).",
    )


def window_line(read: ReadOut) -> Text:
    """Which days count, and whether they are over."""
    window = read.window
    first, last = window.start.isoformat(), window.end.isoformat()
    if read.data_from is not None:
        begins = read.data_from.isoformat()
        return Text(
            f"{first} 到 {last}（含首尾，共 {window.days} 天），数据从 {begins} 才开始。",
            f"{first} to {last} ({window.days} days, both inside); the data only begins on {begins}.",
        )
    if read.final:
        return Text(
            f"{first} 到 {last}（含首尾，共 {window.days} 天），已结束。",
            f"{first} to {last} ({window.days} days, both inside); it is over.",
        )
    return Text(
        f"{first} 到 {last}（含首尾，共 {window.days} 天），数据只到 {window.seen.isoformat()}，是第 {window.elapsed} 天，还没有结束。",
        f"{first} to {last} ({window.days} days, both inside); the data ends on {window.seen.isoformat()}, day "
        f"{window.elapsed}: it is not over.",
    )


def slices_sentence(read: ReadOut) -> Text:
    """Whether the effect differs between customers, said only where that holds after correction."""
    slices = read.slices
    if slices is None:
        return Text("", "")
    label = slices.label
    if len(slices.parts) < 2:
        return Text(
            f"按「{label.zh}」分开后，人数够的组不到两个，不能比较。",
            f"Split by {label.en!r}, fewer than two groups have enough people to compare.",
        )
    if not read.final:
        return Text(
            f"按「{label.zh}」的差异要等窗口结束后再下结论。",
            f"Whether it differs by {label.en!r} is said when the window is over.",
        )
    if not slices.differs:
        return _alike(slices)
    out = [part for part in slices.parts if part.stands_out]
    zh = "、".join(f"「{p.label.zh}」{points(p.difference.difference)} 个百分点" for p in out)
    en = ", ".join(f"“{p.label.en}” {points(p.difference.difference)} points" for p in out)
    chance = _chance(slices.pvalue or 0.0)
    return Text(
        f"效果因「{label.zh}」而不同（p {chance}）：与其他人明显不同的是{zh}（已做多重比较校正）。",
        f"The effect differs by {label.en!r} (p {chance}): unlike everybody else are {en} (corrected for many comparisons).",
    )


def stand_out(part: Slice) -> Text:
    return Text("明显不同", "differs") if part.stands_out else Text("", "")


def _alike(slices: Slices) -> Text:
    chance = _chance(slices.pvalue if slices.pvalue is not None else 1.0)
    return Text(
        f"没有证据说明效果因「{slices.label.zh}」而不同（p {chance}）：看到的差别可能只是偶然，不要据此挑人。",
        f"Nothing proves that the effect differs by {slices.label.en!r} (p {chance}): the differences may be chance, so do "
        "not choose people by them.",
    )


def _compared(read: ReadOut) -> Text:
    main, name, rate = read.main, called(read.groups), RATES[read.outcome]
    if main is None:
        raise ValueError("a comparison without its difference")
    one, two = numbers.percent(main.treated.mean), numbers.percent(main.control.mean)
    lift, range_, kind = points(main.difference), between(main.interval), interval_name(read)
    head = _judged(read)
    proof = _proof(read)
    return Text(
        f"{name.zh}{head.zh}{rate.zh} {one}，对照组 {two}，相差 {lift} 个百分点（{kind.zh} {range_.zh}）{proof.zh}。",
        f"{name.en} {head.en} {rate.en} {one} against {two} of those held back, {lift} points ({kind.en} {range_.en}){proof.en}.",
    )


def _judged(read: ReadOut) -> Text:
    if not read.final:
        so_far = {
            Verdict.WORKS: Text("目前看有效", "looks as if it works"),
            Verdict.HARMS: Text("目前看有害", "looks as if it does harm"),
        }.get(read.verdict, Text("目前还看不出效果", "shows nothing yet"))
        day, days = read.window.elapsed, read.window.days
        return Text(
            f"还没有定论（第 {day} / {days} 天），{so_far.zh}：", f"is not final (day {day} of {days}) and {so_far.en}:"
        )
    return {
        Verdict.WORKS: Text("有效：", "works:"),
        Verdict.HARMS: Text("有害：", "does harm:"),
    }.get(read.verdict, Text("不能证明有效：", "is not proven to work:"))


def _proof(read: ReadOut) -> Text:
    """What size would prove it; nothing where it is proven or not over."""
    if read.verdict is not Verdict.NOT_PROVEN or not read.final:
        return Text("", "")
    if read.target is None or read.people is None:
        return Text("，包含 0", ", which holds 0")
    lift, people = points(read.target), f"{read.people:,}"
    return Text(
        f"，包含 0；要证明 {lift} 个百分点的提升，两组一共约需 {people} 人，这次有 {read.everybody.people:,} 人",
        f", which holds 0; to prove a lift of {lift} points, both groups together need about {people} people, and this had "
        f"{read.everybody.people:,}",
    )


def _missplit(read: ReadOut) -> Text:
    name, ratio = called(read.groups), read.ratio
    actual, planned = f"{ratio.actual * 100:.1f}%", f"{(ratio.planned or 0.0) * 100:.1f}%"
    sizes = f"{ratio.control:,} / {ratio.treated + ratio.control:,}"
    chance = _chance(ratio.pvalue or 0.0)
    return Text(
        f"{name.zh}的结果不可信，不给出提升：计划留 {planned} 作对照，实际只有 {actual}（{sizes} 人），随机分组几乎不会这样（p {chance}）。"
        if ratio.actual < (ratio.planned or 0.0)
        else f"{name.zh}的结果不可信，不给出提升：计划留 {planned} 作对照，实际有 {actual}（{sizes} 人），随机分组几乎不会这样（p {chance}）。",
        f"The result of {name.en} is not to be trusted and no lift is given: {planned} were to be held back, but {actual} were "
        f"({sizes} people), which a random split hardly ever gives (p {chance}).",
    )


def _no_control(read: ReadOut) -> Text:
    name, rate = called(read.groups), RATES[read.outcome]
    now, people = numbers.percent(read.everybody.mean), f"{read.everybody.people:,}"
    zh = f"{name.zh}没有对照组，无法知道它带来了什么：{people} 人的{rate.zh}是 {now}"
    en = (
        f"What {name.en} did cannot be known, since nobody was held back: the {rate.en} of its {people} people is {now}"
    )
    if read.before is not None:
        earlier = numbers.percent(read.before)
        zh += f"，之前同样天数是 {earlier}，前后对比不是证明"
        en += f", and was {earlier} in as many days before, which proves nothing"
    used = read.deliveries.redeemed
    if used is not None:
        share = numbers.percent(used / read.everybody.people)
        zh += f"；其中 {used:,} 人（{share}）用了券"
        en += f"; {used:,} of them ({share}) used a coupon"
    return Text(f"{zh}。", f"{en}.")


def _nothing(read: ReadOut) -> Text:
    name, rate = called(read.groups), RATES[read.outcome]
    if read.unseen and read.data_from is not None:
        first, last = read.data_from.isoformat(), read.window.end.isoformat()
        return Text(
            f"{name.zh}的窗口到 {last} 为止，数据从 {first} 才开始，它的{rate.zh}无从得知。",
            f"The days that count for {name.en} end on {last} and the data begins on {first}, so its {rate.en} cannot be known.",
        )
    if not read.everybody.people:
        return Text(
            f"没有记录{name.zh}是给谁的，无法知道它的效果。",
            f"Nobody is recorded as planned for {name.en}, so its effect cannot be known.",
        )
    treated, clicked = f"{read.everybody.people:,}", numbers.percent(read.everybody.mean)
    return Text(
        f"{name.zh}的{rate.zh}是 {clicked}（计划触达的 {treated} 人里）；对照组收不到消息，没有可比的点击，所以看不出提升。",
        f"The {rate.en} of {name.en} is {clicked} of the {treated} people it was planned for; those held back got no message "
        "to click, so there is no lift to read.",
    )


def _chance(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
