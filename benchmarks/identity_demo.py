"""The demo company's five raw systems, their clues as each system truly has them, and the truth table for scoring only.

Clues: CRM its own member number, name, phone and e-mail as typed (format only, fakes left in), address, city, gender; mall
the buyer's account and phone (receiver names and addresses are ignored by rule: gifts go to others); stores the member number
or phone typed at the till; app device and, when logged in, member number; service desk phone or e-mail (nicknames ignored).
Birthdays of the CRM are left out, as the seam of the loader has no dates.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from benchmarks.identity_naive import NaiveResolver
from benchmarks.identity_scores import pairwise
from semantic_layer.examples.retail.company import DAY, EPOCH
from semantic_layer.examples.retail.generate import generate
from semantic_layer.examples.retail.load import read_as_of
from semantic_layer.examples.retail.loading import contact, crm, sales
from semantic_layer.ingestion.identity.resolver import OneIdResolver
from semantic_layer.ingestion.identity.rules import IdentityRules, read_rules
from semantic_layer.ingestion.reading import files_in, read_csv, read_parquet, read_workbook
from semantic_layer.ingestion.report import Findings
from semantic_layer.ingestion.resolver import NOBODY, IdentityResolver, SourceRecords

PEOPLE = 20_000
NUMBERED = {"crm": "M{:08d}"}
NOW = datetime(2026, 11, 1)  # noqa: DTZ001
TOP_SHARE, FEWEST_ORDERS = 0.2, 2  # of a high-value customer: best fifth by spend in twelve months, at least two orders


def demo_rules() -> IdentityRules:
    file = Path(__file__).with_name("identity_demo.yml")
    return read_rules(file.read_text(encoding="utf-8"), file.name)


@dataclass(frozen=True, slots=True)
class Company:
    """Records with clues, the person of each, and spend by order record."""

    records: tuple[SourceRecords, ...]
    person: Mapping[str, np.ndarray]
    spend: Mapping[str, np.ndarray]


def measure_demo(people: int = PEOPLE) -> dict[str, object]:
    """Naive matching, identifiers alone, and all, against the truth."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), people=people, progress=lambda *_: None)
        company = read_company(Path(folder))
    rules = demo_rules()
    ways: dict[str, IdentityResolver] = {
        "naive": NaiveResolver(),
        "exact": OneIdResolver(rules=replace(rules, blocking=()), now=NOW, numbered=NUMBERED),
        "oneid": OneIdResolver(rules=rules, now=NOW, numbered=NUMBERED),
    }
    keys = {name: way.resolve(company.records) for name, way in ways.items()}
    scores = {name: _scores(company, found) for name, found in keys.items()}
    return {
        "precision": scores["oneid"]["precision"],
        "recall": scores["oneid"]["recall"],
        "naive_precision": scores["naive"]["precision"],
        "naive_recall": scores["naive"]["recall"],
        "largest_cluster": _largest(company, keys["oneid"]),
        "naive_largest_cluster": _largest(company, keys["naive"]),
        "records": sum(int(mask.sum()) for mask in _with_identity(company).values()),
        "between_systems": {name: _between(company, found) for name, found in keys.items()},
        "high_value": {name: _high_value(company, found) for name, found in keys.items()},
    }


def read_company(folder: Path) -> Company:
    as_of, findings = read_as_of(folder / "reference" / "export_date.txt"), Findings()
    end = ((as_of - EPOCH).days + 1) * DAY
    cities, _ = read_csv(folder / "reference" / "cities.csv")
    members = crm.read_members(folder / "crm", frozenset(cities.text("city").tolist()), as_of, findings)
    mall = sales.read_mall(folder / "mall", end, findings)
    pos = sales.read_pos(folder / "pos", end, findings)
    phone, email = _as_typed(folder / "crm", members.number)
    clues = {**members.records().clues, "phone": phone, "email": email, "city": members.city, "gender": members.gender}
    records = (
        SourceRecords(source="crm", record=members.number, clues=clues),
        mall.records("mall"),
        pos.records("pos"),
        contact.read_events(folder / "app", end, findings).records,
        contact.read_tickets(folder / "desk", findings).records,
    )
    person = _truth(folder / "truth" / "records", records)
    since = end - 365 * DAY
    spend = {each.source: _spend(sale, since) for each, sale in ((records[1], mall), (records[2], pos))}
    return Company(records, person, spend)


