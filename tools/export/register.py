"""The register of purposes: why data may leave, who may say so, and how often it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from semantic_layer.errors import Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, Purpose, User
from tools.export.proof import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeUse:
    """One purpose of a policy, or one that was stated and is no longer there (`listed` is false; "" is none stated).

    `roles` may state it, `contact_roles` may take contacts out for it. `exports`, `rows` and `last` are of all exports so far.
    """

    name: str
    label: Text
    description: Text
    channel: str | None
    consent: str | None
    roles: tuple[str, ...]
    contact_roles: tuple[str, ...]
    exports: int
    rows: int
    last: datetime | None
    listed: bool = True


def purpose_register(policy: Policy, proofs: Iterable[Proof]) -> tuple[PurposeUse, ...]:
    """The purposes of the policy in their order, then those that exports stated beside it. `proofs` are of one data set."""
    by_purpose: dict[str, list[Proof]] = {}
    for proof in proofs:
        by_purpose.setdefault(proof.purpose, []).append(proof)
    details = {one.name: one for one in policy.purpose_details}
    listed = [details.get(name, Purpose(name=name, label=Text(name, name))) for name in policy.purposes]
    others = sorted(set(by_purpose) - set(policy.purposes))
    return (
        *(_use(purpose, policy, by_purpose.get(purpose.name, []), listed=True) for purpose in listed),
        *(_use(Purpose(name=name, label=Text(name, name)), policy, by_purpose[name], listed=False) for name in others),
    )


def _use(purpose: Purpose, policy: Policy, proofs: list[Proof], *, listed: bool) -> PurposeUse:
    rights = {role.name: rights_of(User(name="", roles=(role.name,)), policy) for role in policy.roles}
    return PurposeUse(
        name=purpose.name,
        label=purpose.label,
        description=purpose.description,
        channel=purpose.message_channel,
        consent=purpose.consent,
        roles=tuple(name for name, one in rights.items() if listed and one.may_state(purpose.name)),
        contact_roles=tuple(
            name for name, one in rights.items() if listed and one.may_export_contact_for(purpose.name)
        ),
        exports=len(proofs),
        rows=sum(proof.rows for proof in proofs),
        last=max((proof.at for proof in proofs), default=None),
        listed=listed,
    )
