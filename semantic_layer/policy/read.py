"""`policies.yml`: roles, purposes and limits. Says what is allowed; enforcing it is the rest of this package's work."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.errors import Issue
from semantic_layer.model.load import POLICY_FILE, read_text
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.section import Section
from semantic_layer.model.source import parse_yaml
from semantic_layer.model.types import ColumnType, SemanticModel
from semantic_layer.policy.hidden import Resting
from semantic_layer.policy.types import Limits, Policy, Purpose, RoleMeaning, RolePolicy, RowFilter


def read_policy_file(folder: Path, model: SemanticModel) -> tuple[Policy, tuple[Issue, ...]]:
    """The policy with the faults found in it; names are checked against `model`.

    Without the file there are no roles, so that nobody may read anything.
    """
    path = folder / POLICY_FILE
    if not path.exists():
        return Policy(roles=()), ()
    issues: list[Issue] = []
    parsed = parse_yaml(read_text(path), path.name)
    issues.extend(parsed.issues)
    if parsed.root is None:
        return Policy(roles=()), tuple(issues)
    return read_policy(Section(parsed.root, "", issues), model), tuple(issues)


def read_policy(section: Section, model: SemanticModel) -> Policy:
    purposes = tuple(_purpose(item, model) for item in section.sections("purposes"))
    names = [purpose.name for purpose in purposes]
    roles = section.sections("roles", required=True)
    resting = Resting(model)
    policy = Policy(
        roles=tuple(_role(item, model, names, resting) for item in roles),
        purposes=tuple(names),
        limits=_limits(section),
        purpose_details=purposes,
    )
    seen: set[str] = set()
    for item, role in zip(roles, policy.roles, strict=True):
        if role.name in seen:
            item.report("name", f"The role {role.name!r} is defined twice.", "Rename or remove one of the two.")
        seen.add(role.name)
    section.finish()
    return policy


def _purpose(section: Section, model: SemanticModel) -> Purpose:
    words = section.words()
    purpose = Purpose(
        name=section.text_of("name", required=True),
        label=words.label,
        synonyms=words.synonyms,
        description=words.description,
        message_channel=section.text_of("message_channel") or None,
        consent=section.text_of("consent") or None,
    )
    flags = [tag.qualified for tag in model.tags if tag.type is ColumnType.BOOLEAN]
    if purpose.consent is not None and purpose.consent not in flags:
        remedy = did_you_mean(purpose.consent, flags, allowed="yes-or-no tags")
        section.report(
            "consent", f"{purpose.consent!r} is not a yes-or-no tag.", f"Name the tag of those who agreed. {remedy}"
        )
    section.finish()
    return purpose


def _role(section: Section, model: SemanticModel, purposes: list[str], resting: Resting) -> RolePolicy:
    entities = [entity.name for entity in model.entities]
    words = section.words()
    listed = section.texts("entities")
    stated = section.texts("purposes")
    role = RolePolicy(
        name=section.text_of("name", required=True),
        meaning=RoleMeaning(label=words.label, description=words.description),
        entities="all" if listed in {(), ("all",)} else listed,
        row_filters=tuple(_row_filter(item, entities) for item in section.sections("row_filters")),
        hidden=section.texts("hidden"),
        see_personal=section.flag("see_personal", default=False),
        see_contact=section.flag("see_contact", default=False),
        export_contact_for=section.texts("export_contact_for"),
        export=section.flag("export", default=True),
        purposes=stated if section.has("purposes") and stated != ("all",) else "all",
        see_small_groups=section.flag("see_small_groups", default=True),
        review=section.flag("review", default=False),
        manage_segments=section.flag("manage_segments", default=False),
        define=section.flag("define", default=False),
        manage_data=section.flag("manage_data", default=False),
        manage_people=section.flag("manage_people", default=False),
        write_events=section.flag("write_events", default=False),
        send=section.flag("send", default=False),
        approve=section.flag("approve", default=False),
        manage_models=section.flag("manage_models", default=False),
    )
    if not listed:
        remedy = "Write entities: all, or a list of entities, e.g. [product, store]; [none] is not needed."
        section.report("entities", "It must be said which entities the role may read.", remedy)
    for name in listed if role.entities != "all" else ():
        if name not in entities:
            section.report(
                "entities", f"There is no entity {name!r}.", did_you_mean(name, entities, allowed="entities")
            )
    _check_purposes(section, role, purposes)
    _check_hidden(section, role, resting)
    section.finish()
    return role


def _check_purposes(section: Section, role: RolePolicy, purposes: list[str]) -> None:
    own = () if role.purposes == "all" else role.purposes
    for key, names in (("export_contact_for", role.export_contact_for), ("purposes", own)):
        for name in names:
            if name not in purposes:
                remedy = did_you_mean(name, purposes, allowed="purposes")
                section.report(key, f"There is no purpose {name!r}.", remedy)
    for name in role.export_contact_for:
        if own and name in purposes and name not in own:
            message = f"The role may not state the purpose {name!r}, so no contact data can leave for it."
            section.report("export_contact_for", message, f"Add {name!r} to `purposes`, or leave it out here.")


def _check_hidden(section: Section, role: RolePolicy, resting: Resting) -> None:
    known = resting.named() if role.hidden else ()
    for name in role.hidden:
        if name not in known:
            remedy = did_you_mean(name, known, allowed="fields, columns and metrics")
            section.report("hidden", f"There is no field, column or metric {name!r}.", remedy)
        elif resting.is_key(name):
            remedy = "Hide other fields, or leave the entity out of `entities`."
            section.report("hidden", f"{name!r} is a key that rows are joined by; it cannot be hidden.", remedy)


def _row_filter(section: Section, entities: list[str]) -> RowFilter:
    found = RowFilter(entity=section.text_of("entity", required=True), where=section.text_of("where", required=True))
    if found.entity and found.entity not in entities:
        remedy = did_you_mean(found.entity, entities, allowed="entities")
        section.report("entity", f"There is no entity {found.entity!r}.", remedy)
    section.finish()
    return found


def _limits(section: Section) -> Limits:
    basis = Limits()
    inner = section.section("limits")
    if inner is None:
        return basis
    limits = Limits(
        seconds=inner.number("seconds", default=basis.seconds) or basis.seconds,
        rows=inner.whole("rows", default=basis.rows),
        memory_mb=inner.whole("memory_mb", default=basis.memory_mb),
        threads=inner.whole("threads", default=basis.threads),
    )
    for name, value in (("seconds", limits.seconds), ("rows", limits.rows), ("memory_mb", limits.memory_mb)):
        if value <= 0:
            inner.report(name, f"{name!r} must be above 0, not {value:g}.", "Write a positive number.")
    inner.finish()
    return limits
