"""A small company in three systems, written by hand: six people, of whom the systems know eleven records."""

from __future__ import annotations

from pathlib import Path

MODEL = """
name: shop
label: {zh: 小店, en: shop}
customer_entity: customer
conventions: {as_of_from: order.ordered_at, time_zone: Asia/Shanghai}
datasets:
- name: customer
  label: {zh: 客户, en: customer}
  source: customers
  primary_key: [customer_key]
  columns:
    customer_key: integer
    name: {type: string, sensitivity: personal}
    phone: {type: string, sensitivity: contact}
    city: string
  fields:
  - {name: city, label: {zh: 城市, en: city}, index_values: true}
- name: order
  label: {zh: 订单, en: order}
  verbs: [下单, ordered]
  source: orders
  primary_key: [order_id]
  time: ordered_at
  columns:
    order_id: string
    customer_key: integer
    ordered_at: timestamp
    paid: decimal
  fields:
  - {name: ordered_at, label: {zh: 下单时间, en: order time}, kind: time}
relationships:
- {name: buyer, from: order, to: customer, from_columns: [customer_key], to_columns: [customer_key]}
metrics:
- name: sales
  label: {zh: 销售额, en: sales}
  entity: order
  agg: sum
  expr: paid
  unit: currency
- name: customers
  label: {zh: 客户数, en: customers}
  entity: customer
  agg: count
  unit: count
  counts: customer
- name: orders
  label: {zh: 订单数, en: orders}
  entity: order
  agg: count
  unit: count
tags:
- name: repeat_buyer
  label: {zh: 复购客户, en: repeat buyer}
  description: {zh: 下过两单以上的客户。, en: Ordered twice or more.}
  kind: rule
  category: behaviour
  inputs: {n: {metric: orders}}
  when: n >= 2
"""
POLICIES = """
purposes: []
roles:
- {name: admin, label: {zh: 管理员, en: administrator}, entities: all, see_personal: true, see_contact: true, define: true, manage_data: true, manage_people: true, write_events: true, review: true, manage_segments: true}
- {name: marketer, label: {zh: 营销, en: marketer}, entities: all}
"""
SOURCES = """
sources:
- name: crm
  label: {zh: 会员系统, en: CRM}
  kind: csv
  address: raw/crm.csv
  into: customers
  key: [会员号]
  priority: 1
  columns: {会员号: member_no, 姓名: name, 手机: phone, 城市: city}
- name: mall
  label: {zh: 商城, en: mall}
  kind: csv
  address: raw/mall_*.csv
  into: orders
  key: [订单号]
  columns: {订单号: order_id, 收货人: name, 电话: phone, 下单时间: ordered_at, 实付: paid}
- name: till
  label: {zh: 门店, en: till}
  kind: csv
  address: raw/till.csv
  into: orders
  key: [小票]
  columns: {小票: order_id, 会员号: member_no, 时间: ordered_at, 金额: paid}
"""
CRM = """会员号,姓名,手机,城市
M00000001,张伟,138 2233 4455,上海市
M00000002,李娜,+86 13922334466,杭州
M00000003,王芳,13712340000,北京
M00000004,赵强,13800138000,成都
"""
MALL = """订单号,收货人,电话,下单时间,实付
A1,张伟,13822334455,2026/10/1 9:00,100.50
A2,张 伟,13822334455,2026年10月3日,¥200
A3,钱多多,13800138000,2026-10-04,50
A4,孙小小,13800138000,2026-10-05,60
A5,李娜,13922334466,2026-10-06,31
"""
MALL_LATER = """订单号,收货人,电话,下单时间,实付
A5,李娜,13922334466,2026-10-06,32
A6,王芳,13712340000,2026-02-31,70
A7,王芳,13712340000,2026-10-08,80
"""
TILL = "小票,会员号,时间,金额\nT1,M00000003,2026-10-02 10:00:00,15.00\nT2,,2026-10-02 11:00:00,9.90\n"


def write_company(folder: Path) -> Path:
    """The folder of the company, with what its systems hold on the first day."""
    files = {
        "model/shop.yml": MODEL,
        "model/policies.yml": POLICIES,
        "sources/systems.yml": SOURCES,
        "raw/crm.csv": CRM,
        "raw/mall_01.csv": MALL,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    (folder / "raw" / "till.csv").write_bytes(TILL.encode("gb18030"))
    return folder
