"""Saved segments: named, versioned audiences, and set operations on them."""

from tools.segments.algebra import SetOperation, combine, segments_in
from tools.segments.saved import SavedSegments
from tools.segments.store import SqlSegmentStore
from tools.segments.types import Change, ChangedMeanwhileError, NameTakenError, Segment, SegmentsOfMemory, SegmentStore

__all__ = [
    "Change",
    "ChangedMeanwhileError",
    "NameTakenError",
    "SavedSegments",
    "Segment",
    "SegmentStore",
    "SegmentsOfMemory",
    "SetOperation",
    "SqlSegmentStore",
    "combine",
    "segments_in",
]
