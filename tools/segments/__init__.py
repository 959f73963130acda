"""Saved segments: named, versioned audiences and lists of people, who is in them when and why, and set operations on them."""

from tools.segments.algebra import SetOperation, combine, names_in, segments_in
from tools.segments.causes import CorrectedKeys, Corrections, NoCorrections
from tools.segments.listing import Into
from tools.segments.living import Due, LivingSegments, LivingState
from tools.segments.membership import Cause, MembershipInMemory, MembershipStore
from tools.segments.membership_store import SqlMembershipStore
from tools.segments.rights import who_of
from tools.segments.saved import SavedSegments
from tools.segments.store import SqlSegmentStore
from tools.segments.types import (
    Arrangement,
    Change,
    ChangedMeanwhileError,
    NameTakenError,
    NotTheirsError,
    Rhythm,
    Segment,
    SegmentsOfMemory,
    SegmentStore,
    Who,
)

__all__ = [
    "Arrangement",
    "Cause",
    "Change",
    "ChangedMeanwhileError",
    "CorrectedKeys",
    "Corrections",
    "Due",
    "Into",
    "LivingSegments",
    "LivingState",
    "MembershipInMemory",
    "MembershipStore",
    "NameTakenError",
    "NoCorrections",
    "NotTheirsError",
    "Rhythm",
    "SavedSegments",
    "Segment",
    "SegmentStore",
    "SegmentsOfMemory",
    "SetOperation",
    "SqlMembershipStore",
    "SqlSegmentStore",
    "Who",
    "combine",
    "names_in",
    "segments_in",
    "who_of",
]
