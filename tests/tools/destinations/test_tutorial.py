"""The class of the tutorial keeps to the contract, as it stands in both documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools.destinations.contract import CHECKS, Subject
from tests.tools.destinations.subjects import NOW, phone
from tools.destinations.spec_file import specs_of

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = (DOCS / "adding-a-destination.md", DOCS / "adding-a-destination.zh-CN.md")


def code_of(page: Path) -> str:
    (found,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return found


def test_both_pages_show_the_same_class() -> None:
    assert code_of(PAGES[0]) == code_of(PAGES[1])


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
def test_the_class_keeps_to_the_contract(check, tmp_path: Path) -> None:
    names: dict[str, type] = {}
    exec(compile(code_of(PAGES[0]), str(PAGES[0]), "exec"), names)
    file = tmp_path / "out" / "notes.txt"
    file.parent.mkdir()

    def arrived() -> list[str]:
        return [line.split()[0] for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []

    check(Subject(names["Notes"](file, lambda: NOW), arrived, phone, go_away=file.parent.rmdir))


@pytest.mark.parametrize("page", ["destinations.md", "destinations.zh-CN.md"])
def test_the_settings_in_the_documents_are_valid(page: str) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    specs = specs_of(text)
    assert {spec.kind for spec in specs} == {"file", "email", "webhook", "sms", "wecom", "push", "crm"}
