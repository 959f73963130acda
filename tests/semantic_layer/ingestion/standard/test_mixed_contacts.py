"""One column in which people write a phone, an e-mail or the number of their card."""

from __future__ import annotations

from datetime import date

import pytest

from semantic_layer.ingestion.standard.reading import read_standard
from semantic_layer.ingestion.standard.step import Reading, StepContext
from semantic_layer.ingestion.standard.steps import all_steps, chain_of

STEPS = ("trim", "width", "blank", "contact")


def read(field: str, value: str) -> Reading:
    found = read_standard(None).field(field)
    assert found is not None
    return chain_of(STEPS, StepContext(field=found, as_of=date(2026, 11, 1)), all_steps()).read(value)


@pytest.mark.parametrize(
    ("field", "cell", "value", "others"),
    [
        ("member_no", "M00000012", "M00000012", ()),
        ("member_no", " +86 139-1234-5678 ", None, (("phone", "13912345678"),)),
        ("member_no", "Ann@Example.com", None, (("email", "ann@example.com"),)),
        ("phone", "13912345678", "13912345678", ()),
        ("phone", "ann@example.com", None, (("email", "ann@example.com"),)),
        ("email", "ann@example.com", "ann@example.com", ()),
        ("email", "13912345678", None, (("phone", "13912345678"),)),
        ("phone", "  ", None, ()),
    ],
)
def test_each_goes_to_its_own_field(field: str, cell: str, value: str | None, others: tuple) -> None:
    found = read(field, cell)
    assert (found.value, found.others, found.refusal) == (value, others, None)


@pytest.mark.parametrize(
    ("field", "cell"), [("phone", "老客户"), ("phone", "a@a"), ("member_no", "a@a"), ("email", "12")]
)
def test_what_is_neither_is_told(field: str, cell: str) -> None:
    found = read(field, cell)
    assert found.value is None
    assert found.refusal is not None
