"""The register of purposes: who may state each, and how often data left for it."""

from __future__ import annotations

from datetime import UTC, datetime

from semantic_layer.errors import Text
from semantic_layer.policy.types import Policy, Purpose, RolePolicy
from tools.export.proof import Format, Proof, What
from tools.export.register import purpose_register

POLICY = Policy(
    roles=(
        RolePolicy(name="owner", export_contact_for=("recall",)),
        RolePolicy(name="analyst", purposes=("analysis",)),
        RolePolicy(name="reader", export=False),
    ),
    purposes=("recall", "analysis"),
    purpose_details=(
        Purpose(name="recall", label=Text("召回", "recall"), message_channel="sms", consent="sms_consent"),
        Purpose(name="analysis", label=Text("分析", "analysis")),
    ),
)


def proof(number: int, purpose: str, rows: int) -> Proof:
    return Proof(
        id=f"p{number}",
        who="ann",
        at=datetime(2026, 10, number, 8, 0, tzinfo=UTC),
        purpose=purpose,
        what=What.PEOPLE,
        format=Format.CSV,
        file_name=f"{number}.csv",
        data_set="shop",
        plan="{}",
        definitions="d",
        data_date=None,
        rows=rows,
        columns=(),
        masked_columns=(),
        sha256="",
    )


def test_each_purpose_has_its_roles_and_its_exports() -> None:
    recall, analysis = purpose_register(
        POLICY, (proof(2, "recall", 10), proof(5, "recall", 7), proof(3, "analysis", 1))
    )
    assert (recall.roles, recall.contact_roles) == (("owner",), ("owner",))
    assert (recall.channel, recall.consent) == ("sms", "sms_consent")
    assert (recall.exports, recall.rows, recall.last) == (2, 17, datetime(2026, 10, 5, 8, 0, tzinfo=UTC))
    assert (analysis.roles, analysis.contact_roles, analysis.exports) == (("owner", "analyst"), (), 1)


def test_a_purpose_that_is_no_longer_there_and_none_stated_are_listed_after_the_others() -> None:
    found = purpose_register(POLICY, (proof(1, "newsletter", 3), proof(2, "", 4)))
    assert [(one.name, one.listed, one.exports) for one in found] == [
        ("recall", True, 0),
        ("analysis", True, 0),
        ("", False, 1),
        ("newsletter", False, 1),
    ]
    assert found[-1].roles == ()


def test_nothing_left_yet() -> None:
    assert [one.last for one in purpose_register(POLICY, ())] == [None, None]
