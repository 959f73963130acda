"""Which tags are due when, against moments worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.runs import TagRun
from semantic_layer.ingestion.tagging.schedule import in_order, plan_refresh
from semantic_layer.model.types import SemanticModel
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import at

NOW = datetime(2026, 11, 4, 3, 30, tzinfo=UTC)  # Wednesday, 11:30 in Shanghai


def model(refresh: str, week_start: str = "monday") -> SemanticModel:
    tags = tuple(tiny.replace(tag, refresh=refresh) for tag in tiny.TAGS)
    return tiny.replace(tiny.MODEL, tags=tags, conventions=tiny.Conventions(week_start=week_start))  # type: ignore[arg-type]


def ran(at: datetime, state: str = "done") -> dict[str, TagRun]:
    return {
        tag.name: TagRun(
            tag=tag.name, definition="v", data_date=date(2026, 11, 1), computed_at=at, customers=1, known=1, state=state
        )
        for tag in tiny.TAGS
    }


@pytest.mark.parametrize(
    ("refresh", "last", "due"),
    [
        ("hourly", at(2026, 11, 4, 3, 1), False),
        ("hourly", at(2026, 11, 4, 2, 59), True),
        ("daily", at(2026, 11, 3, 16, 1), False),  # 00:01 on the 4th in Shanghai
        ("daily", at(2026, 11, 3, 15, 59), True),  # 23:59 on the 3rd
        ("on arrival", at(2026, 11, 3, 15, 59), True),
        ("weekly", at(2026, 11, 1, 16, 0), False),  # Monday 00:00
        ("weekly", at(2026, 11, 1, 15, 59), True),
        ("monthly", at(2026, 10, 31, 16, 0), False),  # 1 November 00:00
        ("monthly", at(2026, 10, 31, 15, 59), True),
        ("manual", at(2020, 1, 1), False),
    ],
)
def test_a_tag_is_due_when_its_period_has_begun_anew(refresh: str, last: datetime, due: bool) -> None:
    found = plan_refresh(model(refresh), NOW, ran(last))
    assert [one.tag for one in found] == ([tag.name for tag in tiny.TAGS] if due else [])


def test_a_week_may_begin_on_sunday() -> None:
    monday, sunday = model("weekly"), model("weekly", "sunday")
    noon = at(2026, 11, 1, 3, 0)  # Sunday 11:00
    assert plan_refresh(monday, NOW, ran(noon))
    assert not plan_refresh(sunday, NOW, ran(noon))


def test_what_never_ran_failed_or_was_edited_is_due_whatever_its_rhythm() -> None:
    manual = model("manual")
    assert {one.why.en for one in plan_refresh(manual, NOW, {})} == {"never computed"}
    assert {one.why.zh for one in plan_refresh(manual, NOW, ran(at(2026, 11, 4), "failed"))} == {"上次没有算成"}
    runs = ran(at(2026, 11, 4))
    versions = {tag.name: "w" if tag.name == "stage" else "v" for tag in tiny.TAGS}
    assert [one.tag for one in plan_refresh(manual, NOW, runs, versions=versions)] == ["stage"]


def test_tags_come_in_the_order_of_the_definitions() -> None:
    assert [tag.name for tag in in_order(tiny.MODEL)] == ["birth_month", "stage", "big_spender", "favourite_kind"]


def test_the_version_of_a_definition_is_what_it_means() -> None:
    before = TagBook(tiny.MODEL).versions
    sales = next(one for one in tiny.METRICS if one.name == "sales")
    renamed = tiny.replace(sales, words=tiny.words("turnover"))
    others = tuple(one for one in tiny.METRICS if one.name != "sales")
    assert TagBook(tiny.replace(tiny.MODEL, metrics=(*others, renamed))).versions == before
    (first, *rest) = sales.body.measures  # type: ignore[union-attr]
    narrower = tiny.replace(sales, body=tiny.replace(sales.body, measures=(tiny.replace(first, where="coupon"), *rest)))
    after = TagBook(tiny.replace(tiny.MODEL, metrics=(*others, narrower))).versions
    assert {name for name in before if before[name] != after[name]} == {"big_spender"}  # lines say the other's sales


def test_tags_with_windows_change_with_the_day() -> None:
    assert TagBook(tiny.MODEL).dated == {"stage", "big_spender", "favourite_kind"}
