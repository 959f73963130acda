"""One data set as its owner works on it: its folder, its warehouse, and the way from a load to what people read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.stewardship.task_board import Progress
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, Text, UnknownNameError, UserError
from semantic_layer.ingestion.blueprint import Blueprint, read_blueprint
from semantic_layer.ingestion.landing.runs import Load, LoadState
from semantic_layer.ingestion.pipeline import Loaded, Pipeline, Surroundings
from semantic_layer.ingestion.quality.report import Alert
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.warehouse import Warehouse
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import SemanticModel

MOST_ALERTS: Final = 3
SOURCE: Final = Text("来源", "source")
Publish = Callable[[Pipeline, Progress], None]
"""Makes what a pipeline holds the version that people read."""


@dataclass(frozen=True, slots=True)
class DataHouse:
    """`model` reads the definitions as they are now; `publish` is told when a load has come to its end, `failed` when it has
    not, or when some of its sources could not be read.
    """

    folder: Path
    warehouse: Warehouse
    around: Surroundings
    model: Callable[[], SemanticModel]
    publish: Publish
    failed: Callable[[Text], None]

    def blueprint(self) -> Blueprint:
        """What the folder says now. Raises `DefinitionError` with its faults."""
        return read_blueprint(self.folder, self.model())

    def spec(self, name: str) -> SourceSpec:
        """A declared source. Raises `UnknownNameError` with the nearest ones."""
        blueprint = self.blueprint()
        found = blueprint.spec(name)
        if found is None:
            raise UnknownNameError(SOURCE, name, nearest(name, [spec.name for spec in blueprint.specs]))
        return found

    def load(self, only: Collection[str], *, by: str, progress: Progress, cancel: Cancel) -> Text:
        """Take in what is new and publish it; what came of it in a sentence. Raises as `Pipeline.load` and `publish` do."""
        pipeline = Pipeline(self.warehouse, self.blueprint(), self.around)
        try:
            done = pipeline.load(progress=progress, cancel=cancel, only=only, by=by)
        except CancelledError:
            raise
        except UserError as error:
            self.failed(error.message)
            raise
        self.publish(pipeline, progress)
        unread = [load for load in done.loads if load.state is LoadState.FAILED]
        if unread:
            self.failed(_unread(unread))
        return said_of(done)

    def republish(self, *, match: bool, progress: Progress, cancel: Cancel) -> Text:
        """Publish what the warehouse holds now; with `match`, tell people apart anew before."""
        pipeline = Pipeline(self.warehouse, self.blueprint(), self.around)
        if match:
            pipeline.take_events()
            pipeline.match(progress=progress, cancel=cancel)
        self.publish(pipeline, progress)
        return Text("已发布。", "Published.")

    def check(self) -> Text:
        """Check quality anew and remove rows whose time is over; what was found in a sentence."""
        pipeline = Pipeline(self.warehouse, self.blueprint(), self.around)
        report, alerts = pipeline.check()
        worst = min(report.sources, key=lambda each: each.score, default=None)
        if worst is None:
            return Text("还没有可以检查的数据。", "There is nothing to check yet.")
        told = _told(alerts)
        return Text(
            f"检查了 {len(report.sources)} 个来源，最低分 {worst.score:g}（{worst.label.zh}）。{told.zh}",
            f"{len(report.sources)} sources were checked; the lowest score is {worst.score:g} ({worst.label.en}). {told.en}",
        )


def _unread(loads: Sequence[Load]) -> Text:
    """Why the sources could not be read that the version has only older rows of."""
    zh = "；".join(f"来源「{load.source}」没有读到：{load.why.zh.rstrip('。')}" for load in loads)
    en = "; ".join(f"the source {load.source} could not be read: {load.why.en.rstrip('.')}" for load in loads)
    return Text(f"{zh}。", f"{en}.")


def said_of(done: Loaded) -> Text:
    """What a load did: rows, customers, and which sources need somebody."""
    new = sum(load.rows.new for load in done.loads)
    changed = sum(load.rows.changed for load in done.loads)
    held = sum(load.rows.held for load in done.loads)
    zh = f"新增 {new:,} 行，更新 {changed:,} 行，{held:,} 行待处理。"
    en = f"{new:,} new rows, {changed:,} changed, {held:,} wait."
    if done.identity is not None:
        zh += f"{done.identity.records:,} 条记录归为 {done.identity.customers:,} 位客户。"
        en += f" {done.identity.records:,} records are {done.identity.customers:,} customers."
    for load in done.loads:
        if load.state is not LoadState.DONE:
            zh += f"「{load.source}」：{load.why.zh}"
            en += f" {load.source}: {load.why.en}"
    told = _told(done.alerts)
    return Text(zh + told.zh, f"{en} {told.en}".rstrip())


def _told(alerts: Sequence[Alert]) -> Text:
    """What got worse, the gravest first; the others are counted."""
    shown, more = alerts[:MOST_ALERTS], len(alerts) - MOST_ALERTS
    zh = "".join(f"请注意：{one.text.zh}" for one in shown)
    en = " ".join(f"Look at this: {one.text.en}" for one in shown)
    return Text(f"{zh}另有 {more} 项提醒。", f"{en} {more} more.") if more > 0 else Text(zh, en)
