"""What all commands print the same way: JSON for machines, and how far a long piece of work is."""

from __future__ import annotations

import json
import sys

import typer


def say_json(data: object) -> None:
    """Print it; what JSON has no form for is printed as text."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def show_progress(stage: str, done: int, total: int) -> None:
    """One line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{stage}: {done}/{total}   ")
        sys.stderr.flush()
