"""A person who was deleted is in no group, no contact, no consent and no delivery any more; others stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from pyroaring import BitMap

from semantic_layer.query.types import Audience
from tools.campaigns.forgetting import forget_in_campaigns
from tools.campaigns.sql_store import SqlCampaignStore
from tools.campaigns.store import ConsentEvent, Contacted, Frozen, Said
from tools.campaigns.types import Campaign, Change, LeftOut, State
from tools.destinations.sql_deliveries import SqlDeliveries
from tools.storage import open_storage

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    opened = open_storage()
    yield opened
    opened.dispose()


def test_nothing_of_the_person_is_left_and_nobody_else_is_touched(engine: sa.Engine) -> None:
    store, deliveries = SqlCampaignStore(engine), SqlDeliveries(engine)
    campaign = Campaign(
        id="c1",
        data_set="shop",
        name="c",
        audience=Audience(),
        channel="短信",
        owner="wei",
        created_at=NOW,
        updated_at=NOW,
    )
    change = Change(campaign="c1", number=1, at=NOW, by="wei", what="drafted", revision=1, state=State.DRAFT)
    frozen = Frozen(
        campaign="c1",
        at=NOW,
        revision=1,
        treated=BitMap([1, 2]),
        control=BitMap([3]),
        left_out={LeftOut.CAPPED: BitMap([4])},
        rules=(),
        base_rate=None,
        detectable=None,
    )
    held = Contacted(
        data_set="shop", campaign="c1", channel="短信", at=NOW, keys=BitMap([1, 2]), held=False, counts=True, kind=""
    )
    store.write(campaign, change, frozen=frozen, contacted=(held,))
    store.add_consents(
        [
            ConsentEvent(data_set="shop", channel="短信", key=key, said=Said.NO, at=NOW, by="x", source="link")
            for key in (1, 2)
        ]
    )
    deliveries.enlist("c1", "file", [1, 2], at=NOW)

    assert forget_in_campaigns(engine, "shop", 1) == 4
    assert forget_in_campaigns(engine, "shop", 1) == 0
    after = store.frozen("c1")
    assert after is not None
    assert (set(after.treated), set(after.control), set(after.left_out[LeftOut.CAPPED])) == ({2}, {3}, {4})
    assert [one.key for one in store.consents("shop", "短信")] == [2]
    assert [one.key for one in deliveries.rows("c1")] == [2]
    (contacted,) = store.contacted("shop", NOW)
    assert set(contacted.keys) == {2}
