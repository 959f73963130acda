"""App events, service tickets and marketing history from their exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from semantic_layer.examples.retail.company import DAY, Ints, Texts
from semantic_layer.examples.retail.loading.sales import product_ids
from semantic_layer.ingestion import standardise
from semantic_layer.ingestion.arrow import Columns, booleans, dates, decimals, integers, texts, timestamps
from semantic_layer.ingestion.reading import NOTHING, RawTable, files_in, read_csv, read_ndjson, read_parquet, together
from semantic_layer.ingestion.report import Dirt, Findings
from semantic_layer.ingestion.resolver import NOBODY, SourceRecords

APP, DESK = "app", "desk"
_UTC_OFFSET = 8 * 3600
"""The company lives in Asia/Shanghai, which has had no summer time since 1991."""
_EVENT_FIELDS: Mapping[str, Literal["text", "integer"]] = {
    "id": "integer", "type": "text", "device": "text", "member": "text",
    "product": "text", "query": "text", "at": "text", "received": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one source that belong to people, and their columns but for the customer key."""

    records: SourceRecords
    columns: Columns

    def table(self, keys: Ints) -> Columns:
        """The table with its customer key."""
        return Columns({**self.columns.columns, "customer_key": integers(keys, null=NOBODY)})


def read_events(folder: Path, as_of_end: int, findings: Findings) -> Rows:
    """App events in local time, each once, none from the future."""
    files = files_in(folder, "events_*.ndjson")
    table = together([read_ndjson(file, _EVENT_FIELDS) for file in files])
    ids, first = np.unique(table.integer("id"), return_index=True)
    findings.add(APP, Dirt.DUPLICATE, len(table) - len(first))
    table = table.take(first.astype(np.int64))
    occurred, received = table.seconds("at") + _UTC_OFFSET, table.seconds("received") + _UTC_OFFSET
    future = occurred >= as_of_end
    findings.add(APP, Dirt.FUTURE_DATE, int(future.sum()))
    findings.add(APP, Dirt.LATE, int((~future & (received - occurred > DAY)).sum()))
    keep = np.flatnonzero(~future)
    table = table.take(keep)
    clues = {"device": table.text("device"), "member_no": table.text("member")}
    product = table.text("product")
    known = np.array([code is not None for code in product], dtype=np.bool_)
    number = np.full(len(product), NOTHING, dtype=np.int64)
    number[known] = product_ids(product[known])
    columns = {
        "event_id": integers(ids[keep], wide=True),
        "event_type": texts(table.text("type")),
        "occurred_at": timestamps(occurred[keep]),
        "product_id": integers(number, null=NOTHING),
        "search_text": texts(table.text("query")),
    }
    return Rows(records=SourceRecords(source=APP, record=ids[keep], clues=clues), columns=Columns(columns))


def read_tickets(folder: Path, findings: Findings) -> Rows:
    """Service tickets, each once."""
    table, _ = read_csv(folder / "tickets.csv")
    ids, first = np.unique(table.integer("工单号"), return_index=True)
    findings.add(DESK, Dirt.DUPLICATE, len(table) - len(first))
    table = table.take(first.astype(np.int64))
    contact: Texts = standardise.strip(table.text("联系方式"), DESK, findings)
    mail = np.array([value is not None and "@" in value for value in contact], dtype=np.bool_)
    clues = {
        "phone": standardise.only_where(contact, ~mail),
        "email": standardise.only_where(contact, mail),
        "name": table.text("昵称"),
    }
    columns = {
        "ticket_id": integers(ids, wide=True),
        "opened_at": timestamps(table.seconds("提交时间")),
        "ticket_type": texts(table.text("类型")),
        "conversation": texts(table.text("对话")),
        "rating": integers(table.integer("评分"), null=NOTHING),
    }
    return Rows(records=SourceRecords(source=DESK, record=ids, clues=clues), columns=Columns(columns))


def read_marketing(folder: Path) -> dict[str, Columns]:
    """Campaigns, planned groups, messages and consents. This system knows members by their key."""
    table, _ = read_csv(folder / "campaigns.csv")
    campaigns = {
        "campaign_id": integers(table.integer("campaign_id")),
        "campaign_name": texts(table.text("campaign_name")),
        "message_channel": texts(table.text("message_channel")),
        "kind": texts(table.text("kind")),
        "starts_on": dates(table.days("starts_on")),
        "ends_on": dates(table.days("ends_on")),
        "planned_control_share": decimals(table.number("planned_control_share")),
    }
    members = read_parquet(folder / "campaign_members.parquet")
    consents = read_parquet(folder / "consents.parquet")
    return {
        "campaigns": Columns(campaigns),
        "campaign_members": Columns(
            {
                "campaign_id": integers(members.integer("campaign_id")),
                "customer_key": integers(members.integer("customer_key")),
                "planned_group": texts(members.text("planned_group")),
            }
        ),
        "messages": _messages(read_parquet(folder / "messages.parquet")),
        "consents": Columns(
            {
                "customer_key": integers(consents.integer("customer_key")),
                "message_channel": texts(consents.text("message_channel")),
                "granted": booleans(consents.truth("granted")),
                "changed_at": timestamps(consents.seconds("changed_at")),
            }
        ),
    }


def _messages(table: RawTable) -> Columns:
    columns = {
        "message_id": integers(table.integer("message_id"), wide=True),
        "campaign_id": integers(table.integer("campaign_id")),
        "customer_key": integers(table.integer("customer_key")),
        "message_channel": texts(table.text("message_channel")),
        "sent_at": timestamps(table.seconds("sent_at")),
    }
    flags = ("delivered", "opened", "clicked", "unsubscribed")
    return Columns({**columns, **{flag: booleans(table.truth(flag)) for flag in flags}})
