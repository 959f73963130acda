"""Which records are one person: why they are, what a change would do, doing it, pairs to decide, and rules."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never

from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.live_cards import Cards, golden_fields, name_in, sensitivity_of, source_label
from assistant.stewardship.masking import shown
from assistant.stewardship.people import (
    Changed,
    DryRun,
    Fact,
    IdentityFigures,
    IdentityRule,
    LedgerLine,
    Link,
    Merge,
    PairQuestion,
    PairQueue,
    PersonAfter,
    PersonChange,
    Record,
    Split,
    Tier,
    Touched,
    Undo,
    Verdict,
    Why,
)
from assistant.stewardship.port import PAGE_ROWS
from assistant.stewardship.types import Shown, StewardRights
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.blueprint import Blueprint
from semantic_layer.ingestion.identity import ledger, review
from semantic_layer.ingestion.identity.customers import (
    Connection,
    IdentityCounts,
    customer_of,
    identity_counts,
    member_records,
    records_from,
    standing,
    undoable_entries,
)
from semantic_layer.ingestion.identity.dry_run import Effect, TouchedUse
from semantic_layer.ingestion.identity.dry_run import Touched as TouchedPort
from semantic_layer.ingestion.identity.evidence import FIELD_WORDS, Piece
from semantic_layer.ingestion.identity.explain import links_of
from semantic_layer.ingestion.identity.golden import build_golden
from semantic_layer.ingestion.identity.ledger import Entry, RecordRef
from semantic_layer.ingestion.identity.review import Decision, WaitingPair, said_by
from semantic_layer.ingestion.identity.rules import WEIGHT, IdentityRules
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User

_BETWEEN: Final = "."
_KINDS: Final[Mapping[str, Text]] = {
    "segment": Text("人群", "Segment"),
    "tag": Text("标签", "Tag"),
    "campaign": Text("活动", "Campaign"),
}


class Identity:
    """Reads and changes who is one customer, for one user at a time. Rights are checked by whoever calls."""

    def __init__(self, house: DataHouse, cards: Cards, touched: TouchedPort, now: Callable[[], datetime]) -> None:
        self._house = house
        self._cards = cards
        self._touched = touched
        self._now = now

    def why(self, customer: int, user: User, rights: StewardRights) -> Why:
        """The records of a customer, the links between them, and what was done with them."""
        blueprint = self._house.blueprint()
        with self._house.warehouse.reading() as connection:
            key = self._cards.seen_key(connection, customer, user)
            members = member_records(connection, key)
            said = said_by(connection, [RecordRef(one.source, one.record) for one in members])
            links = links_of(connection, blueprint.identity, key)
            fields = golden_fields(connection, blueprint, key, rights)
            lines = self._lines(connection, key)
        records = tuple(
            Record(
                id=record_id(RecordRef(one.source, one.record)),
                source=source_label(blueprint, one.source),
                row=shown(one.record.replace("\x1f", " / "), Sensitivity.PERSONAL, rights).text,
                facts=_facts(said.get(RecordRef(one.source, one.record), {}), blueprint, rights),
                observed_at=one.observed_at,
                tier=_tier(one.tier) if len(members) > 1 else None,
            )
            for one in members
        )
        return Why(
            customer=key,
            name=name_in(fields),
            records=records,
            links=tuple(
                Link(
                    left=record_id(step.left),
                    right=record_id(step.right),
                    tier=_tier(step.tier.value),
                    evidence=step.sentence if rights.see_personal else bare_evidence(step.pieces),
                    weight=step.weight,
                )
                for step in links
            ),
            ledger=lines,
        )

    def _lines(self, connection: Connection, key: int) -> tuple[LedgerLine, ...]:
        entries = ledger.history(connection, key)
        open_ones = undoable_entries(connection, entries)
        return tuple(
            LedgerLine(
                entry=one.entry,
                kind=one.kind,
                text=_entry_said(one),
                at=one.at,
                by=one.by,
                undoable=one.entry in open_ones,
            )
            for one in reversed(entries)
        )

    # --- changes

    def preview(self, change: PersonChange, user: User, rights: StewardRights) -> DryRun:
        """What would stand after the change, and what it touches. Nothing is written."""
        blueprint = self._house.blueprint()
        with self._house.warehouse.reading() as connection:
            before = self._concerned(connection, change, user)
            names = {key: name_in(golden_fields(connection, blueprint, key, rights)) for key in before}
            counts = {key: standing(connection, key).records for key in before}
            after = _after(connection, change, counts, names)
        touched = tuple(
            Touched(kind=_KINDS[use.kind], name=Text(use.name, use.name), change=_members_said(use))
            for use in self._touched.uses_of(before)
        )
        said = Text(f"{len(before)} 位客户变为 {len(after)} 位。", f"{len(before)} customers become {len(after)}.")
        return DryRun(said=said, after=after, touched=touched, warnings=_warnings(blueprint.identity, after))

    def carry_out(self, change: PersonChange, user: User) -> Changed:
        """Do it, and make the golden records anew."""
        blueprint = self._house.blueprint()
        with self._house.warehouse.writing() as connection:
            before = self._concerned(connection, change, user)
            self._do(connection, blueprint, change, user.name)
            build_golden(connection, blueprint.identity.golden, blueprint.specs)
            entries = ledger.history(connection, before[0])
            customer = ledger.active_key(connection, before[0])
            open_ones = undoable_entries(connection, entries)
        return Changed(said=_done(change, customer), customer=customer, entry=max(open_ones, default=None))

    def _concerned(self, connection: Connection, change: PersonChange, user: User) -> tuple[int, ...]:
        """Customers that a change is about; all of them must be known to the user."""
        match change:
            case Split(customer=customer):
                wanted: tuple[int, ...] = (customer,)
            case Merge(customer=customer, other=other):
                wanted = (customer, other)
            case Undo(entry=number):
                found = [one for one in ledger.entries(connection, after=number - 1, limit=1) if one.entry == number]
                if not found:
                    raise UnknownNameError(Text("合并记录", "entry of the ledger"), str(number))
                wanted = (found[0].new_key, found[0].old_key)
            case unreachable:
                assert_never(unreachable)
        return tuple(dict.fromkeys(self._cards.seen_key(connection, one, user) for one in wanted))

    def _do(self, connection: Connection, blueprint: Blueprint, change: PersonChange, by: str) -> None:
        rules, now = blueprint.identity, self._now()
        match change:
            case Split(customer=customer, records=records):
                ledger.split_off(connection, rules, customer, [record_ref(one) for one in records], by=by, now=now)
            case Merge(customer=customer, other=other):
                ledger.always_merge(connection, rules, customer, other, by=by, now=now)
            case Undo(entry=number):
                ledger.undo(connection, rules, number, by=by, now=now)
            case unreachable:
                assert_never(unreachable)

    # --- pairs

    def queue(self, user: User, rights: StewardRights) -> PairQueue:
        """The pairs that wait, the likeliest first; those with somebody whom the user may not see are left out."""
        blueprint = self._house.blueprint()
        with self._house.warehouse.reading() as connection:
            found = review.waiting(connection, blueprint.identity, size=PAGE_ROWS)
            waiting = review.how_many_wait(connection)
            decided = identity_counts(connection).decided
            keys = [key for pair in found for key in (pair.left_key, pair.right_key)]
            labels = self._cards.labels(connection, keys)
        seen = self._cards.readable(frozenset(labels.values()), user)
        shown_pairs = [p for p in found if {labels[p.left_key], labels[p.right_key]} <= seen]
        return PairQueue(
            pairs=tuple(_pair(pair, blueprint, rights) for pair in shown_pairs), waiting=waiting, decided=decided
        )

    def decide(self, pair: str, verdict: Verdict, user: User) -> Changed:
        """Settle a pair."""
        blueprint = self._house.blueprint()
        first, _, second = pair.partition(_BETWEEN)
        left, right = record_ref(first), record_ref(second)
        with self._house.warehouse.writing() as connection:
            key = self._cards.seen_key(connection, customer_of(connection, left), user)
            review.decide(connection, blueprint.identity, left, right, Decision(verdict), by=user.name, now=self._now())
            build_golden(connection, blueprint.identity.golden, blueprint.specs)
            entries = ledger.history(connection, key)
            customer = ledger.active_key(connection, key)
            open_ones = undoable_entries(connection, entries)
        entry = max(open_ones, default=None) if verdict != "later" else None
        return Changed(said=_VERDICTS[verdict], customer=customer, entry=entry)

    # --- figures

    def figures(self) -> IdentityFigures:
        """How records became customers."""
        blueprint = self._house.blueprint()
        with self._house.warehouse.reading() as connection:
            counts = identity_counts(connection)
        return IdentityFigures(
            records=counts.records,
            customers=counts.customers,
            tiers=tuple((_tier(name), number) for name, number in counts.tiers),
            largest=counts.largest,
            waiting=counts.waiting,
            computed_at=counts.computed_at,
            rules=rule_lines(blueprint.identity, counts),
            notes=tuple(_guarded(kind, why, values) for kind, why, values in counts.guarded),
        )


def record_id(ref: RecordRef) -> str:
    """A record as the page names it: letters, digits, - and _ only."""
    return base64.urlsafe_b64encode(json.dumps([ref.source, ref.record]).encode()).decode().rstrip("=")


def record_ref(written: str) -> RecordRef:
    """A record by its id. Raises `UnknownNameError` for what is none."""
    try:
        source, record = json.loads(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    except ValueError as error:
        raise UnknownNameError(Text("记录", "record"), written[:12]) from error
    return RecordRef(str(source), str(record))


def rule_lines(rules: IdentityRules, counts: IdentityCounts) -> tuple[IdentityRule, ...]:
    """The rules that can be turned on and off, with the links that rest on each now."""
    links = dict(counts.rules)
    found = [
        IdentityRule(
            name=each.name,
            label=Text(f"{FIELD_WORDS[each.name].zh}相同", f"same {FIELD_WORDS[each.name].en}")
            if each.name in FIELD_WORDS
            else Text(each.name, each.name),
            meaning=Text(
                f"同一个值最多出现在 {each.most} 条记录里才用来认人。",
                f"A value identifies people while it stands in at most {each.most} records.",
            ),
            tier="exact",
            on=each.name not in rules.off,
            links=links.get(each.name, 0),
        )
        for each in sorted(rules.identifiers, key=lambda rule: rule.priority)
    ]
    weighed = IdentityRule(
        name=WEIGHT,
        label=Text("多项相近", "much alike"),
        meaning=Text(
            "姓名、号码、生日、地址等一起衡量，足够确定才合并。",
            "Name, numbers, birthday and address weighed together; merged only when sure enough.",
        ),
        tier="strict",
        on=WEIGHT not in rules.off,
        links=links.get(WEIGHT, 0),
    )
    return (*found, weighed)


def effect_said(effect: Effect) -> DryRun:
    """A dry run of rules in words."""
    said = Text(
        f"{effect.before:,} 位客户变为 {effect.after:,} 位：合并 {effect.merged:,}，拆分 {effect.split:,}；"
        f"待确认的配对 {effect.waiting_before:,} → {effect.waiting_after:,}。",
        f"{effect.before:,} customers become {effect.after:,}: {effect.merged:,} merged, {effect.split:,} split; "
        f"pairs that wait {effect.waiting_before:,} → {effect.waiting_after:,}.",
    )
    touched = tuple(
        Touched(kind=_KINDS[use.kind], name=Text(use.name, use.name), change=_members_said(use))
        for use in effect.touched
    )
    return DryRun(said=said, after=(), touched=touched)


_VERDICTS: Final[Mapping[Verdict, Text]] = {
    "same": Text("已合并为一位客户。", "They are one customer now."),
    "different": Text("记为不同的人，以后不再合并。", "Kept apart: they are never merged."),
    "later": Text("先放着，排到最后。", "Left for later, at the end of the list."),
}


def _pair(pair: WaitingPair, blueprint: Blueprint, rights: StewardRights) -> PairQuestion:
    compared = []
    for field in dict.fromkeys((*pair.said_left, *pair.said_right)):
        left, right = pair.said_left.get(field, ""), pair.said_right.get(field, "")
        sensitivity = sensitivity_of(blueprint, field)
        label = FIELD_WORDS.get(field, Text(field, field))
        same = left.casefold() == right.casefold() if left and right else None
        compared.append((label, shown(left, sensitivity, rights), shown(right, sensitivity, rights), same))
    return PairQuestion(
        id=f"{record_id(pair.left)}{_BETWEEN}{record_id(pair.right)}",
        left=source_label(blueprint, pair.left.source),
        right=source_label(blueprint, pair.right.source),
        evidence=pair.sentence if rights.see_personal else bare_evidence(pair.pieces),
        compared=tuple(compared),
        probability=pair.probability,
        touches=2,
    )


def bare_evidence(pieces: Sequence[Piece]) -> Text:
    """What a link rests on, without the values that its sentence quotes."""
    fields = [FIELD_WORDS.get(piece.field, Text(piece.field, piece.field)) for piece in pieces[:3]]
    return Text(
        f"依据：{'、'.join(field.zh for field in fields)}。", f"Going by {', '.join(field.en for field in fields)}."
    )


def _facts(said: Mapping[str, str], blueprint: Blueprint, rights: StewardRights) -> tuple[Fact, ...]:
    return tuple(
        Fact(FIELD_WORDS.get(field, Text(field, field)), shown(value, sensitivity_of(blueprint, field), rights))
        for field, value in said.items()
    )


def _tier(name: str) -> Tier:
    tiers: dict[str, Tier] = {"exact": "exact", "strict": "strict", "loose": "loose"}
    return tiers[name]


def _after(
    connection: Connection, change: PersonChange, counts: Mapping[int, int], names: Mapping[int, Shown]
) -> tuple[PersonAfter, ...]:
    """Customers as they would stand. What a decision held together or apart is matched anew, which only doing it shows."""
    keys = sorted(counts)
    match change:
        case Split(records=records):
            (key,) = keys
            refuse_wrong_split(counts[key], len(records))
            return (
                PersonAfter(customer=key, name=names[key], records=counts[key] - len(records)),
                PersonAfter(customer=None, name=names[key], records=len(records), new=True),
            )
        case Merge():
            return (PersonAfter(customer=keys[0], name=names[keys[0]], records=sum(counts.values())),)
        case Undo(entry=number):
            (entry,) = ledger.entries(connection, after=number - 1, limit=1)
            if entry.kind != "merge" or len(keys) > 1:
                return tuple(PersonAfter(customer=key, name=names[key], records=counts[key]) for key in keys)
            (key,) = keys
            back = records_from(connection, key, entry.old_key)
            return (
                PersonAfter(customer=key, name=names[key], records=counts[key] - back),
                PersonAfter(customer=entry.old_key, name=names[key], records=back, new=True),
            )
        case unreachable:
            assert_never(unreachable)


def refuse_wrong_split(owned: int, wanted: int) -> None:
    """Raises `InvalidPlanError` unless some, and not all, of the records are to be split off."""
    if not 0 < wanted < owned:
        raise InvalidPlanError(
            Text(
                f"请选出要拆出的记录：至少 1 条，最多 {owned - 1} 条。",
                f"Choose the records to split off: at least 1, at most {owned - 1}.",
            )
        )


def _warnings(rules: IdentityRules, after: tuple[PersonAfter, ...]) -> tuple[Text, ...]:
    large = [one for one in after if one.records > rules.most_together]
    if not large:
        return ()
    return (
        Text(
            f"合并后有超过 {rules.most_together} 条记录，请确认不是共用的号码。",
            f"More than {rules.most_together} records would be one person: see that no number is shared.",
        ),
    )


def _members_said(use: TouchedUse) -> Text:
    return Text(f"涉及 {use.members:,} 人", f"{use.members:,} people")


def _done(change: PersonChange, customer: int) -> Text:
    match change:
        case Split(records=records):
            return Text(f"拆出了 {len(records)} 条记录。", f"{len(records)} records were split off.")
        case Merge():
            return Text(f"已合并为客户 {customer}。", f"They are customer {customer} now.")
        case Undo():
            return Text("已撤销，恢复到之前的样子。", "Undone: all is as it was.")
        case unreachable:
            assert_never(unreachable)


def _entry_said(one: Entry) -> Text:
    match one.kind:
        case "merge":
            return Text(
                f"客户 {one.old_key} 并入 {one.new_key}", f"customer {one.old_key} became part of {one.new_key}"
            )
        case "split":
            return Text(
                f"从客户 {one.old_key} 拆出 {one.new_key}", f"{one.new_key} was split off customer {one.old_key}"
            )
        case "undo":
            return Text("撤销了之前的一步", "an earlier step was undone")
        case "never":
            return Text(f"{one.old_key} 和 {one.new_key} 不再合并", f"{one.old_key} and {one.new_key} are never merged")
        case "always":
            return Text(f"{one.old_key} 和 {one.new_key} 认定为一人", f"{one.old_key} and {one.new_key} are one person")


def _guarded(kind: str, why: str, values: int) -> Text:
    field = FIELD_WORDS.get(kind, Text(kind, kind))
    reasons = {
        "blocked": Text("是常见的假值", "are well-known fakes"),
        "frequent": Text("出现在太多记录里", "stand in too many records"),
        "shared": Text("由不同姓名的人共用", "are shared by people of different names"),
    }
    reason = reasons.get(why, Text(why, why))
    return Text(
        f"{values:,} 个{field.zh}{reason.zh}，不用来认人。",
        f"{values:,} values of {field.en} {reason.en}: they identify nobody.",
    )
