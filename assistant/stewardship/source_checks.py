"""Whether each declared source is there and has the columns that are used, without loading it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.stewardship.data_house import DataHouse
from semantic_layer.errors import Text, UserError
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One source. `parts` and `columns` are what is there; `missing` are columns that are used and are not. `problem` says why it
    cannot be read.
    """

    name: str
    label: Text
    parts: int = 0
    columns: int = 0
    missing: tuple[str, ...] = ()
    problem: Text | None = None
    sent: bool = False  # a source of events: nothing is fetched

    @property
    def is_well(self) -> bool:
        return self.problem is None and not self.missing


def check_sources(house: DataHouse, only: Sequence[str] = ()) -> Iterator[Checked]:
    """Look at each source in turn; at those named in `only`, when any are. Raises `UnknownNameError` for one that is not there."""
    specs = tuple(house.spec(name) for name in only) or house.blueprint().specs
    return (_checked(spec, house) for spec in specs)


def _checked(spec: SourceSpec, house: DataHouse) -> Checked:
    if spec.kind is SourceKind.EVENTS:
        return Checked(name=spec.name, label=spec.label, sent=True)
    try:
        source = open_source(spec, house.folder, variables=house.around.variables)
        parts = source.parts()
        found = [column.name for column in source.columns(parts[-1])] if parts else []
    except UserError as error:
        return Checked(name=spec.name, label=spec.label, problem=error.message)
    missing = tuple(each.column for each in spec.columns if not {each.column, *each.names} & set(found))
    return Checked(name=spec.name, label=spec.label, parts=len(parts), columns=len(found), missing=missing)
