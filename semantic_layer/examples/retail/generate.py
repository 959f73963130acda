"""Write the demo company: the raw exports of its systems, or for many people its clean tables. Same seed, same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

from semantic_layer.errors import DataError, Text
from semantic_layer.examples.retail.campaigns import CAMPAIGNS
from semantic_layer.examples.retail.clean_tables import clean_tables, fixed_tables
from semantic_layer.examples.retail.company import Company, Stream
from semantic_layer.examples.retail.outage import FALL, SHARE
from semantic_layer.examples.retail.schema import LOAD_REPORT
from semantic_layer.examples.retail.sources.app import write_app
from semantic_layer.examples.retail.sources.crm import write_crm
from semantic_layer.examples.retail.sources.desk import write_desk, write_marketing, write_reference
from semantic_layer.examples.retail.sources.dirt import Truth
from semantic_layer.examples.retail.sources.mall import write_mall, write_products
from semantic_layer.examples.retail.sources.pos import write_pos
from semantic_layer.examples.retail.world import Block, make_block
from semantic_layer.ingestion.report import report_columns
from semantic_layer.ingestion.snapshot import disk_error

Progress = Callable[[str, int, int], None]

SEED = 20_261_031
END = date(2026, 10, 31)
LATEST_END = date(2027, 12, 31)
"""The calendar of the generator goes no further."""
FEWEST = 100
"""With fewer, some system would have nothing to export."""
MOST_WITH_SOURCES = 100_000
"""Above this many people only clean tables are written: the exports would be spreadsheets nobody could open."""
LARGE_ACTIVITY = 2.3


def generate(
    folder: Path,
    *,
    people: int = 20_000,
    seed: int = SEED,
    end: date = END,
    progress: Callable[[str, int, int], None],
) -> None:
    """Write the company's data below `folder`.

    Up to `MOST_WITH_SOURCES` people: `crm/ mall/ pos/ app/ desk/ marketing/ reference/` with all their dirt, and `truth/`.
    More: `clean/`, one folder of Parquet a table, twice as busy a company, generated in blocks on two processes.

    Raises:
        DataError: when a file cannot be written.
    """
    _check(people, end)
    try:
        if people > MOST_WITH_SOURCES:
            company = Company(people=people, seed=seed, end=end, activity=LARGE_ACTIVITY)
            generate_clean(folder / "clean", company, progress=progress)
        else:
            company = Company(people=people, seed=seed, end=end, block=MOST_WITH_SOURCES)
            _generate_sources(folder, company, progress)
    except OSError as error:
        raise disk_error(error, folder) from error


def _check(people: int, end: date) -> None:
    earliest = Company().start + timedelta(days=60)
    if people < FEWEST or not earliest <= end <= LATEST_END:
        raise DataError(
            Text(
                zh=f"人数应为 {FEWEST} 或更多，截止日期应在 {earliest} 到 {LATEST_END} 之间；收到的是 {people} 人、{end}。",
                en=f"The number of people must be {FEWEST} or more and the last day between {earliest} and {LATEST_END}; "
                f"got {people} people and {end}.",
            )
        )


def _generate_sources(folder: Path, company: Company, progress: Progress) -> None:
    names = ("people", "reference", "crm", "mall", "pos", "app", "desk", "marketing", "truth")

    def step(name: str) -> None:
        progress(name, names.index(name), len(names))

    step("people")
    block, truth = make_block(company, 0), Truth()
    for part in names[1:8]:
        (folder / part).mkdir(parents=True, exist_ok=True)
    step("reference")
    write_reference(company, folder / "reference")
    write_products(company, folder / "mall")
    step("crm")
    write_crm(block, folder / "crm", company.rng(Stream.DIRT, 1), truth)
    step("mall")
    write_mall(block, folder / "mall", company.rng(Stream.DIRT, 2), truth)
    step("pos")
    write_pos(block, folder / "pos", company.rng(Stream.DIRT, 3), truth)
    step("app")
    write_app(block, folder / "app", company.rng(Stream.DIRT, 4), truth)
    step("desk")
    write_desk(block, folder / "desk", company.rng(Stream.DIRT, 5), truth)
    step("marketing")
    write_marketing(block, folder / "marketing")
    step("truth")
    _write_truth(folder / "truth", truth)
    progress("", len(names), len(names))


def _write_truth(folder: Path, truth: Truth) -> None:
    """Only tests and benchmarks read this folder, and the resolver that stands in until identities are resolved."""
    for number, records in enumerate(truth.records):
        records.write(folder / "records" / f"part-{number:05d}.parquet")
    dirt = [{"source": source, "kind": kind.value, "count": count} for (source, kind), count in truth.planted.items()]
    effects = {
        "campaigns": [asdict(campaign) for campaign in CAMPAIGNS],
        "repurchase_fall_september_2026": {"fall": FALL, "share_of_east_shoes": SHARE},
    }
    for name, content in (("dirt", dirt), ("effects", effects)):
        text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def generate_clean(folder: Path, company: Company, *, progress: Progress, processes: int = 2) -> None:
    """Write the clean tables of TABLES.md as `folder/<table>/part-<block>.parquet`, block by block."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "export_date.txt").write_text(f"{company.end.isoformat()}\n", encoding="utf-8")
    # Nothing is mended on this path, so the report of a load is there and empty.
    for name, table in {**fixed_tables(company), LOAD_REPORT.name: report_columns(())}.items():
        table.write(folder / name / "part-00000.parquet")
    if processes == 1 or company.blocks == 1:
        for number in range(company.blocks):
            progress("people", number, company.blocks)
            _write_block(folder, company, number)
    else:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            jobs = [pool.submit(_write_block, folder, company, number) for number in range(company.blocks)]
            for number, job in enumerate(jobs):
                progress("people", number, company.blocks)
                job.result()
    progress("", company.blocks, company.blocks)


def _write_block(folder: Path, company: Company, number: int) -> None:
    block: Block = make_block(company, number)
    for name, table in clean_tables(block).items():
        table.write(folder / name / f"part-{number:05d}.parquet")
