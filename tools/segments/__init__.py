"""Saved segments: named, versioned audiences, and set operations on them."""

from tools.segments.algebra import SetOperation, combine, names_in, segments_in
from tools.segments.rights import who_of
from tools.segments.saved import SavedSegments
from tools.segments.store import SqlSegmentStore
from tools.segments.types import (
    Change,
    ChangedMeanwhileError,
    NameTakenError,
    NotTheirsError,
    Segment,
    SegmentsOfMemory,
    SegmentStore,
    Who,
)

__all__ = [
    "Change",
    "ChangedMeanwhileError",
    "NameTakenError",
    "NotTheirsError",
    "SavedSegments",
    "Segment",
    "SegmentStore",
    "SegmentsOfMemory",
    "SetOperation",
    "SqlSegmentStore",
    "Who",
    "combine",
    "names_in",
    "segments_in",
    "who_of",
]
