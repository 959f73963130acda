"""SQL safety: statements that must be refused, the locked connection, and values that must stay values.

*Harmless* on the connection means: the statement raises an error of the engine, or it returns and afterwards (1) the
snapshot file has the same bytes, (2) no file was made or changed in the scratch folder, (3) external access is still off
and the configuration still locked, (4) every canary table has its rows, and (5) no marker that was planted in the files
which the statement names, and no line of the system's password file, is in the result.
"""

from __future__ import annotations

import hashlib
import logging
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import NotAllowedError
from semantic_layer.policy.allowed import check_allowed
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.types import Limits
from tests.conformance.material import Score, folder, json_lines
from tests.semantic_layer.policy.shop import CATALOG, POLICY, database, user

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it announces every statement that it reads as a bare command

MARKER = "PLANTED-MARKER-5391"
_PLACE = re.compile(r"\{(?:TEST_DIR|DATA_DIR|TEMP_DIR)\}|@DIR@")
_FILE = re.compile(r"(?:\{(?:TEST_DIR|DATA_DIR|TEMP_DIR)\}|@DIR@)/([\w./-]+)")


def material() -> Path:
    found = folder("sql_safety")
    assert found is not None, "the material is not there"
    return found


def refused(text: str) -> bool:
    try:
        authorise(parse_statement(text), user("owner"), CATALOG, POLICY)
    except NotAllowedError:
        return True
    return False


def must_reject() -> Score:
    """Every statement is refused to a user who may see everything."""
    score = Score()
    for row in json_lines(material() / "duckdb_must_reject_statements.jsonl"):
        score.judge(row["id"], right=refused(row["sql"]))
    return score


def must_reject_by_syntax_alone() -> Score:
    """The same, whatever tables are modelled: only the kind of statement counts. Plain queries are another matter."""
    score = Score(note="statements that are no query; tables and columns play no part")
    for row in json_lines(material() / "duckdb_must_reject_statements.jsonl"):
        if row["label"] == "select_external_or_introspect":
            score.excluded.append(f"{row['id']}: a query over a table that is not modelled")
            continue
        try:
            check_allowed(parse_statement(row["sql"]))
        except NotAllowedError:
            score.judge(row["id"], right=True)
        else:
            score.judge(row["id"], right=False)
    return score


def hostile() -> Score:
    """Every construct known to reach files, network, settings or other text is refused."""
    score = Score()
    for row in json_lines(material() / "hostile_duckdb_statements.jsonl"):
        score.judge(row["name"], right=refused(row["sql"].replace("@DIR@", "scratch")))
    return score


def must_accept() -> Score:
    """Honest analytical statements of another project: the schema name is taken off, then only the syntax is judged."""
    score = Score(note="gold statements of metricflow, as far as their text is there")
    for row in json_lines(material().parent / "metricflow" / "cases.jsonl"):
        if not row.get("gold_sql_duckdb"):
            score.excluded.append(f"{row['id']}: no statement")
            continue
        tree = parse_statement(row["gold_sql_duckdb"])
        for table in tree.find_all(exp.Table):
            table.set("db", None)
        try:
            check_allowed(tree)
        except NotAllowedError as error:
            score.judge(f"{row['id']}: {error.message.en}", right=False)
        else:
            score.judge(row["id"], right=True)
    return score


