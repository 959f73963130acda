"""Weighing pairs of profiles that no identifier joins, with Splink on the same connection, in temporary tables only.

The model is learned without labels: `u` from random pairs, `m` by expectation maximisation over pairs that agree on
something (Fellegi and Sunter, 1969; Winkler, 1988), with a fixed seed, so that the same records give the same weights.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.blocking_rule_creator import BlockingRuleCreator
from splink.internals.blocking_rule_library import CustomRule
from splink.internals.comparison_level_creator import ComparisonLevelCreator
from splink.internals.comparison_library import CustomComparison
from splink.internals.exceptions import EMTrainingException, SplinkException

from semantic_layer.ingestion.identity.levels import columns_of, condition_of, levels_of, unknown_test
from semantic_layer.ingestion.identity.model import Model, learned, shipped_model, weight_of
from semantic_layer.ingestion.identity.rules import Comparison, IdentityRules
from semantic_layer.ingestion.identity.tables import FIELDS, count
from semantic_layer.ingestion.names import identifier

Connection = duckdb.DuckDBPyConnection
RANDOM_PAIRS: Final = 5e5
LEARNING_PAIRS: Final = 5e5
_RAREST: Final = 1e-5
"""However rare a name is, an agreement on it weighs no more than this share."""
_FEWEST: Final = 50
"""Records that must have a value before a field is learned."""


class _Temporary(DuckDBAPI):
    """Splink's tables as temporary ones: the warehouse never sees them."""

    def _setup_for_execute_sql(self, sql: str, physical_name: str) -> str:
        statement: str = super()._setup_for_execute_sql(sql, physical_name)
        return statement.replace("CREATE TABLE", "CREATE TEMP TABLE", 1)


@contextmanager
def _linking(connection: Connection, settings: SettingsCreator) -> Iterator[Linker]:
    """A linker over `identity_input`, quiet; its tables are gone afterwards."""
    logger = logging.getLogger("splink")
    level, logger_propagates = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL)
    database = _Temporary(connection=connection)
    try:
        linker = Linker(database.register("identity_input"), settings, log_level=None, validate_settings=False)
        for field in ("name", "reading"):
            shares = database.register(f"identity_share_{field}")
            linker.table_management.register_term_frequency_lookup(shares, field)
        yield linker
    finally:
        database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
        logger.setLevel(level)
        logger.propagate = logger_propagates