def _as_typed(folder: Path, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Phone (digits only) and e-mail (lower case) of the CRM's files, fakes and all, in the order of `number`."""
    tables = [
        read_workbook(folder / "crm_customers.xlsx"),
        *(read_csv(file)[0] for file in files_in(folder, "crm_members_*.csv")),
    ]
    numbers = np.concatenate([crm.member_numbers(table.text("会员号")) for table in tables])
    phones = np.concatenate([table.text("手机号") for table in tables])
    emails = np.concatenate([table.text("邮箱") for table in tables])
    first = np.unique(numbers, return_index=True)[1]
    assert (numbers[first] == number).all()
    digits = [re.sub(r"^86(?=\d{11}$)", "", re.sub(r"\D", "", each)) if each else None for each in phones[first]]
    lower = [each.strip().lower() if each else None for each in emails[first]]
    return np.array(digits, dtype=object), np.array(lower, dtype=object)


def _truth(folder: Path, records: Sequence[SourceRecords]) -> dict[str, np.ndarray]:
    known: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for file in sorted(folder.glob("*.parquet")):
        table = read_parquet(file, ("source", "record_id", "person_key"))
        order = np.argsort(table.integer("record_id"), kind="stable")
        known[str(table.text("source")[0])] = table.integer("record_id")[order], table.integer("person_key")[order]
    found = {}
    for each in records:
        ids, people = known[each.source]
        place = np.minimum(np.searchsorted(ids, each.record), len(ids) - 1)
        found[each.source] = np.where(ids[place] == each.record, people[place], NOBODY)
    return found


def _spend(sale: sales.Sales, since: int) -> np.ndarray:
    """Cents by order, 0 for what is older than twelve months."""
    place = np.searchsorted(sale.order, sale.line_order)
    total = np.zeros(len(sale.order), dtype=np.int64)
    np.add.at(total, place, sale.paid - sale.refund)
    return np.where(sale.ordered >= since, total, 0)


def _with_identity(company: Company) -> dict[str, np.ndarray]:
    """Records that have a clue at all and whose person the truth knows."""
    found = {}
    for each in company.records:
        clues = [value for name, value in each.clues.items() if name not in {"name", "address", "city", "gender"}]
        some = np.any([[cell is not None for cell in column] for column in clues], axis=0)
        found[each.source] = (some | (each.source == "crm")) & (company.person[each.source] != NOBODY)
    return found


def _scores(company: Company, keys: Mapping[str, np.ndarray]) -> dict[str, float]:
    masks = _with_identity(company)
    person = np.concatenate([company.person[name][mask] for name, mask in masks.items()])
    return pairwise(person, np.concatenate([keys[name][mask] for name, mask in masks.items()]))


def _between(company: Company, keys: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Each person and each customer once a system: pairs of systems rightly and wrongly joined, however busy somebody is."""
    people, customers = [], []
    for name, mask in _with_identity(company).items():
        pairs = np.unique(np.stack([company.person[name][mask], keys[name][mask]]), axis=1)
        people.append(pairs[0])
        customers.append(pairs[1])
    return pairwise(np.concatenate(people), np.concatenate(customers))


def _largest(company: Company, keys: Mapping[str, np.ndarray]) -> int:
    """The most people that one customer is made of."""
    customer = np.concatenate([keys[each.source] for each in company.records])
    person = np.concatenate([company.person[each.source] for each in company.records])
    both = np.unique(np.stack([customer, person])[:, (customer != NOBODY) & (person != NOBODY)], axis=1)
    return int(np.unique(both[0], return_counts=True)[1].max())


def _high_value(company: Company, keys: Mapping[str, np.ndarray]) -> dict[str, int]:
    """High-value people that stand among the high-value customers, once, or more than once; those missed; and customers that
    are none of them.
    """
    names = list(company.spend)
    spend = np.concatenate([company.spend[name] for name in names])
    person = np.concatenate([company.person[name] for name in names])
    customer = np.concatenate([keys[name] for name in names])
    best = _best(person, spend)
    seen = _best(customer, spend)
    found = np.isin(customer, seen) & (spend > 0)
    owners = _main_person(customer[found], person[found], spend[found])
    counts = np.unique(owners[np.isin(owners, best)], return_counts=True)[1]
    return {
        "truly": len(best),
        "shown": len(seen),
        "found": len(counts),
        "missed": len(best) - len(counts),
        "counted_twice": int((counts > 1).sum()),
        "wrongly_shown": int((~np.isin(owners, best)).sum()),
    }


def _best(key: np.ndarray, spend: np.ndarray) -> np.ndarray:
    bought = (spend > 0) & (key != NOBODY)
    keys, places = np.unique(key[bought], return_inverse=True)
    total = np.bincount(places, weights=spend[bought])
    orders = np.bincount(places)
    bound = np.quantile(total, 1 - TOP_SHARE)
    return keys[(total >= bound) & (orders >= FEWEST_ORDERS)]


def _main_person(customer: np.ndarray, person: np.ndarray, spend: np.ndarray) -> np.ndarray:
    """For each customer the person who spent most of its money."""
    pairs, places = np.unique(np.stack([customer, person]), axis=1, return_inverse=True)
    total = np.bincount(places.ravel(), weights=spend)
    order = np.lexsort((-total, pairs[0]))
    first = np.unique(pairs[0][order], return_index=True)[1]
    return pairs[1][order][first]