class Scratch:
    """A snapshot on the product's own connection, in a folder with planted files, and the check for harm."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "scratch"
        self.folder.mkdir()
        self.snapshot = database(place)
        self.engine = DuckDBEngine(self.snapshot, Limits(seconds=3, memory_mb=200))

    def plant(self, text: str) -> None:
        """Make the files that the statement would read; one that would be attached or written must not be in the way."""
        if text.lstrip().upper().startswith(("ATTACH", "EXPORT")):
            return
        for name in _FILE.findall(text):
            path = (self.folder / name).resolve()
            if self.folder in path.parents and "*" not in name and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"a\n{MARKER}\n", encoding="utf-8")

    def state(self) -> tuple[object, ...]:
        files = tuple(sorted((str(p), p.stat().st_size) for p in self.folder.rglob("*") if p.is_file()))
        with self.engine._cursor() as cursor:
            settings = cursor.execute(
                "SELECT current_setting('enable_external_access'), current_setting('lock_configuration')"
            ).fetchall()
            counts = [
                cursor.execute(f"SELECT COUNT(*) FROM snapshot_1.main.{n}").fetchall() for n in ("customers", "secrets")
            ]
        return (hashlib.sha256(self.snapshot.read_bytes()).hexdigest(), files, settings, counts)

    def harmless(self, text: str) -> bool:
        self.plant(text)
        before = self.state()
        statement = _PLACE.sub(str(self.folder), text)
        try:
            with self.engine._cursor() as cursor:
                result = repr(cursor.execute(statement).fetchmany(1000))
        except (duckdb.Error, UnicodeDecodeError):
            result = ""
        return self.state() == before and MARKER not in result and "root:" not in result


def sandbox() -> Score:
    """Each access-control statement that DuckDB's tests expect to fail, on the product's own connection settings."""
    score = Score()
    with tempfile.TemporaryDirectory() as place:
        scratch = Scratch(Path(place))
        for row in json_lines(material() / "duckdb_access_control_statements.jsonl"):
            if row["expect"] == "error":
                score.judge(f"{row['id']}: {row['sql'][:80]}", right=scratch.harmless(row["sql"]))
            else:
                score.excluded.append(f"{row['id']}: expected to work in its own test")
        scratch.engine.close()
    return score


BATCH = 150


def values(every: int = 1) -> Score:
    """Each string as the value of a filter: one SELECT, its literal unchanged, nothing else happens.

    Judged three times: the printed SQL is parsed anew and must be one SELECT holding the text; the engine is asked to
    give the text back as it understood it; and the canary tables must be as before.
    """
    score = Score()
    rows = [(f"{r['set']}/{r['id']}", r["text"]) for r in json_lines(material() / "sql_injection_strings.jsonl")][
        ::every
    ]
    with tempfile.TemporaryDirectory() as place:
        scratch = Scratch(Path(place))
        before = scratch.state()
        for batch in _batches(rows):
            back = _given_back(scratch.engine, [text for _, text in batch])
            for (name, text), understood in zip(batch, back, strict=True):
                score.judge(name, right=understood == text and _stays_a_value(text))
        score.judge("the canary tables are as before", right=scratch.state() == before)
        scratch.engine.close()
    return score


def _filtered(text: str) -> exp.Select:
    named = exp.EQ(this=exp.column("name", table="c"), expression=exp.Literal.string(text))
    return exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_("customers AS c").where(named)


def _stays_a_value(text: str) -> bool:
    sql = authorise(_filtered(text), user("owner"), CATALOG, POLICY).text
    trees = sqlglot.parse(sql, dialect="duckdb")
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        return False
    literals = [node.this for node in trees[0].find_all(exp.Literal) if node.is_string]
    return literals == [text]


def _given_back(engine: DuckDBEngine, texts: Sequence[str]) -> list[str | None]:
    """What the engine takes each literal to be; `None` where a filter by it found anybody."""
    items = [exp.Tuple(expressions=[exp.Literal.number(i), exp.Literal.string(t)]) for i, t in enumerate(texts)]
    alias = exp.TableAlias(this=exp.to_identifier("v"), columns=[exp.to_identifier("i"), exp.to_identifier("t")])
    listed = exp.select("t").from_(exp.Values(expressions=items, alias=alias)).order_by("i")
    found = exp.select(
        *(exp.Filter(this=exp.Count(this=exp.Star()), expression=_filtered(text).args["where"]) for text in texts)
    ).from_("customers AS c")
    answers = [engine.run(authorise(tree, user("owner"), CATALOG, POLICY)).rows for tree in (listed, found)]
    return [str(text) if count == 0 else None for (text,), count in zip(answers[0], answers[1][0], strict=True)]


def _batches(rows: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


SUITES: Mapping[str, Callable[[], Score]] = {
    "sql safety: must be refused": must_reject,
    "sql safety: refused by syntax alone": must_reject_by_syntax_alone,
    "sql safety: honest statements accepted": must_accept,
    "sql safety: hostile constructs": hostile,
    "sql safety: locked connection": sandbox,
    "sql safety: values stay values": values,
}
