"""From records to profiles: what is no identifier is taken out, and records that say the same become one profile.

Makes temporary tables: `identity_clean` (numbered records with the clues that count), `identity_bad` (values that are
no identifiers, and why) and `identity_profile` (distinct clues, numbered from 0).
"""

from __future__ import annotations

from typing import Final

import duckdb

from semantic_layer.ingestion.identity.readings import add_readings
from semantic_layer.ingestion.identity.rules import IdentifierRule, IdentityRules
from semantic_layer.ingestion.identity.tables import DESCRIBING, FIELDS, IDENTIFIERS, INCOMPLETE_NAME, count
from semantic_layer.ingestion.names import identifier

Connection = duckdb.DuckDBPyConnection
EVERYTHING: Final = "SELECT source, record FROM identity.records"


def make_profiles(connection: Connection, rules: IdentityRules, scope: str = EVERYTHING) -> int:
    """How many profiles the records of `scope` make, a statement that selects `source` and `record`."""
    _number(connection, rules, scope)
    _judge(connection, rules)
    if scope != EVERYTHING:
        _remember(connection)
    _clean(connection, rules)
    add_readings(connection)
    return _gather(connection)


def _number(connection: Connection, rules: IdentityRules, scope: str) -> None:
    """`identity_found`: records in a fixed order with their clues, empty texts as nothing."""
    ignored = {name: [rule.name for rule in rules.sources if name in rule.ignore] for name in FIELDS}
    columns, values = [], []
    for name in FIELDS:
        value = _plain(name)
        if ignored[name]:
            value = f"CASE WHEN r.source IN ({', '.join('?' * len(ignored[name]))}) THEN NULL ELSE {value} END"
            values += ignored[name]
        columns.append(f"{value} AS {identifier(name)}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_found AS "
        "SELECT row_number() OVER (ORDER BY r.source, r.record) - 1 AS n, r.source, r.record, h.home, "
        f"{', '.join(columns)} FROM identity.records r SEMI JOIN ({scope}) s USING (source, record) "
        "LEFT JOIN identity.homes h USING (source, record)",
        values,
    )


def _plain(name: str) -> str:
    column = f"r.{identifier(name)}"
    if name == "birthday":
        return column
    return f"nullif(trim({f'lower({column})' if name == 'email' else column}), '')"


