"""The member app: one NDJSON file of uploads a month, UTC times, some uploads late, some sent twice, some clocks wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from semantic_layer.examples.retail.company import DAY, Ints, Texts
from semantic_layer.examples.retail.events import EVENT_TYPES
from semantic_layer.examples.retail.people import UNKNOWN
from semantic_layer.examples.retail.sources.dirt import Truth, repeated, some
from semantic_layer.examples.retail.sources.files import number_texts, write_lines
from semantic_layer.examples.retail.sources.mall import product_codes
from semantic_layer.examples.retail.world import Block
from semantic_layer.ingestion.report import Dirt

SOURCE = "app"
UTC_OFFSET = 8 * 3600
LATE_AFTER = DAY
FIRST_FALSE_EVENT = 70_000_000


def write_app(block: Block, folder: Path, rng: np.random.Generator, truth: Truth) -> None:
    """All months of uploads."""
    events = block.events
    size = len(events)
    number = block.ids(size)
    truth.remember(SOURCE, number, block.keys(events.person), block.keys(events.visitor))
    truth.plant(SOURCE, Dirt.NO_IDENTITY, int((events.person == UNKNOWN).sum()))
    late = some(rng, size, 0.02)
    delay = np.where(late, LATE_AFTER + 60 + rng.integers(0, 9 * DAY, size), rng.integers(1, 90, size))
    exported = int(block.company.seconds(np.array([block.company.days]))[0]) - 1
    received = np.minimum(events.occurred + delay, exported)
    truth.plant(SOURCE, Dirt.LATE, int((received - events.occurred > LATE_AFTER).sum()))
    rows = repeated(rng, size, 0.012)
    truth.plant(SOURCE, Dirt.DUPLICATE, len(rows) - size)
    wrong = np.flatnonzero(some(rng, size, 0.0004))
    truth.plant(SOURCE, Dirt.FUTURE_DATE, len(wrong))
    all_rows = np.concatenate([rows, wrong])
    ids = np.concatenate([number[rows], FIRST_FALSE_EVENT + np.arange(len(wrong))])
    occurred = events.occurred[all_rows] + np.where(np.arange(len(all_rows)) >= len(rows), 5 * 365 * DAY, 0)
    lines = _lines(block, all_rows, ids, occurred - UTC_OFFSET, received[all_rows] - UTC_OFFSET)
    uploaded = received[all_rows] - UTC_OFFSET
    order = np.argsort(uploaded, kind="stable")
    month = uploaded[order].astype("datetime64[s]").astype("datetime64[M]")
    for each in np.unique(month):
        first, last = np.searchsorted(month, each), np.searchsorted(month, each, side="right")
        write_lines(folder / f"events_{str(each).replace('-', '')}.ndjson", lines[order[first:last]])


def _lines(block: Block, rows: Ints, ids: Ints, occurred: Ints, received: Ints) -> Texts:
    events = block.events
    person, visitor = events.person[rows], block.keys(events.visitor[rows])
    member = np.char.zfill(block.keys(np.maximum(person, 0)).astype(str), 8).astype(object)
    known = np.where(person == UNKNOWN, "", ',"member":"M' + member + '"')
    product = events.product[rows]
    shown = np.where(product == UNKNOWN, "", ',"product":"' + product_codes(np.maximum(product, 0)) + '"')
    search = events.search[rows]
    asked = np.array(["" if word is None else f',"query":"{word}"' for word in search], dtype=object)
    device = np.char.mod("%012x", visitor * 2_654_435_761 % (1 << 40)).astype(object)
    lines: Texts = (
        '{"id":' + number_texts(ids) + ',"type":"' + np.array(EVENT_TYPES, dtype=object)[events.kind[rows]]
        + '","device":"' + device + '"' + known + shown + asked
        + ',"at":"' + np.datetime_as_string(occurred.astype("datetime64[s]")).astype(object)
        + 'Z","received":"' + np.datetime_as_string(received.astype("datetime64[s]")).astype(object) + 'Z"}'
    )  # fmt: skip
    return lines
