"""Nine records of four people in memory: the fake that ships with the seam. Splits, merges and undo really happen."""

# a fake takes what its protocol gives

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final, assert_never

from assistant.stewardship.people import (
    Card,
    Changed,
    DeletionPlace,
    DeletionPlan,
    DryRun,
    Fact,
    GoldenField,
    HeldExport,
    Hit,
    Hits,
    IdentityFigures,
    IdentityRule,
    Link,
    Merge,
    PairQueue,
    PersonAfter,
    PersonChange,
    Record,
    RuleSwitch,
    Split,
    Tier,
    Touched,
    Trial,
    Undo,
    Verdict,
    Why,
)
from assistant.stewardship.port import TRIAL
from assistant.stewardship.scripted_book import contact, masked
from assistant.stewardship.scripted_ledger import ScriptedLedger
from assistant.stewardship.scripted_people_data import (
    CITY,
    EMAIL,
    EVIDENCE,
    LEVELS,
    MOMENTS,
    NAME,
    PAIRS,
    PHONE,
    RECORDS,
    RULES,
    SHOP,
    TAGS,
    Kept,
)
from assistant.stewardship.scripted_tasks import ScriptedTasks
from assistant.stewardship.types import RightsOf, Shown, StewardRights, Task, require_manage_people
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.policy.types import User

MEMBER: Final = Text("会员号", "Member number")
CUSTOMER: Final = Text("客户", "customer")
KEPT: Final = {record.id: record for record in RECORDS}


