"""A small, faultless folder of definitions that tests spoil in one place at a time."""

from __future__ import annotations

from pathlib import Path

ENTITIES = """\
name: shop
label: {zh: 小店, en: shop}
datasets:
- name: customer
  source: customers
  primary_key: [customer_key]
  label: {zh: 客户, en: customer}
  columns:
    customer_key: integer
    gender: string
    birthday: {type: date, sensitivity: personal}
    city: string
  fields:
  - name: gender
    label: {zh: 性别, en: gender}
    synonyms: [sex]
    values:
    - {value: 女, en: female, aliases: [女性, women]}
    - {value: 男, en: male, aliases: [男性, men]}
  - name: city
    label: {zh: 城市, en: city}
    kind: geographic
    values:
    - {value: 上海, en: Shanghai}
    - {value: 北京, en: Beijing}
    groups:
    - {name: big, label: {zh: 大城市, en: big cities}, members: [上海, 北京]}
  - name: age
    label: {zh: 年龄, en: age}
    expr: YEAR(:as_of) - YEAR(birthday)
    type: integer
- name: order
  source: orders
  primary_key: [order_id]
  label: {zh: 订单, en: order}
  verbs: [下单, bought]
  time: ordered_at
  columns: {order_id: integer, customer_key: integer, ordered_at: timestamp, amount: decimal}
  fields:
  - name: ordered_at
    label: {zh: 下单时间, en: order time}
relationships:
- from: order
  to: customer
  from_columns: [customer_key]
  to_columns: [customer_key]
"""

METRICS = """\
metrics:
- name: sales
  label: {zh: 销售额, en: sales}
  synonyms: [GMV, revenue]
  entity: order
  agg: sum
  expr: amount
  unit: currency
- name: orders
  label: {zh: 订单数, en: orders}
  entity: order
  agg: count
- name: repeat_buyers
  label: {zh: 复购人数, en: repeat buyers}
  measures:
  - {entity: order, agg: count, per: customer, having: orders >= 2, where: customer_key IS NOT NULL}
- name: average_order_value
  label: {zh: 客单价, en: average order value}
  type: ratio
  numerator: sales
  denominator: orders
- name: net_sales
  label: {zh: 净额, en: net sales}
  type: derived
  expr: sales * 0.87
  inputs: [sales]
"""

TAGS = """\
tags:
- name: high_value
  label: {zh: 高价值, en: high value}
  kind: quantile
  category: lifecycle
  metric: sales
  window: 12 months
  share: 0.2
  require: [orders >= 2]
- name: risk
  label: {zh: 流失风险, en: churn risk}
  kind: rule
  category: lifecycle
  inputs:
    recent: {metric: orders, window: 90 days, where: amount > 10}
  levels:
  - {value: 低, en: low, when: recent > 0}
  otherwise: {value: 高, en: high}
  positive: [高]
- name: buyer
  label: {zh: 买家, en: buyer}
  kind: rule
  category: behaviour
  inputs: {every: {metric: orders}}
  when: every > 0
- name: liked_gender
  label: {zh: 偏好, en: liking}
  kind: preference
  category: preference
  dimension: customer.gender
  metric: orders
"""

COMPANY = """\
conventions:
  as_of_from: order.ordered_at
  minimum_group: 5
ambiguities:
- words: [价值, worth]
  meanings: [sales, customer.high_value]
  default: sales
near_misses:
- words: [星座, star sign]
  offer: [customer.age]
  why: {zh: 没有星座, en: no star signs}
festivals:
- name: six_eighteen
  label: {zh: "618", en: "618"}
  occurrences:
  - {from: 2026-06-01, to: 2026-06-18}
samples:
- {zh: 销售额是多少, en: What are sales}
"""

POLICY = """\
purposes:
- name: sms
  label: {zh: 短信营销, en: SMS marketing}
roles:
- name: analyst
  label: {zh: 分析师, en: analyst}
  entities: all
- name: east
  label: {zh: 华东, en: East}
  entities: [customer, order]
  row_filters:
  - {entity: customer, where: city = '上海'}
  export_contact_for: [sms]
limits: {seconds: 10}
"""


def write_model(folder: Path, **changed: str) -> Path:
    """The faultless folder, with whole files replaced by name: `write_model(path, metrics="…")`."""
    files = {"entities": ENTITIES, "metrics": METRICS, "tags": TAGS, "company": COMPANY, "policies": POLICY}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**files, **changed}.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


def spoiled(text: str, old: str, new: str) -> str:
    """`text` with its first `old` replaced; the test is wrong when there is none."""
    assert old in text, f"{old!r} is not in the file"
    return text.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    """The line, from 1, on which `part` stands."""
    return text[: text.index(part)].count("\n") + 1
