"""A small company whose tables hold whatever text a test plants: in personal columns, in free text, in indexed fields."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.bootstrap import open_assistant
from assistant.core import Assistant
from assistant.settings import Settings

PEOPLE = 12
Cell = Callable[[str, str, int], str]  # table, column, row: the text that stands there

MODEL = """
name: corner
label: {zh: 街角店, en: Corner shop}
customer_entity: customer
conventions: {as_of: 2026-10-31, default_window: ""}
datasets:
- name: customer
  source: customers
  primary_key: [id]
  label: {zh: 客户, en: customer}
  synonyms: [顾客, 人, customers, people]
  columns:
    id: integer
    name: {type: string, sensitivity: personal}
    phone: {type: string, sensitivity: contact}
    town: string
    nickname: string
    hobby: string
    joined: date
  fields:
  - {name: name, label: {zh: 姓名, en: name}, kind: identifier}
  - {name: phone, label: {zh: 手机号, en: phone number}, kind: identifier}
  - {name: nickname, label: {zh: 昵称, en: nickname}}
  - {name: hobby, label: {zh: 爱好, en: hobby}, index_values: true}
  - {name: joined, label: {zh: 注册时间, en: joining date}, kind: time}
- name: town
  source: towns
  primary_key: [town]
  label: {zh: 城镇, en: town}
  columns: {town: string, region: string, mayor: {type: string, sensitivity: personal}}
  fields:
  - {name: region, label: {zh: 地区, en: region}, index_values: true}
- name: order
  source: orders
  primary_key: [id]
  label: {zh: 订单, en: order}
  synonyms: [orders]
  verbs: [下单, 买过, bought, ordered]
  time: day
  columns: {id: integer, customer: integer, day: date, channel: string, amount: decimal, remark: string, coupon: string}
  fields:
  - {name: day, label: {zh: 下单时间, en: order date}, kind: time}
  - name: channel
    label: {zh: 渠道, en: channel}
    values: [{value: 网店, en: web}, {value: 门店, en: shop}]
  - {name: remark, label: {zh: 备注, en: remark}}
  - {name: coupon, label: {zh: 优惠券, en: coupon}, index_values: true}
- name: ticket
  source: tickets
  primary_key: [id]
  label: {zh: 工单, en: ticket}
  verbs: [联系过客服, complained]
  time: day
  columns: {id: integer, customer: integer, day: date, topic: string, talk: {type: string, sensitivity: personal}}
  fields:
  - {name: day, label: {zh: 工单时间, en: ticket date}, kind: time}
  - {name: topic, label: {zh: 主题, en: topic}, index_values: true}
relationships:
- {name: order_of, from: order, to: customer, from_columns: [customer], to_columns: [id]}
- {name: ticket_of, from: ticket, to: customer, from_columns: [customer], to_columns: [id]}
- {name: lives_in, from: customer, to: town, from_columns: [town], to_columns: [town]}
metrics:
- {name: sales, label: {zh: 销售额, en: sales}, synonyms: [营收, revenue], entity: order, agg: sum, expr: amount, unit: currency}
- {name: orders, label: {zh: 订单数, en: number of orders}, entity: order, agg: count, unit: count}
- {name: tickets, label: {zh: 工单数, en: number of tickets}, entity: ticket, agg: count, unit: count}
- {name: customers, label: {zh: 客户数, en: number of customers}, entity: customer, agg: count, unit: count}
"""
POLICY = """
roles:
- {name: marketer, label: {zh: 营销, en: marketer}, entities: all, see_small_groups: true}
limits: {seconds: 20, rows: 10000, memory_mb: 512, threads: 1}
"""
HEADS = {
    "customers": ("id", "name", "phone", "town", "nickname", "hobby", "joined"),
    "towns": ("town", "region", "mayor"),
    "orders": ("id", "customer", "day", "channel", "amount", "remark", "coupon"),
    "tickets": ("id", "customer", "day", "topic", "talk"),
}
PLANTED = {
    "customers": ("name", "phone", "nickname", "hobby"),
    "towns": ("region", "mayor"),
    "orders": ("remark", "coupon"),
    "tickets": ("topic", "talk"),
}


def write_shop(folder: Path, cell: Cell) -> Path:
    """Definitions and data in `folder`; sales are 100 for each of two orders a person, in September and October 2026."""
    (folder / "model").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "model" / "corner.yml").write_text(MODEL, encoding="utf-8")
    (folder / "model" / "policies.yml").write_text(POLICY, encoding="utf-8")
    people = range(1, PEOPLE + 1)
    orders = [(2 * p - n, p, 10 - n) for p in people for n in (0, 1)]
    rows: dict[str, list[Sequence[object]]] = {
        "customers": [
            (
                p,
                cell("customers", "name", p),
                cell("customers", "phone", p),
                f"town {p % 3}",
                cell("customers", "nickname", p),
                cell("customers", "hobby", p),
                "2026-08-01",
            )
            for p in people
        ],
        "towns": [(f"town {n}", cell("towns", "region", n), cell("towns", "mayor", n)) for n in range(3)],
        "orders": [
            (
                i,
                p,
                f"2026-{month:02}-15",
                "网店" if p % 2 else "门店",
                "100.00",
                cell("orders", "remark", i),
                cell("orders", "coupon", i),
            )
            for i, p, month in orders
        ],
        "tickets": [(p, p, "2026-10-20", cell("tickets", "topic", p), cell("tickets", "talk", p)) for p in people],
    }
    for table, filled in rows.items():
        with (folder / "data" / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADS[table])
            writer.writerows(filled)
    return folder


def open_shop(folder: Path, home: Path) -> tuple[Assistant, Settings]:
    """The shop without a model, and its settings."""
    settings = Settings(
        data=str(folder), home=home, mode="offline", user="mia", role="marketer", threads=1, memory_mb=512
    )
    return open_assistant(settings), settings
