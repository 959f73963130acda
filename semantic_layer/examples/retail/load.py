"""Read the demo company's exports, clean them, and publish one snapshot. Decides nothing about whose record is whose."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import numpy as np

from semantic_layer.errors import DataError, Text
from semantic_layer.examples.retail.company import DAY, EPOCH, Ints
from semantic_layer.examples.retail.loading import contact, crm, sales
from semantic_layer.examples.retail.schema import LOAD_REPORT, TABLES
from semantic_layer.ingestion.arrow import Columns, integers, money, texts
from semantic_layer.ingestion.reading import read_bytes, read_csv, read_parquet
from semantic_layer.ingestion.report import Dirt, Findings, Found, LoadReport, found_in, report_columns
from semantic_layer.ingestion.resolver import NOBODY, IdentityResolver
from semantic_layer.ingestion.snapshot import build_snapshot, damaged_file, disk_error, missing_file, row_counts

Progress = Callable[[str, int, int], None]
_STEPS = ("crm", "mall", "pos", "app", "desk", "marketing", "identities", "snapshot")


def load(source_folder: Path, target: Path, *, resolver: IdentityResolver, progress: Progress) -> LoadReport:
    """Write the snapshot `target` from a folder that `generate` wrote. `target` is replaced whole or left as it was.

    Raises:
        DataError: when a source is missing or damaged, or the disk is full.
    """
    if not source_folder.is_dir():
        raise missing_file(source_folder)
    staging = target.with_name(f".{target.name}.staging")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return _load(source_folder, target, staging, resolver, progress)
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _load(folder: Path, target: Path, staging: Path, resolver: IdentityResolver, progress: Progress) -> LoadReport:
    clean = folder / "clean"
    if clean.is_dir():
        build_snapshot(clean, target, (*TABLES, LOAD_REPORT), progress=progress)
        return _report(target, read_as_of(clean / "export_date.txt"), ())
    as_of, findings = read_as_of(folder / "reference" / "export_date.txt"), Findings()
    tables = _tables(folder, as_of, resolver, findings, progress)
    found = found_in(findings)
    for name, table in {**tables, LOAD_REPORT.name: report_columns(found)}.items():
        table.write(staging / name / "part-00000.parquet")
    progress("snapshot", _STEPS.index("snapshot"), len(_STEPS))
    build_snapshot(staging, target, (*TABLES, LOAD_REPORT), progress=lambda *_: None)
    progress("", len(_STEPS), len(_STEPS))
    return _report(target, as_of, found)


def read_as_of(path: Path) -> date:
    """The day up to which the exports go."""
    text = read_bytes(path).decode("utf-8", "replace").strip()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise damaged_file(path, f"{text!r}") from error


def _tables(
    folder: Path, as_of: date, resolver: IdentityResolver, findings: Findings, progress: Progress
) -> dict[str, Columns]:
    def step(name: str) -> None:
        progress(name, _STEPS.index(name), len(_STEPS))

    end = ((as_of - EPOCH).days + 1) * DAY
    reference = _reference(folder / "reference")
    products, costs = _products(folder / "mall" / "products.parquet")
    step("crm")
    members = crm.read_members(folder / "crm", reference.cities, as_of, findings)
    step("mall")
    mall = sales.read_mall(folder / "mall", end, findings)
    step("pos")
    pos = sales.read_pos(folder / "pos", end, findings)
    step("app")
    events = contact.read_events(folder / "app", end, findings)
    step("desk")
    tickets = contact.read_tickets(folder / "desk", findings)
    step("marketing")
    marketing = contact.read_marketing(folder / "marketing")
    step("identities")
    records = (members.records(), mall.records("mall"), pos.records("pos"), events.records, tickets.records)
    keys = resolver.resolve(records)
    _check_members(keys["crm"])
    for each in records:
        findings.add(each.source, Dirt.NO_IDENTITY, int((keys[each.source] == NOBODY).sum()))
    key_of = dict(zip(members.number.tolist(), keys["crm"].tolist(), strict=True))
    return {
        **reference.tables,
        "products": products,
        "customers": members.table(keys["crm"]),
        "level_history": crm.read_levels(folder / "crm", key_of),
        **sales.sales_tables(sales.joined(mall, pos), np.concatenate([keys["mall"], keys["pos"]]), costs),
        "events": events.table(keys["app"]),
        "tickets": tickets.table(keys["desk"]),
        **marketing,
    }


def _check_members(keys: Ints) -> None:
    if bool((keys == NOBODY).any()) or len(np.unique(keys)) != len(keys):
        raise DataError(
            Text(
                zh="身份识别没有给每条会员记录一个独立的客户编号，无法导入。请检查识别结果与会员导出是否属于同一批数据。",
                en="Identity resolution did not give every member record a customer key of its own, so nothing was "
                "loaded. Check that its results and the member exports belong to the same data.",
            )
        )


class _Reference:
    """Cities and stores."""

    def __init__(self, cities: frozenset[str], tables: Mapping[str, Columns]) -> None:
        self.cities = cities
        self.tables = tables


def _reference(folder: Path) -> _Reference:
    cities, _ = read_csv(folder / "cities.csv")
    stores, _ = read_csv(folder / "stores.csv")
    names = ("city", "province", "region", "city_tier")
    store = {
        "store_id": integers(stores.integer("store_id")),
        "store_name": texts(stores.text("store_name")),
        "city": texts(stores.text("city")),
    }
    tables = {"cities": Columns({name: texts(cities.text(name)) for name in names}), "stores": Columns(store)}
    return _Reference(frozenset(cities.text("city").tolist()), tables)


def _products(path: Path) -> tuple[Columns, Ints]:
    """The table `products`, and the cost of each in cents."""
    table = read_parquet(path)
    columns = {
        "product_id": integers(sales.product_ids(table.text("product_code"))),
        "product_name": texts(table.text("product_name")),
        "category": texts(table.text("category")),
        "brand": texts(table.text("brand")),
        "list_price": money(table.cents("list_price")),
    }
    return Columns(columns), table.cents("cost_price")


def _report(target: Path, as_of: date, found: tuple[Found, ...]) -> LoadReport:
    return LoadReport(snapshot=target, as_of=as_of, found=found, rows=row_counts(target, TABLES))
