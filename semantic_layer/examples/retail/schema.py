"""The clean tables of the example as the snapshot holds them; TABLES.md says what each column means."""

from __future__ import annotations

from semantic_layer.ingestion.snapshot import TableSpec

_MONEY = "DECIMAL(12,2)"


def _table(name: str, columns: str, *order_by: str) -> TableSpec:
    pairs = tuple((word, kind) for word, _, kind in (part.partition(" ") for part in columns.split("; ")))
    return TableSpec(name=name, columns=pairs, order_by=order_by)


TABLES = (
    _table("cities", "city VARCHAR; province VARCHAR; region VARCHAR; city_tier VARCHAR"),
    _table(
        "customers",
        "customer_key INTEGER; member_no VARCHAR; name VARCHAR; gender VARCHAR; birthday DATE; phone VARCHAR; "
        "email VARCHAR; address VARCHAR; city VARCHAR; member_level VARCHAR; registered_at TIMESTAMP; "
        "registration_channel VARCHAR",
        "customer_key",
    ),
    _table(
        "level_history",
        "customer_key INTEGER; member_level VARCHAR; valid_from DATE; valid_to DATE",
        "customer_key",
        "valid_from",
    ),
    _table("stores", "store_id INTEGER; store_name VARCHAR; city VARCHAR", "store_id"),
    _table(
        "products",
        f"product_id INTEGER; product_name VARCHAR; category VARCHAR; brand VARCHAR; list_price {_MONEY}",
        "product_id",
    ),
    _table(
        "orders",
        "order_id BIGINT; customer_key INTEGER; ordered_at TIMESTAMP; channel VARCHAR; store_id INTEGER; "
        f"coupon_used BOOLEAN; gross_amount {_MONEY}; discount_amount {_MONEY}; paid_amount {_MONEY}; "
        f"refund_amount {_MONEY}; net_amount {_MONEY}; gross_profit {_MONEY}; item_count INTEGER",
        "ordered_at",
        "order_id",
    ),
    _table(
        "order_lines",
        "line_id BIGINT; order_id BIGINT; customer_key INTEGER; ordered_at TIMESTAMP; channel VARCHAR; "
        f"product_id INTEGER; quantity INTEGER; returned_quantity INTEGER; paid_amount {_MONEY}; "
        f"refund_amount {_MONEY}; net_amount {_MONEY}; gross_profit {_MONEY}",
        "ordered_at",
        "line_id",
    ),
    _table(
        "events",
        "event_id BIGINT; customer_key INTEGER; event_type VARCHAR; occurred_at TIMESTAMP; product_id INTEGER; "
        "search_text VARCHAR",
        "occurred_at",
        "event_id",
    ),
    _table(
        "tickets",
        "ticket_id BIGINT; customer_key INTEGER; opened_at TIMESTAMP; ticket_type VARCHAR; conversation VARCHAR; "
        "rating INTEGER",
        "opened_at",
        "ticket_id",
    ),
    _table(
        "campaigns",
        "campaign_id INTEGER; campaign_name VARCHAR; message_channel VARCHAR; kind VARCHAR; starts_on DATE; "
        "ends_on DATE; planned_control_share DOUBLE",
        "campaign_id",
    ),
    _table(
        "campaign_members",
        "campaign_id INTEGER; customer_key INTEGER; planned_group VARCHAR",
        "campaign_id",
        "customer_key",
    ),
    _table(
        "messages",
        "message_id BIGINT; campaign_id INTEGER; customer_key INTEGER; message_channel VARCHAR; sent_at TIMESTAMP; "
        "delivered BOOLEAN; opened BOOLEAN; clicked BOOLEAN; unsubscribed BOOLEAN",
        "sent_at",
        "message_id",
    ),
    _table(
        "consents",
        "customer_key INTEGER; message_channel VARCHAR; granted BOOLEAN; changed_at TIMESTAMP",
        "customer_key",
        "message_channel",
    ),
)

LOAD_REPORT = _table("load_report", "source VARCHAR; kind VARCHAR; label_zh VARCHAR; label_en VARCHAR; found INTEGER")
