"""Writes the table of tags into a snapshot. The work is done in `ingestion/tagging/`."""

from semantic_layer.ingestion.tagging.full import materialise_tags as materialise_tags  # noqa: PLC0414  # its public place
from semantic_layer.ingestion.tagging.runs import TagCount as TagCount  # noqa: PLC0414
