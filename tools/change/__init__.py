"""Why a metric changed: the few parts that explain most of it, told apart from chance."""

from tools.change.search import Search
from tools.change.types import Change, ChangeLayer, Part, Structure

__all__ = ["Change", "ChangeLayer", "Part", "Search", "Structure"]
