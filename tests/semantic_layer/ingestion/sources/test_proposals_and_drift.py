"""What is proposed for a column, and what is said when columns are not as they were."""

from __future__ import annotations

import pytest

from semantic_layer.ingestion.sources.drifting import DriftKind, drift
from semantic_layer.ingestion.sources.port import SourceColumn
from semantic_layer.ingestion.sources.proposals import THRESHOLD, propose
from semantic_layer.ingestion.standard.reading import read_standard
from semantic_layer.model.types import ColumnType

STANDARD = read_standard(None)
S, I, D, T = ColumnType.STRING, ColumnType.INTEGER, ColumnType.DATE, ColumnType.TIMESTAMP


def column(name: str, kind: ColumnType = S, *examples: str) -> SourceColumn:
    return SourceColumn(name=name, type=kind, examples=examples)


@pytest.mark.parametrize(
    ("name", "kind", "examples", "field"),
    [
        ("手机", I, ("13812345678", "13912345678"), "phone"),
        ("MOBILE_NO", I, ("13812345678",), "phone"),
        ("收货人手机号", I, ("13812345678",), "receiver_phone"),
        ("VIP手机号", I, ("13812345678",), "phone"),
        ("联系方式 / 手机号码", S, ("138 1234 5678",), "phone"),
        ("buyer.phone", S, ("13812345678",), "phone"),
        ("c7", I, ("13812345678", "13912345678"), "phone"),
        ("contact", S, ("a@b.cn", "Ann@Example.com"), "email"),
        ("E-mail", S, ("a@b.cn",), "email"),
        ("cust_nm", S, ("张三",), "name"),
        ("姓名", S, ("张三", "李四"), "name"),
        ("会员编号", S, ("M00012345",), "member_no"),
    ],
)
def test_a_column_is_known_by_its_name_or_its_values(
    name: str, kind: ColumnType, examples: tuple[str, ...], field: str
) -> None:
    (found,) = propose([column(name, kind, *examples)], STANDARD)
    assert found.field == field
    assert THRESHOLD <= found.score <= 1
    assert found.why.zh
    assert found.why.en


@pytest.mark.parametrize(
    ("name", "kind", "examples"),
    [("备忘", S, ("已回访", "x")), ("q", I, ("1", "2")), ("xyz", S, ()), ("手机", D, ("2024-01-05",))],
)
def test_nothing_is_proposed_for_what_is_not_known(name: str, kind: ColumnType, examples: tuple[str, ...]) -> None:
    assert [found for found in propose([column(name, kind, *examples)], STANDARD) if found.score > 0.6] == []


def test_no_field_is_proposed_twice() -> None:
    found = propose(
        [column("手机号", I, "13812345678"), column("mobile", I, "13912345678"), column("phone", S)], STANDARD
    )
    assert len({each.field for each in found}) == len(found)
    assert next(each.column for each in found if each.field == "phone") == "手机号"


def test_exact_names_are_sure_and_wrong_values_lower_it() -> None:
    (sure,) = propose([column("手机", I, "13812345678")], STANDARD)
    (doubtful,) = propose([column("手机", S, "iPhone 15", "Mate 60")], STANDARD)
    assert sure.score == 1.0
    assert doubtful.score < 0.8
    assert "do not have its format" in doubtful.why.en


KNOWN = (
    column("id", I, "1", "2"),
    column("手机号", I, "13812345678", "13912345678"),
    column("城市", S, "上海", "北京"),
    column("日期", D, "2024-01-05"),
)


def kinds(*now: SourceColumn) -> list[tuple[DriftKind, str, str]]:
    return [(each.kind, each.column, each.now_called) for each in drift(KNOWN, now)]


def test_the_same_columns_in_another_order_are_no_drift() -> None:
    assert kinds(*reversed(KNOWN)) == []


def test_columns_that_come_and_go() -> None:
    found = drift(KNOWN, (*KNOWN[:3], column("备注", S, "已回访")))
    assert [(each.kind, each.column) for each in found] == [(DriftKind.MISSING, "日期"), (DriftKind.ADDED, "备注")]
    assert "日期" in found[0].why.zh
    assert found[1].examples == ("已回访",)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (column("mobile", I, "13812345678", "13712345678"), "some values are the same"),
        (column("mobile", I, "13512345678"), "the values look alike"),
        (column("手机号码", I), "the names are close"),
    ],
)
def test_a_new_name_is_suggested_and_never_taken_for_granted(new: SourceColumn, reason: str) -> None:
    found = drift(KNOWN, (KNOWN[0], new, *KNOWN[2:]))
    assert [(each.kind, each.column, each.now_called) for each in found] == [
        (DriftKind.RENAMED, "手机号", new.name),
        (DriftKind.ADDED, new.name, ""),
    ]
    assert reason in found[0].why.en
    assert "same place" in found[0].why.en
    assert "请确认" in found[0].why.zh


def test_the_same_place_alone_is_no_rename() -> None:
    assert kinds(*KNOWN[:2], column("备注", S, "已回访"), KNOWN[3]) == [
        (DriftKind.MISSING, "城市", ""),
        (DriftKind.ADDED, "备注", ""),
    ]
    assert kinds(KNOWN[0], column("手机号码", D, "2024-01-05"), *KNOWN[2:])[0][0] is DriftKind.MISSING


def test_another_type_is_told_with_examples() -> None:
    (found,) = drift(KNOWN, (KNOWN[0], column("手机号", S, "138****5678", "x"), *KNOWN[2:]))
    assert (found.kind, found.was_type, found.now_type) == (DriftKind.RETYPED, "integer", "string")
    assert "138****5678" in found.why.zh


def test_a_type_without_values_or_only_wider_is_no_drift() -> None:
    now = (
        column("id", ColumnType.DECIMAL, "1.5"),
        column("手机号", S),
        KNOWN[2],
        column("日期", T, "2024-01-05 10:00"),
    )
    assert kinds(*now) == []
