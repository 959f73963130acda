"""Sentences about a change and its reasons, by template: what changed, the largest part, the next, what is left."""

from __future__ import annotations

from assistant.wording import Scene
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar, Unit
from tools import numbers
from tools.change import Change, Part
from tools.profile import value_label

_SURE = 1.96  # standard errors: 95 of 100 accidental changes are smaller


class ReasonWords:
    """Words for one metric between two periods, in one language. `against` names the period it is held against."""

    def __init__(self, scene: Scene, index: ModelIndex, metric: str, against: str) -> None:
        self.scene = scene
        self.metric = index.metric(metric)
        self._index = index
        self._against = against

    @property
    def language(self) -> Language:
        return self.scene.language

    @property
    def label(self) -> str:
        return self.metric.words.label.in_(self.language)

    @property
    def all_of_it(self) -> str:
        return self._text("合计", "all")

    @property
    def rest_name(self) -> str:
        return self._text("其余", "the rest")

    @property
    def subtitle(self) -> str:
        parts = (
            self.scene.period,
            self.scene.conditions,
            self._text(f"对比{self._against}", f"against {self._against}"),
        )
        return " · ".join(part for part in parts if part)

    # -- numbers and names ---------------------------------------------------------------------------------------------

    def value(self, value: float | None) -> str:
        return numbers.compact(value, self.metric.unit, self.language, self.scene.currency)

    def signed(self, amount: float) -> str:
        """A change with its sign; of rates in percentage points."""
        return numbers.change(amount, 0, self.metric.unit, self.language, self.scene.currency)

    def size(self, amount: float) -> str:
        return self.signed(abs(amount)).lstrip("+")

    def part(self, part: Part) -> str:
        """The values of a part: 华东 × 运动鞋. A value that says nothing by itself has its field in front."""
        return " × ".join(self._value_name(field, value) for field, value in zip(part.fields, part.values, strict=True))

    def _value_name(self, field: str, value: Scalar | None) -> str:
        found = self._index.field(field)
        said = value_label(found, value).in_(self.language)
        if value is not None and (isinstance(value, str) or any(known.value == value for known in found.values)):
            return said
        return self._text(f"{self._field(field)}{said}", f"{self._field(field)}: {said}")

    def _field(self, field: str) -> str:
        return self._index.field(field).words.label.in_(self.language)

    def judged(self, *, significant: bool | None) -> str:
        if significant is None:
            return numbers.NOTHING
        return self._text("是", "yes") if significant else self._text("否", "no")

    # -- sentences -----------------------------------------------------------------------------------------------------

    def title(self, change: Change) -> str:
        if not change.parts or change.parts[0].share_of_change is None:
            return self._text(f"{self.label}的变化", f"The change of {self.label}")
        part, share = change.parts[0], numbers.percent(change.parts[0].share_of_change)
        moved = self._moved(change.change or 0.0)
        return self._text(
            f"{self.label}的{moved}有 {share} 来自{self.part(part)}",
            f"{share} of the change in {self.label}: {self.part(part)}",
        )

    def first(self, change: Change) -> str:
        """What changed, while the reasons are looked for."""
        if change.change is None:
            return self._nothing_to_compare(change)
        return self._what_changed(change)

    def whole(self, change: Change) -> str:
        """What changed and why, in two to five sentences."""
        if change.change is None:
            return self._nothing_to_compare(change)
        sentences = [self._what_changed(change), self._days(change), self._chance(change)]
        if change.parts or change.structure is not None:
            sentences += [self._told(number, part, change) for number, part in enumerate(change.parts)]
            sentences += [self._structure(change), self._rest(change)]
        else:
            sentences.append(self._no_part(change))
        return self._text("", " ").join(sentence for sentence in sentences if sentence)

    def remarks(self, change: Change) -> tuple[Text, ...]:
        """What the person must know about the parts: that some may not be added up."""
        marks = [field for part in change.parts if part.how == "having" for field in part.fields]
        if not marks:
            return ()
        people = self._index.entity(self._index.model.customer_entity).words.label
        fields = [self._index.field(field).words.label for field in dict.fromkeys(marks)]
        return (
            Text(
                zh=f"一个{people.zh}在一段时间里可以有多个{'、'.join(one.zh for one in fields[-1:])}，所以这样的部分不能相加；"
                "这里比的是期间有这类记录的人和其他所有人。",
                en=f"One {people.en} can have several values of {fields[-1].en} in a period, so such parts do not add up; "
                "those with such a row in the period are held against all others.",
            ),
        )

    def _what_changed(self, change: Change) -> str:
        before, after = self.value(change.before), self.value(change.after)
        amount = change.change or 0.0
        lead = self._lead()
        if not amount:
            return self._text(
                f"{lead}{self.label}为 {after}，与{self._against}相同。",
                f"{self._opened(lead)}{self.label} is {after}, the same as {self._against}.",
            )
        rate = "" if self.metric.unit is Unit.PERCENT else numbers.change_rate(change.after, change.before)
        extra = f"（{rate}）" if rate and rate != numbers.NOTHING else ""
        moved = self._moved(amount)
        zh = f"{lead}{self.label}为 {after}，比{self._against}的 {before} {moved} {self.size(amount)}{extra}。"
        extra_en = f" ({rate})" if extra else ""
        en = f"{lead}{self.label} is {after}, {moved} {self.size(amount)}{extra_en} from {before} in {self._against}."
        return self._text(zh, self._opened(en))

    def _days(self, change: Change) -> str:
        """A total of a longer period is larger by itself."""
        before, after = change.days
        if (
            not change.adds_up
            or before == after
            or not before
            or not after
            or not change.before
            or change.after is None
        ):
            return ""
        per_day = numbers.change_rate(change.after / after, change.before / before)
        longer = after > before
        return self._text(
            f"本期{'多' if longer else '少'} {abs(after - before)} 天，按日均算变化 {per_day}。",
            f"The period has {abs(after - before)} day{'s' if abs(after - before) > 1 else ''} "
            f"{'more' if longer else 'less'}; per day the change is {per_day}.",
        )

    def _chance(self, change: Change) -> str:
        if change.significant is not False or change.error is None:
            return ""
        size = self.size(_SURE * change.error)
        return self._text(
            f"这在正常波动之内：以现在的数据量，{size}以内的变化可能只是偶然。",
            f"That is within normal variation: with this much data, changes of up to {size} can be chance.",
        )

    def _told(self, number: int, part: Part, change: Change) -> str:
        amount = change.change or 0.0
        name, share = self._text(f"「{self.part(part)}」", f"“{self.part(part)}”"), part.share_of_change
        against = bool(amount) and part.contribution * amount < 0
        if against:
            size = self.size(part.contribution)
            return self._text(
                f"相反方向：{name}{self._inside(part)}，抵消了 {size}。",
                f"The other way: {name} {self._inside(part)}, which hides {size}.",
            )
        if share is None or change.significant is False:
            size = self.size(part.contribution)
            zh = f"{'不过' if number == 0 else '还有'}{name}的变化超出了偶然：{self._inside(part)}，影响 {size}。"
            en = f"{'Still, ' if number == 0 else 'Also, '}{name} moved more than chance: {self._inside(part)}, worth {size}."
            return self._text(zh, en)
        if number == 0:
            share_zh = (
                f"其中 {numbers.percent(share)} 来自{name}"
                if share <= 1
                else f"{name}的影响超过全部变化（{numbers.percent(share)}）"
            )
            share_en = f"{numbers.percent(share)} of it comes from {name}"
            return self._text(
                f"{share_zh}：{self._inside(part)}；{self._without(part)}。",
                f"{share_en}: {self._inside(part)}; {self._without(part)}.",
            )
        return self._text(
            f"其次是{name}，占 {numbers.percent(share)}：{self._inside(part)}。",
            f"Next is {name}, {numbers.percent(share)}: {self._inside(part)}.",
        )

    def _inside(self, part: Part) -> str:
        """What moved in the part: its own value, or its weight."""
        mostly_mix = part.mix is not None and part.rate is not None and abs(part.mix) > abs(part.rate)
        if mostly_mix:
            before, after = numbers.percent(part.weight_before), numbers.percent(part.weight_after)
            own = next((value for value in (part.after, part.before) if value is not None), None)
            rest = next((value for value in (part.rest_after, part.rest_before) if value is not None), None)
            compared = ""
            if own is not None and rest is not None:
                zh = f"，而它的{self.label}（{self.value(own)}）{'低于' if own < rest else '高于'}其余（{self.value(rest)}）"
                en = f", and its {self.label} ({self.value(own)}) is {'below' if own < rest else 'above'} the rest ({self.value(rest)})"
                compared = self._text(zh, en)
            return self._text(
                f"占比从 {before} 变到 {after}{compared}", f"its weight went from {before} to {after}{compared}"
            )
        before, after = (self.value(value) for value in (part.before, part.after))
        if part.before is None or part.after is None:
            where = self._text("新出现的，没有对比期的数", "new, without a value before")
            gone = self._text("只在对比期有", "there before only")
            return where if part.before is None else gone
        return self._text(f"{self.label}从 {before} 变到 {after}", f"{self.label} went from {before} to {after}")

    def _without(self, part: Part) -> str:
        if part.rest_before is None or part.rest_after is None:
            return self._text("没有其余部分", "there is nothing else")
        before, after = self.value(part.rest_before), self.value(part.rest_after)
        return self._text(
            f"不算这部分，{self.label}从 {before} 到 {after}", f"without it {self.label} went from {before} to {after}"
        )

    def _structure(self, change: Change) -> str:
        found = change.structure
        if found is None or not change.change:
            return ""
        field, share = self._field(found.field), numbers.percent(found.mix / change.change)
        moved, other = self._moved(change.change), self._moved(-change.change)
        if found.opposed:
            return self._text(
                f"每个{field}自己的{self.label}都在{other}：{moved}来自{field}的构成变化。",
                f"Inside every {field}, {self.label} went {other}: the change comes from their mix alone.",
            )
        return self._text(
            f"按{field}看，{share} 的变化来自构成，而不是各组自己的变化。",
            f"By {field}, {share} of the change is a change of mix, not of the groups themselves.",
        )

    def _rest(self, change: Change) -> str:
        if change.rest is None or change.significant is False:
            return ""
        size = self.size(change.rest)
        if change.rest_significant is False:
            return self._text(
                f"其余的变化（{size}）在正常波动之内。", f"What is left ({size}) is within normal variation."
            )
        return self._text(f"其余 {size} 没有集中的来源。", f"The remaining {size} has no single source.")

    def _no_part(self, change: Change) -> str:
        looked = self._text(
            f"看了 {len(change.searched)} 个维度及其组合，共 {change.tested:,} 个部分",
            f"{change.tested:,} parts by {len(change.searched)} fields and pairs of them were looked at",
        )
        if not change.searched:
            return self._text("没有可以用来找原因的维度。", "There is no field to look for reasons in.")
        if change.significant is False or not change.change:
            return self._text(f"{looked}，没有哪一部分的变化超出偶然。", f"{looked}; none moved more than chance.")
        return self._text(
            f"{looked}，没有哪一部分特别突出：变化是普遍的。", f"{looked}; none stands out: the change is everywhere."
        )

    def _nothing_to_compare(self, change: Change) -> str:
        if change.after is None and change.before is None:
            return self._text(
                f"{self._lead()}两个时期都没有可计算{self.label}的数据。", f"Neither period has data for {self.label}."
            )
        known = change.after if change.after is not None else change.before
        zh, en = ("本期", "This period") if change.after is None else (self._against, self._opened(self._against))
        other = self._text(
            "对比期" if change.after is None else "本期", "the other" if change.after is None else "this"
        )
        return self._text(
            f"{zh}没有可计算{self.label}的数据（{other}为 {self.value(known)}），无法比较。",
            f"{en} has no data for {self.label} ({other} period: {self.value(known)}), so there is nothing to compare.",
        )

    def _moved(self, amount: float) -> str:
        return self._text("上升" if amount > 0 else "下降", "up" if amount > 0 else "down")

    def _lead(self) -> str:
        parts = [part for part in (self.scene.period, self.scene.conditions) if part]
        joined = self._text("，", ", ").join(parts)
        return f"{joined}{self._text('，', ': ')}" if joined else ""

    def _opened(self, sentence: str) -> str:
        return sentence[:1].upper() + sentence[1:]

    def _text(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en
