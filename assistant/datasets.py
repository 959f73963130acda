"""The data sets that can be opened: where their definitions stand, and how their snapshot is built."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import semantic_layer.examples.completejourney as completejourney_package
import semantic_layer.examples.retail as retail_package
import semantic_layer.examples.silos as silos_package
from semantic_layer.errors import Text
from semantic_layer.model.types import SemanticModel

Progress = Callable[[str, int, int], None]
GENERATION = 1  # of the demo company: raised when its generator writes other data, so that none is mixed with old


class DataSource(Protocol):
    """One data set. `build` writes a snapshot without tags; raises `DataError` and leaves nothing half done."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> Text: ...

    @property
    def definitions(self) -> Path: ...

    @property
    def key(self) -> str:
        """Tells snapshots of different contents apart."""
        ...

    def company(self, home: Path) -> Path | None:
        """The folder whose declared sources fill the tables; `None` where `build` does. Data of the set is kept in `home`."""
        ...

    def make_ready(self, home: Path, progress: Progress) -> None:
        """See to it that the folder of `company` is there. Raises `DataError`."""
        ...

    def build(self, work: Path, target: Path, model: SemanticModel, progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailData:
    """The demo company, generated on first use."""

    people: int = 20_000
    id: str = "retail"
    title: Text = Text("青禾生活", "Qinghe Living")

    @property
    def definitions(self) -> Path:
        return Path(str(retail_package.__file__)).parent / "model"

    @property
    def key(self) -> str:
        return f"{self.people}-{GENERATION}"

    def company(self, home: Path) -> Path | None:
        return None

    def make_ready(self, home: Path, progress: Progress) -> None:
        """Nothing has to be made."""

    def build(self, work: Path, target: Path, model: SemanticModel, progress: Progress) -> None:
        from semantic_layer.examples.retail.generate import generate  # noqa: PLC0415  # numpy and Arrow, needed once
        from semantic_layer.examples.retail.load import load  # noqa: PLC0415
        from semantic_layer.ingestion.resolver import TruthKeyResolver  # noqa: PLC0415

        if not work.exists():
            unfinished = work.with_name(f"{work.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            generate(unfinished, people=self.people, progress=progress)
            unfinished.rename(work)
        load(work, target, resolver=TruthKeyResolver(work / "truth"), progress=progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteJourneyData:
    """Complete Journey: a real year of grocery purchases; its package is an extra."""

    id: str = "completejourney"
    title: Text = Text("Complete Journey 超市", "Complete Journey")

    @property
    def definitions(self) -> Path:
        return Path(str(completejourney_package.__file__)).parent / "model"

    @property
    def key(self) -> str:
        return "2017"

    def company(self, home: Path) -> Path | None:
        return None

    def make_ready(self, home: Path, progress: Progress) -> None:
        """Nothing has to be made."""

    def build(self, work: Path, target: Path, model: SemanticModel, progress: Progress) -> None:
        from semantic_layer.examples.completejourney.load import load_completejourney  # noqa: PLC0415  # an extra

        load_completejourney(target, progress=progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilosData:
    """The demo company as its five systems know it: declared sources, raw exports, and no key that they share."""

    people: int = 3_000
    id: str = "silos"
    title: Text = Text("青禾生活（五个系统）", "Qinghe Living, five systems")

    @property
    def definitions(self) -> Path:
        return Path(str(silos_package.__file__)).parent / "company" / "model"

    @property
    def key(self) -> str:
        return f"{self.people}-{GENERATION}"

    def company(self, home: Path) -> Path | None:
        return home / "company"

    def make_ready(self, home: Path, progress: Progress) -> None:
        from semantic_layer.examples.silos.prepare import prepare  # noqa: PLC0415  # numpy and Arrow, needed once

        prepare(home / "company", people=self.people, progress=progress)

    def build(self, work: Path, target: Path, model: SemanticModel, progress: Progress) -> None:
        """Never called: sources fill the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderData:
    """A folder with `model/*.yml`, and `sources/*.yml` or `data/<table>.parquet` or `.csv`."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.resolve().name

    @property
    def title(self) -> Text:
        return Text(self.id, self.id)

    @property
    def definitions(self) -> Path:
        return self.folder / "model"

    @property
    def key(self) -> str:
        """Changes when a data file changes: its name, size or moment of writing."""
        files = sorted(path for path in (self.folder / "data").glob("*") if path.is_file())
        marks = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]

    def company(self, home: Path) -> Path | None:
        return self.folder if any((self.folder / "sources").glob("*.yml")) else None

    def make_ready(self, home: Path, progress: Progress) -> None:
        """Nothing has to be made."""

    def build(self, work: Path, target: Path, model: SemanticModel, progress: Progress) -> None:
        from semantic_layer.ingestion.folder import build_from_folder  # noqa: PLC0415  # DuckDB for writing, needed once

        build_from_folder(self.folder / "data", target, model, progress=progress)


def source_of(name: str, people: int) -> DataSource:
    """The data set called `name`, or the folder at that path."""
    if name == "retail":
        return RetailData(people=people)
    if name == "completejourney":
        return CompleteJourneyData()
    if name == "silos":
        return SilosData()
    return FolderData(folder=Path(name).expanduser())
