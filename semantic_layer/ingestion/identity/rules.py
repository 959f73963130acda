"""How records become customers, as data. Reads `identity.yml`; decides nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.errors import DefinitionError, Issue
from semantic_layer.ingestion.identity.tables import FIELDS, IDENTIFIERS
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.section import Section
from semantic_layer.model.source import LeafNode, ListNode, parse_yaml

SHIPPED: Final = Path(__file__).with_name("identity.yml")
BLOCKING: Final = (*FIELDS, "reading", "surname", "phone_head", "phone_tail", "email_name")
"""What lines of blocking may name: the fields, and what is made of them."""


IDENTITY_FILE: Final = "identity.yml"


class Tier(StrEnum):
    """How sure a link is: by identifiers, by weight at the strict bound, by weight at the loose one."""

    EXACT = "exact"
    STRICT = "strict"
    LOOSE = "loose"


class ComparisonKind(StrEnum):
    """How two values of a field are compared."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    RESIDENCE = "residence"
    TEXT = "text"
    CODE = "code"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierRule:
    """What makes values of a field identifiers.

    A value that matches a pattern or a text is none; nor is one seen with more than `most` other people's identifiers.
    `per_person` is how many different ones one person may have; `None` is any number. With `one_name`, a value that people of
    different names have joins only records of the same name: families share a phone.
    """

    name: str
    priority: int
    most: int = 8
    per_person: int | None = None
    one_name: bool = False
    blocked: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field that is weighed."""

    field: str
    kind: ComparisonKind


@dataclass(frozen=True, slots=True)
class SourceRule:
    """Fields of a source that say nothing about the person: who receives a parcel need not be who bought it."""

    name: str
    ignore: tuple[str, ...]


class Criterion(StrEnum):
    """What makes one value of a field win over another."""

    VERIFIED = "verified"
    COMPLETE = "complete"
    SOURCE = "source"
    RECENT = "recent"
    FREQUENT = "frequent"


@dataclass(frozen=True, slots=True)
class Survivorship:
    """By which criteria, in this order, a value of a field becomes that of the golden record."""

    field: str
    order: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRules:
    """All rules of a data set. Probabilities of `strict`, `loose` and `review` lie between 0 and 1, in falling order."""

    identifiers: tuple[IdentifierRule, ...]
    blocked_texts: tuple[str, ...] = ()
    sources: tuple[SourceRule, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    blocking: tuple[tuple[str, ...], ...] = ()
    training: tuple[tuple[str, ...], ...] = ()
    certain: tuple[tuple[str, ...], ...] = ()
    certain_share: float = 0.7
    most_in_block: int = 200
    train_from: int = 2000
    seed: int = 1
    strict: float = 0.999
    loose: float = 0.9
    review: float = 0.5
    most_together: int = 10
    golden: tuple[Survivorship, ...] = ()
    off: tuple[str, ...] = ()  # identifiers that are not used, and `weight` for the weighed comparison

    def by_priority(self) -> tuple[IdentifierRule, ...]:
        """Identifiers that are used, the strongest first."""
        used = (rule for rule in self.identifiers if rule.name not in self.off)
        return tuple(sorted(used, key=lambda rule: (rule.priority, rule.name)))

    @property
    def weighs(self) -> bool:
        """Whether records are also compared by weights."""
        return bool(self.comparisons) and WEIGHT not in self.off

    def fingerprint(self) -> str:
        """What of the rules a trained model depends on, as a short text."""
        parts = {key: value for key, value in asdict(self).items() if key in _OF_THE_MODEL}
        return sha256(dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


_OF_THE_MODEL: Final = (
    "identifiers",
    "blocked_texts",
    "sources",
    "comparisons",
    "training",
    "certain",
    "certain_share",
    "seed",
)


WEIGHT: Final = "weight"
"""In `off`: the weighed comparison of records."""


def switched(rules: IdentityRules, name: str, *, on: bool) -> IdentityRules:
    """The rules with one of them turned on or off."""
    others = tuple(each for each in rules.off if each != name)
    return replace(rules, off=others if on else (*others, name))


def write_switch(folder: Path, name: str, *, on: bool) -> None:
    """Turn a rule on or off in the `identity.yml` of a data set; all else of the file stays as it is written.

    Raises:
        DefinitionError: when the file has faults; it is left as it was.
    """
    file = folder / IDENTITY_FILE
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    off = switched(read_rules(before, file.name) if before else shipped_rules(), name, on=on).off
    kept = [line for line in before.splitlines() if not line.startswith("off:")]
    text = "\n".join([*kept, f"off: [{', '.join(off)}]"]) + "\n"
    read_rules(text, file.name)
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)


def shipped_rules() -> IdentityRules:
    """The rules that hold when a company names none."""
    return read_rules(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name, basis=IdentityRules(identifiers=()))


def rules_of(folder: Path) -> IdentityRules:
    """The rules of a data set: its `identity.yml` over the shipped ones, which hold alone where there is none.

    Raises:
        DefinitionError: with every fault of the file.
    """
    file = folder / IDENTITY_FILE
    return read_rules(file.read_text(encoding="utf-8"), file.name) if file.is_file() else shipped_rules()


def read_rules(text: str, file: str, *, basis: IdentityRules | None = None) -> IdentityRules:
    """Rules from the text of a file; what it does not name is as in `basis`, by default the shipped rules.

    Raises:
        DefinitionError: with every fault: file, line, what is wrong and what would mend it.
    """
    parsed = parse_yaml(text, file)
    issues: list[Issue] = list(parsed.issues)
    rules = basis or shipped_rules()
    if parsed.root is not None:
        rules = _read(Section(parsed.root, "", issues), rules)
    if issues:
        raise DefinitionError(issues)
    return rules


def _read(section: Section, basis: IdentityRules) -> IdentityRules:
    known = {rule.name: rule for rule in basis.identifiers}
    for each in section.sections("identifiers"):
        rule = _read_identifier(each, known)
        known[rule.name] = rule
    tiers = section.section("tiers")
    found = replace(
        basis,
        identifiers=tuple(known.values()),
        blocked_texts=section.texts("blocked_texts") or basis.blocked_texts,
        sources=tuple(_read_source(each) for each in section.sections("sources")) or basis.sources,
        comparisons=tuple(_read_comparison(each) for each in section.sections("comparisons")) or basis.comparisons,
        blocking=_read_lines(section, "blocking") or basis.blocking,
        training=_read_lines(section, "training") or basis.training,
        certain=_read_lines(section, "certain") or basis.certain,
        certain_share=_read_share(section, "certain_share", basis.certain_share),
        most_in_block=_read_whole(section, "most_in_block", basis.most_in_block),
        train_from=_read_whole(section, "train_from", basis.train_from),
        seed=_read_whole(section, "seed", basis.seed),
        most_together=_read_whole(section, "most_together", basis.most_together),
        golden=tuple(_read_survivorship(each) for each in section.sections("golden")) or basis.golden,
        off=section.texts("off") if section.has("off") else basis.off,
    )
    if tiers is not None:
        found = _read_tiers(tiers, found)
    for name in found.off:
        if name not in (*known, WEIGHT):
            section.report(
                "off", f"There is no rule {name!r} to turn off.", did_you_mean(name, (*known, WEIGHT), allowed="rules")
            )
    section.finish()
    return found


def _read_identifier(section: Section, known: dict[str, IdentifierRule]) -> IdentifierRule:
    name = section.word_of("name", IDENTIFIERS)
    basis = known.get(name, IdentifierRule(name=name, priority=len(known) + 1))
    found = IdentifierRule(
        name=name,
        priority=_read_whole(section, "priority", basis.priority),
        most=_read_whole(section, "most", basis.most),
        per_person=_read_whole(section, "per_person", basis.per_person)
        if section.has("per_person")
        else basis.per_person,
        one_name=section.flag("one_name", default=basis.one_name),
        blocked=section.texts("blocked") or basis.blocked,
        texts=section.texts("texts") or basis.texts,
    )
    for pattern in found.blocked:
        _check_pattern(section, pattern)
    section.finish()
    return found


def _check_pattern(section: Section, pattern: str) -> None:
    try:
        duckdb.execute("SELECT regexp_full_match('', ?)", [pattern])
    except duckdb.Error as error:
        why = str(error).splitlines()[0]
        section.report(
            "blocked", f"{pattern!r} is no regular expression: {why}.", "Write one such as 0+, or use texts:."
        )


def _read_source(section: Section) -> SourceRule:
    found = SourceRule(section.text_of("name", required=True), section.texts("ignore", required=True))
    _check_names(section, "ignore", found.ignore, FIELDS)
    section.finish()
    return found


def _read_comparison(section: Section) -> Comparison:
    found = Comparison(section.word_of("field", FIELDS), section.choice("kind", ComparisonKind))
    section.finish()
    return found


def _read_survivorship(section: Section) -> Survivorship:
    field = section.word_of("field", FIELDS)
    order = section.texts("order", required=True)
    allowed = [each.value for each in Criterion]
    for name in order:
        if name not in allowed:
            section.report("order", f"There is no criterion {name!r}.", did_you_mean(name, allowed, allowed="criteria"))
    section.finish()
    return Survivorship(field, tuple(Criterion(name) for name in order if name in allowed))


def _read_lines(section: Section, name: str) -> tuple[tuple[str, ...], ...]:
    node = section.node.entries.get(name)
    section.has(name)
    if node is None:
        return ()
    lines = []
    for item in node.items if isinstance(node, ListNode) else (node,):
        cells = item.items if isinstance(item, ListNode) else (item,)
        names = tuple(str(cell.value) for cell in cells if isinstance(cell, LeafNode))
        _check_names(section, name, names, BLOCKING)
        lines.append(names)
    return tuple(line for line in lines if line)


def _check_names(section: Section, key: str, names: Sequence[str], allowed: Sequence[str]) -> None:
    for name in names:
        if name not in allowed:
            section.report(key, f"There is no field {name!r}.", did_you_mean(name, allowed, allowed="fields"))


def _read_whole(section: Section, name: str, default: int | None) -> int:
    found = section.whole(name, default=default if default is not None else 1)
    if found < 1:
        section.report(name, f"{name!r} must be 1 or more, not {found}.", "Write a whole number from 1.")
    return found


def _read_share(section: Section, name: str, default: float) -> float:
    found = section.number(name, default=default)
    share = default if found is None else found
    if not 0 < share < 1:
        section.report(name, f"{name!r} must lie between 0 and 1, not {share}.", "Write a probability such as 0.999.")
        return default
    return share


def _read_tiers(section: Section, basis: IdentityRules) -> IdentityRules:
    found = replace(
        basis,
        strict=_read_share(section, "strict", basis.strict),
        loose=_read_share(section, "loose", basis.loose),
        review=_read_share(section, "review", basis.review),
    )
    if not found.review <= found.loose <= found.strict:
        section.report(
            "strict", "The tiers are not in order.", "Write them so that strict is the highest and review the lowest."
        )
    section.finish()
    return found
