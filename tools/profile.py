"""What is special about some people: distribution and target group index (TGI) of their tags against a base."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.errors import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """One value of one field. `share` and `base_share` are fractions; `tgi` is 100 * share / base_share."""

    field: str
    field_label: Text
    value_label: Text
    count: int
    share: float
    base_share: float
    tgi: float
    significant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileResult:
    """Rows grouped by field in the order of the model; `findings` are sentences about the most over-indexed values."""

    size: int
    base_size: int
    rows: tuple[ProfileRow, ...]
    findings: tuple[Text, ...]
    against: Text = Text("全部客户", "all customers")
