"""What roles may see, in words, over the policy of the demo company and one made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.channels.role_cards import RoleCard, RoleFiles, RowLimit, role_cards
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter

RETAIL = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"


@pytest.fixture(scope="module")
def retail() -> tuple[ModelIndex, Policy]:
    model, policy = load_definitions(RETAIL)
    return ModelIndex(model), policy


def cards(retail: tuple[ModelIndex, Policy], *roles: RolePolicy) -> dict[str, RoleCard]:
    index, policy = retail
    return {card.name: card for card in role_cards(replace(policy, roles=roles) if roles else policy, index)}


def test_a_role_of_one_region_is_said_with_the_names_that_people_know(retail: tuple[ModelIndex, Policy]) -> None:
    east = cards(retail)["region_east"]
    assert east.label == Text("华东区域经理", "East China manager")
    assert east.rows == (
        RowLimit(
            entity=Text("客户", "customer"),
            words=Text("大区 = 华东", "region = 华东"),
            where="city.region = '华东'",
        ),
    )
    assert not east.export
    assert not east.small_groups


def test_masked_are_the_columns_whose_sensitivity_is_not_seen(retail: tuple[ModelIndex, Policy]) -> None:
    found = cards(retail)
    contacts = {"手机号", "邮箱", "地址"}
    assert found["admin"].masked == ()
    assert {one.zh for one in found["service_agent"].masked} == contacts
    assert {one.zh for one in found["analyst"].masked} >= contacts | {"姓名", "生日"}
    assert found["auditor"].masked == ()  # it reads no entity that has one


def test_names_in_quotes_are_values_and_unknown_names_stay(retail: tuple[ModelIndex, Policy]) -> None:
    role = RolePolicy(
        name="odd", row_filters=(RowFilter(entity="customer", where="city.region IN ('a.b', 'O''Neill') AND lower(x) = 1"),)
    )  # fmt: skip
    (row,) = cards(retail, role)["odd"].rows
    assert row.words.en == "region IN (a.b, O'Neill) AND lower(x) = 1"


def test_what_a_role_may_not_use_and_state_is_named(retail: tuple[ModelIndex, Policy]) -> None:
    role = RolePolicy(
        name="thin", hidden=("customer.phone", "customer.secret_column"), purposes=("analysis",),
        export_contact_for=("sms_marketing",), review=True,
    )  # fmt: skip
    card = cards(retail, role)["thin"]
    assert [one.zh for one in card.hidden] == ["手机号", "customer.secret_column"]
    assert card.purposes == (Text("内部分析", "internal analysis"),)
    assert card.contacts_for == (Text("短信营销", "SMS marketing"),)
    assert card.review
    assert card.label == Text("thin", "thin")


def test_contacts_never_leave_with_a_role_that_may_not_export(retail: tuple[ModelIndex, Policy]) -> None:
    role = RolePolicy(name="none", export=False, export_contact_for=("sms_marketing",))
    assert cards(retail, role)["none"].contacts_for == ()


def test_roles_are_read_from_the_files_once_and_faulty_files_have_none(tmp_path: Path) -> None:
    asked: list[str] = []

    def folder(name: str) -> Path:
        asked.append(name)
        return RETAIL if name == "retail" else tmp_path

    files = RoleFiles(folder)
    assert {card.name for card in files("retail")} >= {"admin", "analyst", "region_east"}
    assert files("retail") is files("retail")
    assert files("broken") == ()
    assert asked == ["retail", "broken"]
