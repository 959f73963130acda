"""Whether the data that an answer rests on should be newer than it is."""

from __future__ import annotations

from assistant.resources import Resources
from semantic_layer.engines.version import Versioned, failure_note
from semantic_layer.errors import Text, UserError


def freshness_remarks(resources: Resources) -> tuple[Text, ...]:
    """That the last attempt to renew the data failed, and why; nothing when it did not."""
    engine = resources.layer.engine
    if not isinstance(engine, Versioned):
        return ()
    try:
        version = engine.version()
    except UserError:  # the version that is open can be read all the same
        return ()
    note = failure_note(version, resources.index.model.conventions.time_zone) if version is not None else None
    return (note,) if note is not None else ()
