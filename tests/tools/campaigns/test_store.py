"""Campaigns, rules and ledgers are kept alike in memory and in a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.dialects import postgresql

from semantic_layer.query.predicate import Compare, InSegment
from semantic_layer.query.types import Audience
from tests.tools.campaigns.care import MIA, Office, Remembered
from tools.campaigns import DeskGate, OwnGroups, tables
from tools.campaigns.as_json import campaign_from_json, campaign_to_json
from tools.campaigns.in_memory import CampaignsInMemory
from tools.campaigns.rules import FrequencyCap
from tools.campaigns.sql_store import SqlCampaignStore
from tools.campaigns.store import (
    CampaignStore,
    ConsentEvent,
    Contacted,
    Frozen,
    PolicyChange,
    PolicyChangedError,
    PolicyRow,
    Said,
)
from tools.campaigns.types import Campaign, CampaignChangedError, Change, LeftOut, State, Variant
from tools.storage import open_storage

AT = datetime(2026, 10, 31, 4, 0, 30, tzinfo=UTC)
CAMPAIGN = Campaign(
    id="c1",
    data_set="shop",
    name="秋天",
    audience=Audience(where=InSegment("老客户")),
    channel="短信",
    owner="mia",
    created_at=AT,
    updated_at=AT,
    variants=(
        Variant(name="金", body="您好", where=Compare("customer.level", "=", "金卡")),
        Variant(name="默认", body="好"),
    ),
    send_at=AT + timedelta(days=1),
    budget=12.5,
    roles=("marketer",),
)


TABLES = (
    tables.CAMPAIGNS,
    tables.CHANGES,
    tables.PEOPLE,
    tables.FROZEN,
    tables.CONTACTS,
    tables.CONSENTS,
    tables.POLICIES,
)


@pytest.fixture(scope="session")
def database() -> Iterator[sa.Engine]:
    """One for all tests: making its tables takes longer than any of them."""
    engine = open_storage()
    yield engine
    engine.dispose()


@pytest.fixture
def sql_store(database: sa.Engine) -> CampaignStore:
    with database.begin() as connection:
        for table in TABLES:
            connection.execute(sa.delete(table))
    return SqlCampaignStore(database)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> CampaignStore:
    return CampaignsInMemory() if request.param == "memory" else request.getfixturevalue("sql_store")


def change(campaign: Campaign, what="drafted") -> Change:
    return Change(
        campaign=campaign.id,
        number=campaign.number,
        at=campaign.updated_at,
        by="mia",
        what=what,
        revision=campaign.revision,
        state=campaign.state,
        note="说明",
    )


def contacted(key: int, at: datetime, **more) -> Contacted:
    return Contacted(
        **{"campaign": "c1", "data_set": "shop", "channel": "短信", "at": at, "keys": BitMap([key])} | more
    )


def test_a_campaign_survives_as_text() -> None:
    assert campaign_from_json(campaign_to_json(CAMPAIGN)) == CAMPAIGN


def test_a_campaign_comes_back_as_it_was_with_its_history(store: CampaignStore) -> None:
    store.write(CAMPAIGN, change(CAMPAIGN))
    later = replace(CAMPAIGN, number=2, state=State.WAITING)
    store.write(later, change(later, "submitted"))
    assert store.load("shop") == (later,)
    assert store.load("other") == ()
    assert store.history("c1") == (change(CAMPAIGN), change(later, "submitted"))


def test_a_change_must_follow_the_one_before(store: CampaignStore) -> None:
    store.write(CAMPAIGN, change(CAMPAIGN))
    with pytest.raises(CampaignChangedError):
        store.write(CAMPAIGN, change(CAMPAIGN))
    late = replace(CAMPAIGN, number=3)
    with pytest.raises(CampaignChangedError):
        store.write(late, change(late), planned=BitMap([1]))
    assert not store.planned("c1")
    assert len(store.history("c1")) == 1


def test_people_are_kept_with_the_change_that_fixes_them(store: CampaignStore) -> None:
    frozen = Frozen(
        campaign="c1",
        at=AT,
        revision=1,
        treated=BitMap([1, 2]),
        control=BitMap([3]),
        left_out={LeftOut.CAPPED: BitMap([4]), LeftOut.SPARED: BitMap()},
        rules=('{"is": "x"}',),
        base_rate=0.1,
    )
    held = contacted(3, AT, held=True)
    store.write(CAMPAIGN, change(CAMPAIGN), planned=BitMap([1, 2, 3]), frozen=frozen, contacted=[held])
    assert store.planned("c1") == BitMap([1, 2, 3])
    assert store.frozen("c1") == frozen
    assert store.frozen("c2") is None
    assert store.contacted("shop", AT) == (replace(held, at=AT.replace(second=0)),)


def test_contacts_are_noted_once_and_kept_to_the_minute(store: CampaignStore) -> None:
    assert store.add_contacted(contacted(1, AT)) == BitMap([1])
    assert store.add_contacted(contacted(2, AT.replace(second=59))) == BitMap([2])
    assert not store.add_contacted(contacted(1, AT + timedelta(hours=1)))
    assert store.add_contacted(contacted(1, AT, held=True)) == BitMap([1])
    assert store.noted("c1") == BitMap([1, 2])
    people = [(one.held, one.at, set(one.keys)) for one in store.contacted("shop", AT)]
    minute = AT.replace(second=0)
    assert {held: set().union(*(keys for h, _, keys in people if h == held)) for held in (False, True)} == {
        False: {1, 2},
        True: {1},
    }
    assert {at for _, at, _ in people} == {minute}
    assert store.contacted("shop", AT + timedelta(minutes=1)) == ()
    assert store.contacted("other", AT) == ()


def test_consents_come_by_time_and_a_no_comes_last(store: CampaignStore) -> None:
    def event(key: int, at: datetime, said: Said) -> ConsentEvent:
        return ConsentEvent(data_set="shop", channel="短信", key=key, at=at, said=said, by="mia", source="form")

    no, yes, early = event(1, AT, Said.NO), event(1, AT, Said.YES), event(2, AT - timedelta(days=1), Said.YES)
    store.add_consents([no, yes, early])
    store.add_consents([])
    store.add_consents([yes, early])
    assert store.consents("shop", "短信") == (early, yes, no)
    assert store.consents("shop", "邮件") == ()
    assert store.consents_of("shop", 2) == (early,)


def test_rules_keep_every_revision(store: CampaignStore) -> None:
    row = PolicyRow(id="cap", data_set="shop", rule=FrequencyCap(most=2, hours=24), owner="dan", updated_at=AT)
    first = PolicyChange(row=row, at=AT, by="dan", what="set")
    after = replace(row, revision=2, on=False, updated_at=AT + timedelta(hours=1))
    second = PolicyChange(row=after, at=after.updated_at, by="eve", what="switched off")
    store.write_policies([first])
    store.write_policies([second])
    assert store.policies("shop") == (after,)
    assert store.policy_log("shop") == (first, second)
    with pytest.raises(PolicyChangedError):
        store.write_policies([second])
    assert store.policies("other") == ()


def test_the_migrations_make_every_column(database: sa.Engine) -> None:
    for table in TABLES:
        columns = {column["name"] for column in sa.inspect(database).get_columns(table.name)}
        assert columns == {column.name for column in table.columns}
        for statement in (sa.select(table), sa.insert(table), sa.update(table), sa.delete(table)):
            assert table.name in str(statement.compile(dialect=postgresql.dialect()))


def test_the_whole_way_goes_through_a_database(care_layer: Remembered, sql_store: CampaignStore) -> None:
    office = Office(care_layer, sql_store)
    started = office.started()
    gate = DeskGate(office.desk)
    keys = gate.handover(started.id).keys
    assert len(keys) == 94
    batch = BitMap(list(keys)[:5])
    gate.note_sent(started.id, batch, office.now)
    gate.note_unsubscribed(started.id, BitMap([keys[6]]), office.now, "link")
    again = Office(care_layer, sql_store)  # as another process finds it
    other = DeskGate(again.desk)
    assert other.still_allowed(started.id, keys) == keys - batch - BitMap([keys[6]])
    assert [one.what for one in again.desk.history(started.id, MIA)] == ["drafted", "submitted", "approved", "started"]
    assert again.desk.standing(started.id, MIA).sent == 5
    other.note_finished(started.id, office.now)
    assert OwnGroups(again.desk).groups("秋天").control == sql_store.frozen(started.id).control
