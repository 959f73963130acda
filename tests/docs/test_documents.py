"""The documents keep step with the code: links lead somewhere, both languages exist, every setting and command is told."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import typer.main

from assistant.channels.cli import app
from assistant.evaluation.cases import read_cases
from assistant.evaluation.vocabulary import read_paraphrases
from assistant.settings import Settings
from semantic_layer.definitions import load_definitions
from semantic_layer.model.lookup import ModelIndex

ROOT = Path(__file__).resolve().parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGES = (*READMES, *sorted((ROOT / "docs").rglob("*.md")))
FOR_USERS = (
    "how-it-works",
    "connecting-data",
    "data-quality",
    "identity",
    "living-tags",
    "drafting",
    "personal-data",
    "living-segments",
    "models",
    "groups-and-baskets",
    "campaigns",
    "destinations",
    "adding-a-destination",
    "effect",
    "boards",
    "writing-definitions",
    "reviewing-definitions",
    "interchange",
    "settings",
    "command-line",
    "evaluation",
    "language-models",
    "local-model",
    "reviewed-questions",
    "users-and-roles",
    "slack",
    "http-api",
    "mcp",
    "deploying-laptop",
    "deploying-server",
    "deploying-postgresql",
    "observability",
    "operating",
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ((?:`QUNXIANG_\w+`[,、 ]*)+) \| ([^|]*) \|", re.MULTILINE)
PLACE = re.compile(r"`((?:assistant|benchmarks|prompts|semantic_layer|tests|tools)/[\w./-]*)`")
FIGURE = re.compile(r"\d\s*(?:%|ms\b|毫秒|milliseconds)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = [
        t for t in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in t and not t.startswith("mailto:")
    ]
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_place_in_the_house_that_is_named_is_there(page: Path) -> None:
    named_there = PLACE.findall(page.read_text(encoding="utf-8"))
    assert [place for place in named_there if not (ROOT / place).exists()] == []


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


def defaults_told(page: Path) -> dict[str, str]:
    """Every setting in the tables of a page with what stands there as its default."""
    rows = ROW.findall(page.read_text(encoding="utf-8"))
    return {name: told for names, told in rows for name in re.findall(r"QUNXIANG_(\w+)", names)}


def is_default(told: str, default: object) -> bool:
    """Whether a table tells this default: `20` for 20.0, `true` for True, and that there is none."""
    if str(default or "") == "" and not isinstance(default, int | float):
        return told in {"(empty)", "（空）"}
    said = told.strip("`")
    if isinstance(default, bool) or not isinstance(default, int | float):
        return said == (str(default).lower() if isinstance(default, bool) else str(default))
    return float(said) == default


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_setting_is_told(ending: str) -> None:
    told = defaults_told(ROOT / "docs" / f"settings{ending}")
    assert list(told) == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_settings_are_told_with_their_defaults(page: Path) -> None:
    fields = {name.upper(): field for name, field in Settings.model_fields.items()}
    told = defaults_told(page)
    assert {name: said for name, said in told.items() if not is_default(said, fields[name].default)} == {}


@pytest.mark.parametrize(
    ("told", "default", "is_told"),
    [("`20`", 20.0, True), ("`20`", 21.0, False), ("`true`", True, True), ("`0`", 0, True), ("(empty)", 0, False),
     ("（空）", None, True), ("(empty)", "", True), ("`a`", "b", False), ("`1`", True, False)],
)  # fmt: skip
def test_a_default_is_told_when_it_says_the_same(told: str, default: object, *, is_told: bool) -> None:
    try:
        found = is_default(told, default)
    except ValueError:
        found = False
    assert found is is_told


def test_every_setting_is_told_in_the_words_of_the_code() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [field.description for field in Settings.model_fields.values() if str(field.description) not in page] == []


def commands() -> dict[str, dict[str, click.Command]]:
    """Every command of the first level with what it runs: itself, or the commands below it."""
    group = typer.main.get_command(app)
    return {
        name: dict(getattr(command, "commands", {name: command}))
        for name, command in group.commands.items()  # type: ignore[attr-defined]  # typer's own group class, untyped
    }


@pytest.mark.parametrize("ending", [".md", ".zh-CN.md"])
def test_every_command_is_told_with_its_options(ending: str) -> None:
    page = (ROOT / "docs" / f"command-line{ending}").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `qunxiang ([\w-]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(commands())
    for name, below in commands().items():
        for own, command in below.items():
            options = [o for p in command.params for o in p.opts if o.startswith("--") and o != "--help"]
            assert [o for o in options if f"`{o}`" not in sections[name]] == [], own
            assert own == name or f"`{own}`" in sections[name], own


def test_every_command_has_an_example_in_its_help() -> None:
    every = [(own, command) for below in commands().values() for own, command in below.items()]
    assert {"ask", "check", "approve", "gaps"} <= {own for own, _ in every}
    assert [own for own, command in every if "Example:" not in (command.help or "")] == []


def python_of(page: Path) -> str:
    (found,) = [code for language, code in BLOCK.findall(page.read_text(encoding="utf-8")) if language == "python"]
    return str(found)


def test_both_readmes_show_the_same_python() -> None:
    assert python_of(READMES[0]) == python_of(READMES[1])


@pytest.mark.parametrize("page", READMES[:1], ids=named)  # both hold the same
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
def test_the_files_in_the_page_on_evaluation_can_be_read(ending: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / f"evaluation{ending}").read_text(encoding="utf-8")
    cases, paraphrases = [text for language, text in BLOCK.findall(page) if language == "yaml"]
    for name, text in (("cases.yml", cases), ("paraphrases.yml", paraphrases)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    index = ModelIndex(load_definitions(ROOT / "semantic_layer/examples/retail/model")[0])
    assert len(read_cases(tmp_path / "cases.yml")) == 4
    assert len(read_paraphrases(tmp_path / "paraphrases.yml", index)) == 3
