"""What was read from texts is protected like the texts: by entity, row filter, hidden field and the tag's sensitivity."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.model.types import ColumnType, Sensitivity, TagKind, TextBody, TextLabel, Value
from semantic_layer.policy.authorise import authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from tests.semantic_layer.compiler import tiny

LABELS = tuple(TextLabel(value=Value(value=word, label=Text(word, word)), words=(word,)) for word in ("web", "shop"))
BODY = TextBody(text="purchase.channel", window="", labels=LABELS)
MODEL = replace(
    tiny.MODEL,
    tags=(
        tiny.tag("place", TagKind.TEXT, BODY, type=ColumnType.STRING),
        tiny.tag("secret", TagKind.TEXT, BODY, type=ColumnType.STRING, sensitivity=Sensitivity.CONTACT),
    ),
)
CATALOG = Catalog.from_model(MODEL)
POLICY = Policy(
    roles=(
        RolePolicy(name="all"),
        RolePolicy(name="goods", entities=("good",)),
        RolePolicy(name="east", row_filters=(RowFilter(entity="member", where="town = 'Shanghai'"),)),
        RolePolicy(name="no_text", hidden=("purchase.channel",)),
    )
)
LABELLED = "SELECT purchase_id, tag, value FROM text_labels_purchase ORDER BY ALL"


def rows(statement: str, role: str) -> list[tuple[object, ...]]:
    allowed = authorise(parse_statement(statement), User(name="u", roles=(role,)), CATALOG, POLICY)
    with duckdb.connect(":memory:") as connection:
        connection.execute(tiny.TABLES)
        connection.execute(
            "CREATE TABLE text_labels_purchase AS SELECT * FROM (VALUES (1, 'place', 'web', 1.0), (4, 'place', 'web', 1.0), "
            "(1, 'secret', 'web', 1.0), (1, 'gone', 'x', 1.0)) AS t(purchase_id, tag, value, score)"
        )
        connection.execute(
            "CREATE TABLE text_quality AS SELECT 'place' AS tag, 'web' AS value, 'dictionary' AS method, 1 AS held_out, "
            "1 AS given, 1 AS correct, 1 AS truly, 1.0 AS precision, 0.2 AS low, 1.0 AS high, 1.0 AS recall, 0.8 AS bar, "
            "TRUE AS published"
        )
        return list(connection.execute(allowed.text).fetchall())


def test_only_labels_of_tags_that_may_be_seen() -> None:
    assert rows(LABELLED, "all") == [(1, "place", "web"), (4, "place", "web")]


def test_labels_follow_the_rows_of_the_texts() -> None:
    """Purchase 1 is of a member in Shanghai, 4 of one in Beijing."""
    assert rows(LABELLED, "east") == [(1, "place", "web")]


def test_figures_of_all_texts_are_not_for_those_who_see_some() -> None:
    assert rows("SELECT value FROM text_quality", "all") == [("web",)]
    assert rows("SELECT value FROM text_quality", "east") == []


def test_who_may_not_read_the_texts_may_not_read_the_labels() -> None:
    with pytest.raises(NotAllowedError):
        rows(LABELLED, "goods")


def test_a_hidden_text_hides_its_labels() -> None:
    assert rows(LABELLED, "no_text") == []
