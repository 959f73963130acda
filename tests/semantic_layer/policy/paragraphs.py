"""Reads files of statements: one a paragraph, comments begin with `--`."""

from __future__ import annotations

from pathlib import Path


def paragraphs(name: str) -> list[str]:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("--"))
    return [part.strip() for part in "\n".join(lines).split("\n\n") if part.strip()]
