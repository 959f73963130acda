"""Carries the rows of a delta into a new base, and keeps the files of a version while that is done."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from semantic_layer.compiler.context import LABELS, TAG_TABLE, TEXT_QUALITY
from semantic_layer.compiler.tag_parts import INPUT_TABLE
from semantic_layer.engines.version import Version
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.snapshot import BuildLimits, disk_error, missing_file
from semantic_layer.ingestion.tagging.bench import SERIAL, Bench, attach, hidden_by
from semantic_layer.ingestion.tagging.changes import Changes, Stage
from semantic_layer.ingestion.tagging.full import computing
from semantic_layer.ingestion.tagging.history import HISTORY
from semantic_layer.ingestion.tagging.runs import RUNS

_OWN = (TAG_TABLE, INPUT_TABLE, HISTORY, RUNS, TEXT_QUALITY)
"""Tables that a new base computes for itself, besides those of the labels of texts."""


def _is_own(table: str) -> bool:
    return table in _OWN or table.startswith(LABELS)


def merge(version: Version, target: Path, limits: BuildLimits) -> None:
    """A base file with the rows of a version: the base with its delta laid over it, also rows that were held back.

    Raises:
        DataError: when the disk is full.
    """
    try:
        shutil.copyfile(version.base, target)
    except OSError as error:
        raise disk_error(error, target) from error
    if version.delta is None:
        return
    with computing(target, limits) as bench:
        attach(bench, version.delta, "earlier")
        for table, by in hidden_by(bench, "earlier").items():
            if not _is_own(table):
                name = identifier(table)
                names = ", ".join(identifier(one) for one in by)
                bench.replace_rows(
                    table,
                    by,
                    f"SELECT {names} FROM earlier.hidden.{name}",
                    f"SELECT * EXCLUDE ({SERIAL}) FROM earlier.delta.{name}",
                )
        bench.run("DETACH earlier")


def replayed(version: Version, since: int) -> Stage:
    """Stages what a version's delta brought after the version `since`."""

    def stage(bench: Bench, changes: Changes) -> None:
        assert version.delta is not None
        attach(bench, version.delta, "later")
        for table, by in hidden_by(bench, "later").items():
            there = bench.columns(table)
            if _is_own(table) or not there:
                continue
            rows, gone = changes.stage(table)
            name = identifier(table)
            given = bench.connection.sql(f"SELECT * FROM later.delta.{name} LIMIT 0").columns
            both = ", ".join(identifier(one) for one in given if one in there)
            names = ", ".join(identifier(one) for one in by)
            bench.run(f"INSERT INTO {rows} BY NAME SELECT {both} FROM later.delta.{name} WHERE {SERIAL} > ?", (since,))
            bench.run(
                f"INSERT INTO {gone} SELECT {names} FROM later.hidden.{name} WHERE {SERIAL} > ? "
                f"EXCEPT SELECT {names} FROM later.delta.{name}",
                (since,),
            )
        bench.run("DETACH later")

    return stage


def linked(file: Path, name: Path) -> None:
    """A further name for a file that nobody writes to, or a copy where the disk knows no such names."""
    try:
        os.link(file, name)
    except FileNotFoundError as error:
        raise missing_file(file) from error
    except OSError:
        try:
            shutil.copyfile(file, name)
        except OSError as error:
            raise disk_error(error, name) from error


def remove(path: Path) -> None:
    """An unfinished file, and what the database put beside it."""
    for leftover in (path, path.with_name(f"{path.name}.wal")):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.spill"), ignore_errors=True)
