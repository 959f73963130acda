"""The documents keep step with the code: links lead somewhere, both languages exist, every setting and command is told."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import typer.main

from assistant.channels.cli import app
from assistant.evaluation.cases import read_cases
from assistant.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGES = (*READMES, *sorted((ROOT / "docs").rglob("*.md")))
FOR_USERS = (
    "how-it-works",
    "writing-definitions",
    "reviewing-definitions",
    "interchange",
    "settings",
    "command-line",
    "evaluation",
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"\d\s*(?:%|ms\b|毫秒|milliseconds)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = [
        t for t in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in t and not t.startswith("mailto:")
    ]
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("name", FOR_USERS)
def test_pages_for_users_are_there_in_both_languages_and_point_at_each_other(name: str) -> None:
    english, chinese = ROOT / "docs" / f"{name}.md", ROOT / "docs" / f"{name}.zh-CN.md"
    assert chinese.name in english.read_text(encoding="utf-8")
    assert english.name in chinese.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FOR_USERS)
def test_both_languages_have_the_same_sections_and_rows(name: str) -> None:
    english, chinese = (
        (ROOT / "docs" / f"{name}{ending}").read_text(encoding="utf-8") for ending in (".md", ".zh-CN.md")
    )
    for mark in ("\n## ", "\n| "):
        assert english.count(mark) == chinese.count(mark), mark


@pytest.mark.parametrize("page", READMES, ids=named)
def test_no_measured_figure_stands_in_the_readme(page: Path) -> None:
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    assert FIGURE.findall(prose) == []


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_setting_is_told_with_its_default(ending: str) -> None:
    page = (ROOT / "docs" / f"settings{ending}").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(QUNXIANG_\w+)` \| ([^|]*) \|", page, re.MULTILINE))
    assert set(told) == {f"QUNXIANG_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = str(field.default)
        assert told[f"QUNXIANG_{name.upper()}"] in ({f"`{default}`"} if default else {"(empty)", "（空）"})


def test_every_setting_is_told_in_the_words_of_the_code() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [field.description for field in Settings.model_fields.values() if str(field.description) not in page] == []


def commands() -> dict[str, click.Command]:
    group = typer.main.get_command(app)
    return dict(group.commands)  # type: ignore[attr-defined]  # typer's own group class, untyped


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_command_is_told_with_its_options(ending: str) -> None:
    page = (ROOT / "docs" / f"command-line{ending}").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `qunxiang ([\w-]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(commands())
    for name, command in commands().items():
        options = [o for p in command.params for o in p.opts if o.startswith("--") and o != "--help"]
        assert [o for o in options if f"`{o}`" not in sections[name]] == [], name


def test_every_command_has_an_example_in_its_help() -> None:
    assert [name for name, command in commands().items() if "Example:" not in (command.help or "")] == []


def python_of(page: Path) -> str:
    (found,) = [code for language, code in BLOCK.findall(page.read_text(encoding="utf-8")) if language == "python"]
    return str(found)


def test_both_readmes_show_the_same_python() -> None:
    assert python_of(READMES[0]) == python_of(READMES[1])


@pytest.mark.parametrize("page", READMES, ids=named)
def test_the_python_of_the_readme_runs(
    page: Path,
    retail_snapshot: Path,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert retail_snapshot.exists()
    monkeypatch.setenv("QUNXIANG_HOME", str(settings.home))
    monkeypatch.setenv("QUNXIANG_STATE_URL", f"sqlite:///{tmp_path / 'state.sqlite'}")
    monkeypatch.chdir(tmp_path)
    exec(compile(python_of(page), str(page), "exec"), {})
    printed = capsys.readouterr().out
    assert "SELECT" in printed
    assert (tmp_path / "levels.png").read_bytes().startswith(b"\x89PNG")
    assert len((tmp_path / "list.csv").read_text(encoding="utf-8-sig").splitlines()) > 1


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_the_cases_in_the_page_on_evaluation_can_be_read(ending: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / f"evaluation{ending}").read_text(encoding="utf-8")
    (example,) = [text for language, text in BLOCK.findall(page) if language == "yaml"]
    file = tmp_path / "cases.yml"
    file.write_text(example, encoding="utf-8")
    assert len(read_cases(file)) == 4
