"""Whatever a file holds, the loader answers with definitions or with a list of faults, and with nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DefinitionError
from tests.semantic_layer.model.small_model import COMPANY, ENTITIES, METRICS, POLICY, TAGS, write_model

FILES = {"entities": ENTITIES, "metrics": METRICS, "tags": TAGS, "company": COMPANY, "policies": POLICY}
ODD = ("", "~", "[]", "{}", "5", "[[1]]", "{a: {b: 1}}", "2026-02-31", "''")


def is_answered(folder: Path) -> bool:
    try:
        load_definitions(folder)
    except DefinitionError as error:
        return all(issue.file and issue.line > 0 and issue.message and issue.remedy for issue in error.issues)
    return True


@pytest.mark.parametrize("file", FILES)
def test_any_value_may_be_odd(file: str, tmp_path: Path) -> None:
    lines = FILES[file].splitlines()
    for number, line in enumerate(lines):
        match = re.match(r"^([\s-]*\w+:)", line)
        if match is None:
            continue
        odd = ODD[number % len(ODD)]
        text = "\n".join([*lines[:number], f"{match[1]} {odd}", *lines[number + 1 :]])
        assert is_answered(write_model(tmp_path, **{file: text})), f"line {number + 1}: {odd}"


@pytest.mark.parametrize("file", FILES)
def test_any_line_may_be_missing(file: str, tmp_path: Path) -> None:
    lines = FILES[file].splitlines()
    for number in range(len(lines)):
        text = "\n".join([*lines[:number], *lines[number + 1 :]])
        assert is_answered(write_model(tmp_path, **{file: text})), f"line {number + 1}"
