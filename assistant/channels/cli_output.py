"""What all commands print the same way: JSON for machines, what went wrong, and how far a long piece of work is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

import typer

from semantic_layer.errors import Language, Text


def say_json(data: object) -> None:
    """Print it; what JSON has no form for is printed as text."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def error_as_data(said: Text) -> dict[str, object]:
    """What went wrong, as every command prints it for machines: in both languages."""
    return {"error": said.en, "error_zh": said.zh}


def say_error(said: Text, language: Language, *, as_json: bool, near: Iterable[str] = ()) -> None:
    """Print what went wrong; for people with the nearest valid choices that it does not name itself."""
    if as_json:
        say_json(error_as_data(said))
    else:
        text = said.in_(language)
        typer.echo(" ".join([text, *(name for name in near if name not in text)]))


def show_progress(stage: str, done: int, total: int) -> None:
    """One line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{stage}: {done}/{total}   ")
        sys.stderr.flush()