def code_blocks(connection: Connection, rules: IdentityRules) -> None:
    """`identity_coded`: profiles with all that is compared, and for each line of blocking a code of what they agree on.

    Needs `identity_profile` and `identity_group`.
    """
    fields = ", ".join(f"p.{identifier(name)}" for name in FIELDS)
    codes = []
    for number, line in enumerate(rules.blocking):
        known = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in line)
        key = ", ".join(f"{identifier(name)}::VARCHAR" for name in line)
        codes.append(f"CASE WHEN {known} THEN hash('{number}', {key}) END AS block_{number}")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE identity_coded AS
        WITH compared AS (
            SELECT p.profile AS unique_id, {fields}, p.reading, p.surname, left(p.phone, -4) AS phone_head,
                   right(p.phone, 4) AS phone_tail, nullif(split_part(p.email, '@', 1), '') AS email_name,
                   g.* EXCLUDE (profile)
            FROM identity_profile p JOIN identity_group g USING (profile)
        )
        SELECT {", ".join(["*", *codes])} FROM compared
        """
    )


def make_input(connection: Connection, rules: IdentityRules) -> None:
    """`identity_input`: as `identity_coded`, without codes that only one or too many profiles share."""
    code_blocks(connection, rules)
    joins, kept = [], []
    for number in range(len(rules.blocking)):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE identity_block_{number} AS SELECT block_{number} AS code FROM identity_coded "
            f"WHERE block_{number} IS NOT NULL GROUP BY 1 HAVING count(*) BETWEEN 2 AND ?",
            [rules.most_in_block],
        )
        joins.append(f"LEFT JOIN identity_block_{number} b{number} ON c.block_{number} = b{number}.code")
        kept.append(f"b{number}.code AS block_{number}")
    blocks = ", ".join(f"block_{number}" for number in range(len(rules.blocking)))
    columns = f"c.* EXCLUDE ({blocks}), {', '.join(kept)}" if kept else "c.*"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE identity_input AS SELECT {columns} FROM identity_coded c {' '.join(joins)}"
    )


def make_shares(connection: Connection, rules: IdentityRules) -> None:
    """How common each name and reading is: `identity_share_name`, `identity_share_reading`; empty when few records tell."""
    enough = count(connection, "SELECT count(*) FROM identity_profile") >= rules.train_from
    for field in ("name", "reading"):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE identity_share_{field} AS SELECT {field}, "
            f"count(*) / (SELECT count({field}) FROM identity_profile) AS tf_{field} "
            f"FROM identity_profile WHERE {field} IS NOT NULL AND ? GROUP BY 1",
            [enough],
        )


def recall_shares(connection: Connection) -> None:
    """The same tables from what was counted over all records before."""
    for field in ("name", "reading"):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE identity_share_{field} AS "
            f"SELECT value AS {field}, share AS tf_{field} FROM identity.shares WHERE field = ?",
            [field],
        )


def train(connection: Connection, rules: IdentityRules) -> Model:
    """A model of the profiles in `identity_input`; the shipped one when there are too few to learn from."""
    if count(connection, "SELECT count(*) FROM identity_input") < rules.train_from:
        return shipped_model(rules)
    known = _known(connection)
    compared = [each for each in rules.comparisons if all(known[name] >= _FEWEST for name in columns_of(each)[:1])]
    certain: list[str | BlockingRuleCreator] = [
        block_on(*line) for line in rules.certain if all(known[name] >= _FEWEST for name in line)
    ]
    if not compared or not certain:
        return shipped_model(rules)
    with _linking(connection, _settings(compared, None, ())) as linker:
        linker.training.estimate_probability_two_random_records_match(certain, recall=rules.certain_share)
        if not _prior(linker):  # no pair agrees on what is almost certain: there is nothing to learn from
            return shipped_model(rules)
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=rules.seed, num_chunks=1)
        for line in rules.training:
            if all(known[name] >= _FEWEST for name in line):
                _learn(linker, line)
        found, prior = linker.misc.save_model_to_json()["comparisons"], _prior(linker)
    seen = {each["output_column_name"]: _levels(each["comparison_levels"]) for each in found}
    return learned(rules, prior, seen, RANDOM_PAIRS)


def _prior(linker: Linker) -> float:
    return float(linker.misc.save_model_to_json()["probability_two_random_records_match"])


def _learn(linker: Linker, line: Sequence[str]) -> None:
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*line), estimate_without_term_frequencies=True, max_pairs=LEARNING_PAIRS
        )
    except (
        EMTrainingException,
        SplinkException,
        ValueError,
    ):  # no pairs agree on this line: the others teach what there is
        return


def _levels(levels: Sequence[Mapping[str, float]]) -> list[tuple[float | None, float | None]]:
    return [(each.get("m_probability"), each.get("u_probability")) for each in levels if not each.get("is_null_level")]


def _known(connection: Connection) -> dict[str, int]:
    """How many profiles have a value, by column."""
    rows = connection.execute("SELECT column_name FROM (DESCRIBE identity_input)").fetchall()
    names = [str(row[0]) for row in rows]
    counts = connection.execute(
        f"SELECT {', '.join(f'count({identifier(name)})' for name in names)} FROM identity_input"
    ).fetchall()
    return dict(zip(names, counts[0], strict=True))


def score(connection: Connection, rules: IdentityRules, model: Model) -> None:
    """`identity_pair`: pairs of profiles of different groups at or above the bound of review, with what speaks for them.

    Two groups that hold different values of an identifier of which a person has one are not compared.
    """
    columns = [str(row[0]) for row in connection.execute("DESCRIBE identity_input").fetchall()]
    solo = [name for name in columns if name.startswith("solo_")]
    apart = ["l.grp <> r.grp", *(f"coalesce(l.{name} = r.{name}, true)" for name in solo)]
    lines = [f"l.block_{number} = r.block_{number} AND {' AND '.join(apart)}" for number in range(len(rules.blocking))]
    if not rules.weighs or not _compared(connection, rules):
        connection.execute(_NO_PAIRS)
        return
    with _linking(connection, _settings(rules.comparisons, model, lines)) as linker:
        found = linker.inference.predict(threshold_match_weight=weight_of(rules.review), warning_mode="never")
        columns = [str(row[0]) for row in connection.execute(f"DESCRIBE {found.physical_name}").fetchall()]
        parts = ", ".join(_evidence(each, columns) for each in rules.comparisons)
        # Sums of many threads differ in their last digits; what is kept and compared must not.
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE identity_pair AS
            SELECT least(unique_id_l, unique_id_r) AS one, greatest(unique_id_l, unique_id_r) AS other,
                   round(match_weight, 3) AS weight, to_json(list_filter([{parts}], lambda e: e.level IS NOT NULL))::VARCHAR AS evidence
            FROM {found.physical_name}
            """
        )


def _compared(connection: Connection, rules: IdentityRules) -> bool:
    """Whether two profiles of different groups agree on a line of blocking at all."""
    return any(
        connection.execute(
            f"SELECT 1 FROM identity_input WHERE block_{number} IS NOT NULL GROUP BY block_{number} HAVING min(grp) <> max(grp) LIMIT 1"
        ).fetchall()
        for number in range(len(rules.blocking))
    )


_NO_PAIRS: Final = (
    "CREATE OR REPLACE TEMP TABLE identity_pair AS "
    "SELECT 0::BIGINT AS one, 0::BIGINT AS other, 0.0::DOUBLE AS weight, ''::VARCHAR AS evidence WHERE false"
)


def _evidence(comparison: Comparison, columns: Sequence[str]) -> str:
    name = comparison.field
    levels = levels_of(comparison)
    which = " ".join(
        f"WHEN gamma_{name} = {len(levels) - 1 - place} THEN '{level.name}'" for place, level in enumerate(levels)
    )
    weights = [f"mw_{name}", *(each for each in columns if each == f"mw_tf_adj_{name}")]
    return f"{{'field': '{name}', 'level': CASE {which} END, 'weight': round({' + '.join(weights)}, 2)}}"


def _settings(comparisons: Sequence[Comparison], model: Model | None, lines: Sequence[str]) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=model.prior if model else 0.0001,
        comparisons=[_comparison(each, model) for each in comparisons],
        blocking_rules_to_generate_predictions=[CustomRule(line) for line in lines],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        linker_uid="identity",
    )


def _comparison(comparison: Comparison, model: Model | None) -> CustomComparison:
    levels: list[ComparisonLevelCreator | dict[str, Any]] = [
        {"sql_condition": unknown_test(comparison), "label_for_charts": "unknown", "is_null_level": True}
    ]
    for place, level in enumerate(levels_of(comparison)):
        entry: dict[str, Any] = {"sql_condition": condition_of(comparison, level), "label_for_charts": level.name}
        if level.shares:
            entry |= {"tf_adjustment_column": level.shares, "tf_minimum_u_value": _RAREST}
        if model is not None:
            shares = model.shares[comparison.field][place]
            entry |= {"m_probability": shares.m, "u_probability": shares.u}
        levels.append(entry)
    return CustomComparison(levels, output_column_name=comparison.field)