def _judge(connection: Connection, rules: IdentityRules) -> None:
    """`identity_bad`: values that are no identifiers, by pattern, by text, or because too many people have them."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_bad (kind VARCHAR, value VARCHAR, why VARCHAR, records BIGINT, people BIGINT)"
    )
    for rule in used(connection, rules, "identity_found"):
        _block(connection, rule, rules.blocked_texts)
        _count_people(connection, rule)


def used(connection: Connection, rules: IdentityRules, table: str) -> tuple[IdentifierRule, ...]:
    """Identifiers of which the table has values, the strongest first."""
    ranked = rules.by_priority()
    counts = ", ".join(f"count({identifier(rule.name)})" for rule in ranked)
    held = connection.execute(f"SELECT {counts} FROM {table}").fetchall()[0] if ranked else ()
    return tuple(rule for rule, values in zip(ranked, held, strict=True) if values)


def _remember(connection: Connection) -> None:
    """What was found to be no identifier over all records is none in a part of them."""
    connection.execute(
        "INSERT INTO identity_bad SELECT g.* FROM identity.guarded g ANTI JOIN identity_bad b USING (kind, value)"
    )


def _block(connection: Connection, rule: IdentifierRule, texts: tuple[str, ...]) -> None:
    column = identifier(rule.name)
    tests = [f"regexp_full_match({column}, ?)" for _ in rule.blocked] + [f"lower({column}) IN (SELECT unnest(?))"]
    connection.execute(
        f"INSERT INTO identity_bad SELECT ?, {column}, 'blocked', records, NULL FROM "
        f"(SELECT {column}, count(*) AS records FROM identity_found WHERE {column} IS NOT NULL GROUP BY 1) "
        f"WHERE {' OR '.join(tests)}",
        [rule.name, *rule.blocked, [text.lower() for text in (*rule.texts, *texts)]],
    )


def _count_people(connection: Connection, rule: IdentifierRule) -> None:
    """A value seen with more than `most` different other identifiers of one kind, or names where there are none."""
    column = identifier(rule.name)
    others = [identifier(name) for name in IDENTIFIERS if name != rule.name]
    alone = " AND ".join(f"{other} IS NULL" for other in others)
    people = [f"count(DISTINCT {other})" for other in others] + [f"count(DISTINCT name) FILTER ({alone})"]
    connection.execute(
        f"""
        INSERT INTO identity_bad
        WITH often AS (SELECT {column} FROM identity_found WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) > ?),
        counted AS (
            SELECT {column} AS value, count(*) AS records, greatest({", ".join(people)}) AS people
            FROM identity_found SEMI JOIN often USING ({column}) GROUP BY 1
        )
        SELECT ?, value, 'frequent', records, people FROM counted
        ANTI JOIN (SELECT value FROM identity_bad WHERE kind = ?) b USING (value) WHERE people > ?
        """,
        [rule.most, rule.name, rule.name, rule.most],
    )


def _clean(connection: Connection, rules: IdentityRules) -> None:
    """`identity_clean`: as found, without what is no identifier; other fields without texts that mean nothing.

    `decided` is the home of records on whose home a person has decided: they must be told apart from others that say the
    same.
    """
    texts = [text.lower() for text in rules.blocked_texts]
    connection.execute("CREATE OR REPLACE TEMP TABLE identity_nothing AS SELECT DISTINCT unnest(?) AS value", [texts])
    joins, columns = [], []
    for name in FIELDS:
        bad, column = identifier(f"bad_{name}"), f"f.{identifier(name)}"
        if name in IDENTIFIERS:
            joins.append(
                f"LEFT JOIN (SELECT value FROM identity_bad WHERE kind = '{name}') {bad} ON {column} = {bad}.value"
            )
        elif name != "birthday":
            joins.append(f"LEFT JOIN identity_nothing {bad} ON lower({column}) = {bad}.value")
        whole = f" AND NOT regexp_matches({column}, '{INCOMPLETE_NAME}')" if name == "name" else ""
        kept = column if name == "birthday" else f"CASE WHEN {bad}.value IS NULL{whole} THEN {column} END"
        columns.append(f"{kept} AS {identifier(name)}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_clean AS "
        f"SELECT f.n, f.source, f.record, f.home, d.home AS decided, {', '.join(columns)} FROM identity_found f "
        f"{' '.join(joins)} LEFT JOIN (SELECT left_home AS home FROM identity.decisions UNION "
        "SELECT right_home FROM identity.decisions) d ON f.home = d.home"
    )


def _gather(connection: Connection) -> int:
    """`identity_profile`, and `identity_of` with the profile of each record. Records without a clue have none."""
    known = " OR ".join(f"{identifier(name)} IS NOT NULL" for name in IDENTIFIERS)
    texts = ", ".join(f"coalesce({identifier(name)}::VARCHAR, '')" for name in FIELDS)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE identity_of AS
        WITH coded AS (
            SELECT n, source, record, home, md5_number(concat_ws(chr(31), {texts})) AS clues,
                   CASE WHEN {known} THEN coalesce(decided, 0) ELSE -1 - n END AS apart
            FROM identity_clean WHERE {known} OR name IS NOT NULL
        ), led AS (SELECT *, min(n) OVER (PARTITION BY clues, apart) AS lead FROM coded)
        SELECT n, source, record, home, lead, dense_rank() OVER (ORDER BY lead) - 1 AS profile FROM led
        """
    )
    fields = ", ".join(f"c.{identifier(name)}" for name in (*IDENTIFIERS, *DESCRIBING))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE identity_profile AS
        SELECT o.profile, c.n, c.source, c.record, c.home, c.decided, {fields}, m.reading, m.surname
        FROM (SELECT profile, n FROM identity_of WHERE n = lead) o JOIN identity_clean c USING (n)
        LEFT JOIN identity_name m USING (name) ORDER BY o.profile
        """
    )
    return count(connection, "SELECT count(*) FROM identity_profile")
