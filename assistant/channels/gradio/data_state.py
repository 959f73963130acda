"""What is open on the Data page. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from assistant.stewardship.sources import DraftReply, Inspection, MappingProposal, Reading

DataTab = Literal["sources", "book", "draft"]
DATA_TABS: tuple[DataTab, ...] = ("sources", "book", "draft")
SourcePart = Literal["quality", "quarantine", "loads"]
SOURCE_PARTS: tuple[SourcePart, ...] = ("quality", "quarantine", "loads")
Step = Literal["choose", "found", "map"]
STEPS: tuple[Step, ...] = ("choose", "found", "map")


@dataclass(slots=True, kw_only=True)
class Connecting:
    """A source on its way in. `mapping` is what was chosen: field by column, empty for a column that is not used."""

    step: Step = "choose"
    reading: Reading = field(default_factory=lambda: Reading(address=""))
    found: Inspection | None = None
    proposals: tuple[MappingProposal, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    name: str = ""
    key: str = ""
    fault: str = ""
    busy: bool = False  # an address is being looked at


@dataclass(slots=True, kw_only=True)
class DataView:
    """The open tab, and what is open inside it. `fault` stands beside `fault_at`: the row or form that it is about."""

    tab: DataTab = "sources"
    connecting: Connecting | None = None
    source: str = ""
    part: SourcePart = "quality"
    offset: int = 0
    rule: str = ""
    search: str = ""
    renaming: str = ""  # the row of the draft whose name is being typed
    reply: DraftReply | None = None
    fault: str = ""
    fault_at: str = ""