@dataclass(slots=True, kw_only=True)
class ScriptedPeople:
    """`note` hears what a real one would record."""

    rights: RightsOf
    tasks: ScriptedTasks
    clock: Callable[[], datetime]
    note: Callable[[str], None] = lambda _: None
    ledger: ScriptedLedger = field(default_factory=ScriptedLedger)
    pairs: dict[str, tuple[int, int]] = field(default_factory=lambda: {ref: who for ref, (who, _) in PAIRS.items()})
    decided: int = 0
    trial: Trial | None = None
    rules: dict[str, IdentityRule] = field(default_factory=lambda: {rule.name: rule for rule in RULES})

    def may_manage(self, user: User) -> bool:
        return self.rights(user).manage_people

    # --- looking

    def search(self, text: str, *, user: User) -> Hits:
        rights, wanted = self.rights(user), text.strip().casefold()
        if not wanted:
            return Hits(hits=(), total=0)
        hits = [hit for customer in self.ledger.members if (hit := self._hit(customer, wanted, rights)) is not None]
        said = None
        if not hits:
            near = "林晓芳"
            said = Text(
                f"没有找到「{text}」。可以试试姓名（如 {near}）、完整的手机号、邮箱或会员号。",
                f"Nobody was found for “{text}”. Try a name such as {near}, a whole phone number, an e-mail or a member number.",
            )
        elif not rights.see_contact:
            said = Text(
                "您的角色只能按完整的手机号或邮箱查找。", "Your role finds phones and e-mails by whole values only."
            )
        return Hits(hits=tuple(hits), total=len(hits), said=said)

    def _hit(self, customer: int, wanted: str, rights: StewardRights) -> Hit | None:
        matched: Text | None = None
        for record in self._records(customer):
            for label, value in (
                (NAME, record.name),
                (PHONE, record.phone),
                (EMAIL, record.email),
                (MEMBER, record.member_no),
            ):
                whole = label in (PHONE, EMAIL) and not rights.see_contact
                if value and (value.casefold() == wanted or (not whole and wanted in value.casefold())):
                    matched = matched or label
        if str(customer) == wanted:
            matched = Text("客户编号", "Customer number")
        if matched is None:
            return None
        best = self._records(customer)[0]
        facts = (Fact(PHONE, self._shown(best.phone, rights, PHONE)), Fact(CITY, Shown(best.city)))
        return Hit(
            customer=customer, name=self._name(customer, rights), facts=tuple(f for f in facts if f.value.text),
            matched=matched, records=len(self.ledger.members[customer]),
        )  # fmt: skip

    def card(self, customer: int, *, user: User) -> Card:
        rights, number = self.rights(user), self.ledger.now(customer)
        records = self._records(number)
        first = number == 1001
        return Card(
            customer=number, name=self._name(number, rights), born=date(2025, 3, 2), fields=self._golden(records, rights),
            tags=TAGS if first else TAGS[2:3], levels=LEVELS if first else (), moments=MOMENTS if first else (),
            more_moments=first, records=len(records), sources=len({r.source.en for r in records}),
            was=tuple(old for old, new in self.ledger.merged.items() if new == number),
        )  # fmt: skip

    def _golden(self, records: tuple[Kept, ...], rights: StewardRights) -> tuple[GoldenField, ...]:
        found = []
        for name, label in (("name", NAME), ("phone", PHONE), ("email", EMAIL), ("city", CITY), ("member_no", MEMBER)):
            values = [(str(getattr(r, name)), r.source) for r in records if getattr(r, name)]
            if not values:
                continue
            (best, source), rest = values[0], values[1:]
            others = {v: s for v, s in rest if v != best}
            found.append(
                GoldenField(
                    field=name, label=label, value=self._shown(best, rights, label), source=source,
                    why=Text("来源的优先级最高", "the source with the highest priority"),
                    others=tuple((self._shown(v, rights, label), s) for v, s in others.items()),
                )
            )  # fmt: skip
        return tuple(found)

    def why(self, customer: int, *, user: User) -> Why:
        rights, number = self.rights(user), self.ledger.now(customer)
        ids = set(self.ledger.members[number])
        records = tuple(
            Record(
                id=r.id, source=r.source, row=r.row, observed_at=r.observed_at, tier=r.tier if len(ids) > 1 else None,
                facts=tuple(
                    Fact(label, self._shown(value, rights, label))
                    for name, label, value in (("name", NAME, r.name), ("phone", PHONE, r.phone), ("email", EMAIL, r.email), ("city", CITY, r.city))
                    if value
                ),
            )
            for r in self._records(number)
        )  # fmt: skip
        links = tuple(
            Link(left=left, right=right, tier=_tier(tier), evidence=said)
            for (left, right), (tier, said) in EVIDENCE.items()
            if {left, right} <= ids
        )
        lines = self.ledger.lines(number)
        return Why(customer=number, name=self._name(number, rights), records=records, links=links, ledger=lines)

    # --- changing

    def preview(self, change: PersonChange, *, user: User) -> DryRun:
        rights = self.rights(user)
        after = self.ledger.after(change)
        before = {n: ids for n, ids in self.ledger.members.items() if after.get(n) != ids}
        people = tuple(
            PersonAfter(customer=n if n in self.ledger.members else None, name=Shown(KEPT[ids[0]].name), records=len(ids), new=n not in self.ledger.members)
            for n, ids in after.items()
            if self.ledger.members.get(n) != ids
        )  # fmt: skip
        touched = (
            Touched(kind=Text("人群", "Segment"), name=Text("上海高价值客户", "High-value in Shanghai"), change=Text("214 → 213 人", "214 → 213 people")),
            Touched(kind=Text("标签", "Tag"), name=Text("高价值客户", "High-value customer"), change=Text("2 人需要重算", "2 people are computed anew")),
            Touched(kind=Text("活动", "Campaign"), name=Text("双11 预售", "11.11 presale"), change=Text("已发出的名单不变", "the list that was sent stays")),
        )  # fmt: skip
        warnings: tuple[Text, ...] = ()
        if isinstance(change, Merge) and len(after[min(change.customer, change.other)]) > 5:
            warnings = (
                Text(
                    "合并后有 6 条以上的记录，请确认不是共用的号码。",
                    "More than 5 records would be one person: see that no number is shared.",
                ),
            )
        said = Text(f"{len(before)} 位客户变为 {len(people)} 位。", f"{len(before)} customers become {len(people)}.")
        return DryRun(
            said=said,
            after=tuple(replace(p, name=self._masked_name(p.name.text, rights)) for p in people),
            touched=touched,
            warnings=warnings,
        )

    def carry_out(self, change: PersonChange, *, user: User) -> Changed:
        require_manage_people(self.rights(user))
        return self._carried_out(change, "", user)

    def _carried_out(self, change: PersonChange, pair: str, user: User) -> Changed:
        after, now = self.ledger.after(change), self.clock()
        self.note(f"{change} by {user.name}")
        match change:
            case Split(customer=customer, records=records):
                said = Text(f"拆出了 {len(records)} 条记录。", f"{len(records)} records were split off.")
                entry = self.ledger.write("split", said, after, by=user.name, at=now)
                return Changed(said=said, customer=customer, entry=entry)
            case Merge(customer=customer, other=other):
                survivor, gone = sorted((customer, other))
                said = Text(f"客户 {gone} 并入 {survivor}。", f"Customer {gone} became part of {survivor}.")
                entry = self.ledger.write("merge", said, after, by=user.name, at=now, pair=pair)
                self.ledger.merge_into(gone, survivor)
                return Changed(said=said, customer=survivor, entry=entry)
            case Undo(entry=number):
                customer, again = self.ledger.take_back(number, by=user.name, at=now)
                if again:
                    self.pairs[again] = PAIRS[again][0]
                    self.decided -= 1
                return Changed(said=Text("已撤销，恢复到之前的样子。", "Undone: all is as it was."), customer=customer)
            case unreachable:
                assert_never(unreachable)

    # --- pairs, figures, rules

    def queue(self, *, user: User) -> PairQueue:
        rights = self.rights(user)
        pairs = tuple(
            replace(PAIRS[ref][1], compared=tuple((label, self._shown(a.text, rights, label), self._shown(b.text, rights, label), same) for label, a, b, same in PAIRS[ref][1].compared))
            for ref in self.pairs
        )  # fmt: skip
        return PairQueue(pairs=pairs, waiting=len(pairs), decided=self.decided)

    def decide(self, pair: str, verdict: Verdict, *, user: User) -> Changed:
        require_manage_people(self.rights(user))
        if pair not in self.pairs:
            raise UnknownNameError(Text("待确认的一对", "pair"), pair)
        who = self.pairs.pop(pair)
        self.note(f"pair {pair} {verdict} by {user.name}")
        match verdict:
            case "later":
                self.pairs[pair] = who
                return Changed(
                    said=Text("先放着，排到最后。", "Left for later, at the end of the list."), customer=who[0]
                )
            case "different":
                self.decided += 1
                said = Text("记为不同的人，以后不再合并。", "Kept apart: they are never merged.")
                entry = self.ledger.write(
                    "never", said, self.ledger.members, by=user.name, at=self.clock(), pair=pair, who=who
                )
                return Changed(said=said, customer=who[0], entry=entry)
            case "same":
                self.decided += 1
                return self._carried_out(Merge(customer=who[0], other=who[1]), pair, user)
            case unreachable:
                assert_never(unreachable)

    def figures(self, *, user: User) -> IdentityFigures:
        self.rights(user)
        self.tasks.look()
        return IdentityFigures(
            records=33_164, customers=20_312, tiers=(("exact", 29_952), ("strict", 3_212), ("loose", 0)), largest=8,
            waiting=len(self.pairs), computed_at=datetime(2026, 10, 31, 3, 20, tzinfo=UTC), rules=tuple(self.rules.values()),
            notes=(Text("号码 13800138000 出现在 214 条记录里，不用来认人。", "The number 13800138000 stands in 214 records and identifies nobody."),),
        )  # fmt: skip

    def try_rule(self, switch: RuleSwitch, *, user: User) -> Task:
        require_manage_people(self.rights(user))
        rule, self.trial = self._rule(switch.rule), None

        def finish() -> Text:
            self.trial = Trial(switch, _effect(rule, switch))
            return self.trial.run.said

        label = Text(f"试算「{rule.label.zh}」", f"Try “{rule.label.en}”")
        return self.tasks.start(label, Text("比较记录…", "Comparing records…"), finish, user=user, about=TRIAL)

    def tried(self, *, user: User) -> Trial | None:
        self.tasks.look()
        return self.trial if self.may_manage(user) else None

    def forget_trial(self, *, user: User) -> None:
        require_manage_people(self.rights(user))
        self.trial = None

    def apply_rule(self, switch: RuleSwitch, *, user: User) -> Task:
        require_manage_people(self.rights(user))
        rule = self._rule(switch.rule)
        if self.trial is None or self.trial.switch != switch:
            raise InvalidPlanError(
                Text("请先试算，看过影响再确认。", "Try the rule first, and look at what it would do.")
            )
        self.trial = None

        def finish() -> Text:
            self.rules[rule.name] = replace(rule, on=switch.on, links=412 if switch.on else 0)
            return Text("重新匹配完成。", "Matched anew.")

        self.note(f"rule {rule.name} {switch.on} by {user.name}")
        label = Text("重新匹配客户", "Match customers anew")
        return self.tasks.start(label, Text("比较记录…", "Comparing records…"), finish, user=user)

    # --- deletion

    def deletion(self, customer: int, *, user: User) -> DeletionPlan:
        rights = self.rights(user)
        require_manage_people(rights)
        number = self.ledger.now(customer)
        places = (
            DeletionPlace(place=Text("来源的原始行", "Raw rows of sources"), rows=len(self.ledger.members[number])),
            DeletionPlace(place=Text("客户与标签", "Customer and tags"), rows=1),
            DeletionPlace(place=SHOP, rows=2, kept=Text("金额和日期按法规保留，去掉姓名和号码。", "Amounts and dates stay by law, without name and phone.")),
        )  # fmt: skip
        exports = (
            HeldExport(file="双11_高价值.xlsx", by="wei", at=datetime(2026, 10, 27, 8, 0, tzinfo=UTC), purpose=Text("挽回短信", "win-back SMS")),
        )  # fmt: skip
        return DeletionPlan(
            customer=number, name=self._name(number, rights), places=places, exports=exports, code=str(number),
            notes=(Text("删除后不能恢复。", "It cannot be brought back."),),
        )  # fmt: skip

    def delete(self, customer: int, code: str, *, user: User) -> Text:
        plan = self.deletion(customer, user=user)
        if code.strip() != plan.code:
            raise InvalidPlanError(Text(f"请输入 {plan.code} 来确认。", f"Type {plan.code} to confirm."))
        self.ledger.members = {n: ids for n, ids in self.ledger.members.items() if n != plan.customer}
        self.note(f"deleted {plan.customer} by {user.name}")
        return Text(
            f"已删除客户 {plan.customer}。还有 {len(plan.exports)} 个导出文件要由持有人删除。",
            f"Customer {plan.customer} was deleted. {len(plan.exports)} exported file is left to whoever has it.",
        )

    # --- what all of them need

    def _records(self, customer: int) -> tuple[Kept, ...]:
        return tuple(KEPT[ref] for ref in self.ledger.members[customer])

    def _rule(self, name: str) -> IdentityRule:
        if name not in self.rules:
            raise UnknownNameError(Text("规则", "rule"), name, tuple(self.rules)[:3])
        return self.rules[name]

    def _name(self, customer: int, rights: StewardRights) -> Shown:
        return self._masked_name(self._records(customer)[0].name, rights)

    def _masked_name(self, name: str, rights: StewardRights) -> Shown:
        return Shown(name) if rights.see_personal else Shown(f"{name[:1]}••", masked=True)

    def _shown(self, value: str, rights: StewardRights, label: Text) -> Shown:
        if label == NAME:
            return self._masked_name(value, rights)
        return Shown(masked(value), masked=True) if contact(value) and not rights.see_contact else Shown(value)


def _effect(rule: IdentityRule, switch: RuleSwitch) -> DryRun:
    if switch.on:
        said = Text(
            f"打开「{rule.label.zh}」：合并 412 位客户，涉及 3 个人群。",
            f"With “{rule.label.en}” on, 412 customers are merged; 3 segments move.",
        )
    else:
        said = Text(
            f"关闭「{rule.label.zh}」：拆开 1,120 位客户，涉及 5 个人群。",
            f"With “{rule.label.en}” off, 1,120 customers are split; 5 segments move.",
        )
    name = Text("上海高价值客户", "High-value in Shanghai")
    change = Text("214 → 209 人", "214 → 209 people")
    return DryRun(said=said, after=(), touched=(Touched(kind=Text("人群", "Segment"), name=name, change=change),))


def _tier(name: str) -> Tier:
    tiers: dict[str, Tier] = {"exact": "exact", "strict": "strict", "loose": "loose"}
    return tiers[name]
