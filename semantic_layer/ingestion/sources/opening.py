"""From a declaration to a source that can be read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.addresses import DatabaseAddress, database_address, expanded
from semantic_layer.ingestion.sources.csv_files import CsvReader
from semantic_layer.ingestion.sources.databases import Database, DatabaseSource
from semantic_layer.ingestion.sources.excel_files import WorkbookReader
from semantic_layer.ingestion.sources.files import FileReader, FileSource
from semantic_layer.ingestion.sources.http_client import HttpClient, Now, utc_now
from semantic_layer.ingestion.sources.http_pages import HttpSource
from semantic_layer.ingestion.sources.json_files import JsonReader
from semantic_layer.ingestion.sources.mysql import MysqlDatabase
from semantic_layer.ingestion.sources.parquet_files import ParquetReader
from semantic_layer.ingestion.sources.port import Source
from semantic_layer.ingestion.sources.postgres import PostgresDatabase
from semantic_layer.ingestion.sources.retrying import Wait
from semantic_layer.ingestion.sources.sqlite_files import SqliteSource
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec


def open_source(  # what is read, and what stands around it
    spec: SourceSpec,
    folder: Path,
    *,
    variables: Mapping[str, str],
    since: str = "",
    wait: Wait = time.sleep,
    now: Now = utc_now,
) -> Source:
    """The source of a declaration. Files lie below `folder`; `variables` hold what the address names as `${…}`.

    `since` is the highest value of the watermark that was loaded (`Chunk.watermark`): rows from there on are read, those
    with that very value once more. `wait` pauses between attempts to reach a server.

    Raises:
        DataError: when a variable is not set, or events are to be read, which are sent and not fetched.
    """
    match spec.kind:
        case SourceKind.CSV | SourceKind.EXCEL | SourceKind.JSON | SourceKind.PARQUET:
            return FileSource(folder, spec.address, file_reader(spec))
        case SourceKind.SQLITE:
            return SqliteSource(
                folder, spec.address, spec.table, key=spec.key, watermark=spec.watermark, since=since, wait=wait
            )
        case SourceKind.POSTGRESQL | SourceKind.MYSQL:
            database = open_database(database_address(spec.address, variables, spec.name))
            return DatabaseSource(database, spec.table, key=spec.key, watermark=spec.watermark, since=since, wait=wait)
        case SourceKind.HTTP:
            headers = {name: expanded(value, variables, spec.name) for name, value in spec.headers}
            client = HttpClient(spec.name, headers, wait=wait, now=now)
            url = expanded(spec.address, variables, spec.name)
            return HttpSource(client, spec.name, url, spec.paging, watermark=spec.watermark, since=since)
        case SourceKind.EVENTS:
            raise _events(spec.name)
    assert_never(spec.kind)


def open_database(address: DatabaseAddress) -> Database:
    """The database at an address."""
    return PostgresDatabase(address) if address.scheme.startswith("postgres") else MysqlDatabase(address)


def file_reader(spec: SourceSpec) -> FileReader:
    """How the files of a declaration are read."""
    known = {name for column in spec.columns for name in (column.column, *column.names)}
    if spec.kind is SourceKind.EXCEL:
        return WorkbookReader(sheet=spec.table, header=spec.header, known=known)
    if spec.kind is SourceKind.JSON:
        return JsonReader(rows=spec.table, encoding=spec.encoding)
    if spec.kind is SourceKind.PARQUET:
        return ParquetReader()
    delimiter = spec.delimiter.replace("\\t", "\t")
    return CsvReader(encoding=spec.encoding, delimiter=delimiter, header=spec.header, known=known)


def _events(place: str) -> DataError:
    return faults.fault(
        place,
        "事件来源由对方发送（POST /v1/events），不需要读取。",
        "events are sent to the product (POST /v1/events); there is nothing to fetch.",
    )
