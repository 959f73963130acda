"""How fast it is known who is left out of a campaign: a million customers through our steps, beside one statement by hand.

Both run in one process over one file, in turn, and must give the same number of people for every reason.
"""

from __future__ import annotations

import os
import statistics
import uuid
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assistant.bootstrap import open_resources, prepare_data
from assistant.settings import Settings
from benchmarks.answers import MILLION
from benchmarks.timing import milliseconds
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.types import User
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.types import Audience
from tools.campaigns import CampaignDesk, CampaignsInMemory, LeftOut
from tools.campaigns.waterfall import Waterfall, waterfall

ROUNDS = 5
SPARE_DAYS = 7
HOLDOUT = 0.1
NOON = datetime(2026, 10, 31, 4, 0, tzinfo=UTC)  # twelve o'clock in the company's zone, on the last day of the data
USER = User(name="bench", roles=("admin",))

# Everything that our steps look at, written by somebody who knows the tables: each person at the first reason that holds,
# caps of four messages in seven days over all channels and of two by SMS, and a random tenth of whoever is left.
BY_HAND = f"""
WITH agreed AS (SELECT DISTINCT customer_key FROM consents WHERE message_channel = '短信' AND granted),
refused AS (SELECT DISTINCT m.customer_key FROM messages AS m JOIN campaigns AS c USING (campaign_id)
            WHERE m.unsubscribed AND c.message_channel = '短信'),
recent AS (SELECT m.customer_key, COUNT(*) AS all_of_them, COUNT(*) FILTER (WHERE c.message_channel = '短信') AS by_sms
           FROM messages AS m JOIN campaigns AS c USING (campaign_id)
           WHERE m.sent_at > TIMESTAMP '2026-10-31 12:00:00' - INTERVAL {SPARE_DAYS} DAY GROUP BY 1),
shared AS (SELECT phone FROM customers WHERE phone IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 8),
judged AS (
  SELECT c.customer_key, CASE
    WHEN a.customer_key IS NULL THEN 'no_consent'
    WHEN r.customer_key IS NOT NULL THEN 'unsubscribed'
    WHEN c.phone IS NULL OR NOT REGEXP_MATCHES(c.phone, '^1[3-9][0-9]{{9}}$') OR s.phone IS NOT NULL
      OR REGEXP_MATCHES(c.phone, '0{{7}}|1{{7}}|2{{7}}|3{{7}}|4{{7}}|5{{7}}|6{{7}}|7{{7}}|8{{7}}|9{{7}}') THEN 'invalid_contact'
    WHEN n.all_of_them > 0 THEN 'spared'
    WHEN n.all_of_them >= 4 OR n.by_sms >= 2 THEN 'capped'
    ELSE 'left' END AS reason
  FROM customers AS c LEFT JOIN agreed AS a USING (customer_key) LEFT JOIN refused AS r USING (customer_key)
  LEFT JOIN recent AS n USING (customer_key) LEFT JOIN shared AS s ON s.phone = c.phone),
drawn AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY reason ORDER BY HASH(customer_key + 20261031)) AS place,
          COUNT(*) OVER (PARTITION BY reason) AS of_them FROM judged)
SELECT customer_key, CASE WHEN reason = 'left' AND place <= FLOOR(of_them * {HOLDOUT} + 0.5) THEN 'holdout' ELSE reason END
FROM drawn
"""


def measure(home: Path, *, million: bool) -> dict[str, object]:
    """Seconds of both ways, the counts they agree on, and how much longer ours takes."""
    people = MILLION if million else 20_000
    settings = Settings(data="retail", home=home, role="admin", people=people, memory_mb=6144)
    snapshot = prepare_data(settings)
    resources, _ = open_resources(settings, by_meaning=False)
    layer = resources.layer
    desk = CampaignDesk(
        CampaignsInMemory(),
        layer,
        "bench",
        layer_under=lambda policy: SemanticLayer(layer.index, policy, layer.engine, layer.as_of, layer.segments),
        destinations={},
        clock=lambda: NOON,
        new_id=lambda: uuid.uuid4().hex,
    )
    step = StartCampaign(audience=Audience(), channel="短信", spare_days=SPARE_DAYS, holdout=HOLDOUT)
    campaign = desk.draft(step, USER).campaign
    channel = desk.weighing.channel("短信")
    reader = desk.weighing.reader(USER)

    def ours() -> Waterfall:
        return waterfall(campaign, channel, reader, desk.weighing.around(campaign, reader))

    found = ours()
    counts = {step.reason.value: len(step.people) for step in found.steps if step.people}
    mine = [milliseconds(ours) / 1000 for _ in range(ROUNDS)]
    layer.engine.close()  # one process opens a file under one configuration only
    with duckdb.connect(str(snapshot), read_only=True, config={"threads": 2, "memory_limit": "6GB"}) as data:

        def by_hand() -> dict[str, object]:
            return data.execute(BY_HAND).fetchnumpy()

        reasons = data.execute(f"SELECT reason, COUNT(*) FROM ({BY_HAND}) AS t(k, reason) GROUP BY 1").fetchall()
        theirs = [milliseconds(by_hand) / 1000 for _ in range(ROUNDS)]
    sent = {str(reason): int(number) for reason, number in reasons}
    if sent.pop("left") != len(found.send) or sent != counts:
        raise AssertionError(f"different people: {counts} and {len(found.send)}; by hand {sent}")
    middle, other = statistics.median(mine), statistics.median(theirs)
    return {
        "people": people,
        "waterfall_s": {"median": round(middle, 2), "max": round(max(mine), 2)},
        "by_hand_s": {"median": round(other, 2), "max": round(max(theirs), 2)},
        "ratio": round(middle / other, 2),
        "left_out": {reason.value: counts.get(reason.value, 0) for reason in LeftOut},
        "send": len(found.send),
        "load_average": round(os.getloadavg()[0], 1),
    }
