"""Ask about your customers: `Assistant.demo()`, or `Assistant.open("folder/")` for your own definitions and data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.public import Assistant

__all__ = ["Assistant"]


def __getattr__(name: str) -> object:
    """Wiring everything takes a second, so it waits until the name is used."""
    if name == "Assistant":
        from assistant.public import Assistant  # noqa: PLC0415  # see above

        return Assistant
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")
