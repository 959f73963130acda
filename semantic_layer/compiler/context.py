"""What a compilation needs to know, and what it gives back. No SQL is built here."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.fragments import parse_fragment
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Entity
from semantic_layer.segments import SegmentLookup, SegmentsInMemory
from semantic_layer.table import ResultColumn

TAG_TABLE = "customer_tags"
"""The table that the load writes: the customer's key and one column a tag."""
TAG_HISTORY = "tag_history"
"""One row a customer, tag and stretch of days with one value; written by the load."""
TAG_RUNS = "tag_runs"
"""One row a tag and time of computing it: its definition, data day, and how many customers have it."""

TEXT_QUALITY = "text_quality"
"""One row a text tag, method and label: how well it is found in texts held out in time; written by the load."""

LABELS = "text_labels_"
"""How the names of tables begin that hold labels of texts."""


def labels_table(entity: Entity) -> str:
    """The table of labels of an entity's texts, written by the load: the key of the row, `tag`, `value`, `score` (0..1)."""
    return f"{LABELS}{entity.name}"


class FragmentCache:
    """Parsed fragments of one model. Trees are copied on the way out, so that no user can change them."""

    def __init__(self) -> None:
        self._trees: dict[str, exp.Expr] = {}

    def get(self, sql: str) -> exp.Expr:
        tree = self._trees.get(sql)
        if tree is None:
            tree = self._trees[sql] = parse_fragment(sql)
        return tree.copy()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileContext:
    """Everything that stays the same between questions about one data set.

    `calendar.as_of` is the data's today; `materialised_tags` are the tags (by name) that stand in `customer_tags` as of
    that day.
    """

    index: ModelIndex
    calendar: CompanyCalendar
    segments: SegmentLookup = field(default_factory=SegmentsInMemory)
    materialised_tags: frozenset[str] = frozenset()
    fragments: FragmentCache = field(default_factory=FragmentCache)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A statement as a tree, the columns it gives, the definitions it rests on, and what the person should know.

    `uses` holds names of metrics and qualified names of fields and tags, in order of first use. `computed` are those of
    them that no stored column holds, so that no mask inside a table can hide them; `listed` says, by the name of an output
    column, which field is used for nothing but to be listed there. The last `hidden` outputs have no column: they count
    the people behind each row.
    """

    tree: exp.Select
    columns: tuple[ResultColumn, ...]
    uses: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    computed: tuple[str, ...] = ()
    listed: tuple[tuple[str, str], ...] = ()
    hidden: int = 0
