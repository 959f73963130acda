"""Finding customers and looking at one: golden record with where each value comes from, tags, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Final

from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.masking import shown
from assistant.stewardship.people import Card, Fact, GoldenField, Hit, Hits, Moment, TagLine
from assistant.stewardship.port import PAGE_ROWS
from assistant.stewardship.published import PublishedCustomers
from assistant.stewardship.types import Shown, StewardRights
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.blueprint import Blueprint
from semantic_layer.ingestion.identity.customers import (
    Connection,
    Match,
    find_customers,
    golden_column,
    golden_of,
    has_golden,
    standing,
)
from semantic_layer.ingestion.identity.evidence import FIELD_WORDS
from semantic_layer.ingestion.identity.golden import WHY
from semantic_layer.ingestion.identity.ledger import active_key, history
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User
from tools.card import CustomerCard

_ON_HITS: Final = ("phone", "city")
_NUMBER: Final = Text("客户编号", "Customer number")


class Cards:
    """Reads customers for one user at a time; whoever the user may not see is not found."""

    def __init__(self, house: DataHouse, published: PublishedCustomers) -> None:
        self._house = house
        self._published = published

    def search(self, text: str, user: User, rights: StewardRights) -> Hits:
        """The best hits. Who may not see contacts, or names, finds them by whole values only."""
        wanted = text.strip()
        if not wanted:
            return Hits(hits=(), total=0)
        whole = (*(() if rights.see_contact else ("phone", "email")), *(() if rights.see_personal else ("name",)))
        with self._house.warehouse.reading() as connection:
            if not has_golden(connection):
                return Hits(
                    hits=(),
                    total=0,
                    said=Text("还没有识别过客户，请先导入来源。", "No customers yet: load the sources first."),
                )
            found = find_customers(connection, wanted, whole=whole)
            labels = self.labels(connection, [one.customer_key for one in found])
            seen = self._published.readable(set(labels.values()), user)
            allowed = [one for one in found if labels[one.customer_key] in seen]
            blueprint = self._house.blueprint()
            hits = tuple(_hit(connection, blueprint, one, rights) for one in allowed[:PAGE_ROWS])
        return Hits(hits=hits, total=len(allowed), said=_found_said(rights) if hits else _nobody_said(text))

    def card(self, customer: int, user: User, rights: StewardRights) -> Card:
        """One customer. Raises `UnknownNameError` for a number that is nobody's, or somebody whom the user may not see."""
        with self._house.warehouse.reading() as connection:
            key = self.seen_key(connection, customer, user)
            label = self.labels(connection, [key])[key]
            fields = golden_fields(connection, self._house.blueprint(), key, rights)
            stands = standing(connection, key)
            was = tuple(e.old_key for e in history(connection, key) if e.kind == "merge" and e.new_key == key)
        found = self._published.card(label, user)
        return Card(
            customer=key,
            name=name_in(fields),
            born=stands.born.date() if stands.born else None,
            fields=fields,
            tags=_tags(found),
            levels=self._published.levels(label, user),
            moments=_moments(found),
            more_moments=False,
            records=stands.records,
            sources=stands.sources,
            was=was,
        )

    def seen_key(self, connection: Connection, customer: int, user: User) -> int:
        """The customer that a number belongs to now, when the user may see them."""
        key = active_key(connection, customer)
        label = self.labels(connection, [key])[key]
        if label not in self._published.readable({label}, user):
            raise unknown(customer)
        return key

    def readable(self, labels: frozenset[str], user: User) -> frozenset[str]:
        """Those whom the user may see."""
        return self._published.readable(labels, user)

    def labels(self, connection: Connection, keys: Sequence[int]) -> dict[int, str]:
        """What customers are called in the published data: the column that labels them there, else their number."""
        model = self._house.model()
        entity = next(e for e in model.entities if e.name == model.customer_entity)
        labelled = next(
            (d.expr for d in model.dimensions if d.entity == entity.name and d.name == entity.label_column), ""
        )
        return {key: str(key) for key in keys} | golden_column(connection, keys, labelled)


def _hit(connection: Connection, blueprint: Blueprint, match: Match, rights: StewardRights) -> Hit:
    fields = {each.field: each for each in golden_fields(connection, blueprint, match.customer_key, rights)}
    return Hit(
        customer=match.customer_key,
        name=name_in(fields.values()),
        facts=tuple(Fact(fields[name].label, fields[name].value) for name in _ON_HITS if name in fields),
        matched=FIELD_WORDS.get(match.field, _NUMBER),
        records=standing(connection, match.customer_key).records,
    )


def golden_fields(
    connection: Connection, blueprint: Blueprint, key: int, rights: StewardRights
) -> tuple[GoldenField, ...]:
    """The golden record of a customer as one person may see it."""
    found = []
    for one in golden_of(connection, key):
        sensitivity = sensitivity_of(blueprint, one.field)
        others = tuple(
            (shown(value, sensitivity, rights), source_label(blueprint, source)) for value, source in one.others
        )
        found.append(
            GoldenField(
                field=one.field,
                label=FIELD_WORDS.get(one.field, Text(one.field, one.field)),
                value=shown(one.value, sensitivity, rights),
                source=source_label(blueprint, one.source),
                why=_why(one.why),
                others=others,
            )
        )
    return tuple(found)


def sensitivity_of(blueprint: Blueprint, field: str) -> Sensitivity:
    """That of the field standard; of a field that it does not know, the careful one."""
    known = blueprint.standard.field(field)
    return known.sensitivity if known is not None else Sensitivity.PERSONAL


def source_label(blueprint: Blueprint, source: str) -> Text:
    spec = blueprint.spec(source)
    return spec.label if spec is not None else Text(source, source)


def name_in(fields: Iterable[GoldenField]) -> Shown:
    """The name of a golden record."""
    return next((each.value for each in fields if each.field == "name"), Shown("—"))


def _why(why: str) -> Text:
    words: Mapping[str, Text] = {str(key): text for key, text in WHY.items()}
    return words.get(why, Text(why, why))


def _nobody_said(text: str) -> Text:
    return Text(
        f"没有找到「{text}」。可以试试姓名、完整的手机号、邮箱、会员号或客户编号。",
        f"Nobody was found for {text!r}. Try a name, a whole phone number, an e-mail, a member or customer number.",
    )


def _found_said(rights: StewardRights) -> Text | None:
    if rights.see_contact:
        return None
    return Text("您的角色只能按完整的手机号或邮箱查找。", "Your role finds phones and e-mails by whole values only.")


def _tags(found: CustomerCard | None) -> tuple[TagLine, ...]:
    if found is None:
        return ()
    return tuple(
        TagLine(name=tag.fact.name, label=tag.fact.label, value=tag.fact.text) for tag in found.tags if tag.holds
    )


def _moments(found: CustomerCard | None) -> tuple[Moment, ...]:
    if found is None:
        return ()
    moments = []
    for one in found.timeline:
        at = one.at if isinstance(one.at, datetime) else datetime.combine(one.at, time())
        detail = Text(
            "，".join(f"{label.zh} {value.zh}" for label, value in one.details),
            ", ".join(f"{label.en} {value.en}" for label, value in one.details),
        )
        moments.append(Moment(at=at, kind="other", text=one.kind, source=one.kind, detail=detail))
    return tuple(moments)


def unknown(customer: int) -> UnknownNameError:
    """Nobody has this number, or nobody whom this user may see: the two are told apart to nobody."""
    return UnknownNameError(Text("客户", "customer"), str(customer))
