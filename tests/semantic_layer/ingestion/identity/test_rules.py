"""Rules are data: shipped ones hold, a company's file changes what it names, and every fault has its place and a remedy."""

from __future__ import annotations

import pytest

from semantic_layer.errors import DefinitionError
from semantic_layer.ingestion.identity.rules import Criterion, read_rules, rules_of, shipped_rules


def faults(text):
    with pytest.raises(DefinitionError) as caught:
        read_rules(text, "identity.yml")
    return [(issue.line, issue.key, issue.message, issue.remedy) for issue in caught.value.issues]


def test_the_shipped_rules_rank_identifiers_and_tiers():
    rules = shipped_rules()
    assert [rule.name for rule in rules.by_priority()] == [
        "document",
        "member_no",
        "account",
        "phone",
        "email",
        "device",
    ]
    assert (rules.strict, rules.loose, rules.review, rules.most_together) == (0.999, 0.9, 0.5, 10)


def test_a_file_changes_only_what_it_names():
    rules = read_rules("identifiers:\n  - {name: email, most: 3}\nmost_together: 6\n", "identity.yml")
    email = next(rule for rule in rules.identifiers if rule.name == "email")
    basis = next(rule for rule in shipped_rules().identifiers if rule.name == "email")
    assert (email.most, email.per_person, email.blocked) == (3, basis.per_person, basis.blocked)
    assert rules.most_together == 6
    assert rules.blocking == shipped_rules().blocking


def test_a_folder_without_a_file_has_the_shipped_rules(tmp_path):
    assert rules_of(tmp_path) == shipped_rules()
    (tmp_path / "identity.yml").write_text("golden:\n  - {field: name, order: [recent]}\n", encoding="utf-8")
    assert rules_of(tmp_path).golden[0].order == (Criterion.RECENT,)


@pytest.mark.parametrize(
    ("text", "line", "key", "message", "remedy"),
    [
        ("identifiers:\n  - {name: phon}\n", 2, "identifiers[phon].name", "'phon' is not allowed", "'phone'"),
        (
            "identifiers:\n  - {name: phone, most: 0}\n",
            2,
            "identifiers[phone].most",
            "must be 1 or more",
            "whole number",
        ),
        ("identifiers:\n  - {name: phone, blocked: ['(']}\n", 2, "identifiers[phone].blocked", "no regular", "0+"),
        (
            "identifiers:\n  - {name: phone, blocked: ['(.)\\1+']}\n",
            2,
            "identifiers[phone].blocked",
            "no regular",
            "0+",
        ),
        ("blocking:\n  - [readin, birthday]\n", 1, "blocking", "no field 'readin'", "'reading'"),
        ("tiers:\n  strict: 0.8\n  loose: 0.9\n", 2, "tiers.strict", "not in order", "highest"),
        ("tiers:\n  strict: 2\n", 2, "tiers.strict", "between 0 and 1", "0.999"),
        ("sources:\n  - {name: mall, ignore: [nam]}\n", 2, "sources[mall].ignore", "no field 'nam'", "'name'"),
        ("golden:\n  - {field: name, order: [recnt]}\n", 2, "golden[0].order", "no criterion 'recnt'", "'recent'"),
        ("most_togeter: 4\n", 1, "most_togeter", "not known", "'most_together'"),
    ],
)
def test_a_fault_has_its_place_and_a_remedy(text, line, key, message, remedy):
    (found,) = faults(text)
    assert found[:2] == (line, key)
    assert message in found[2]
    assert remedy in found[3]


def test_all_faults_are_found_at_once():
    assert len(faults("most_together: 0\nseed: 0\nidentifiers:\n  - {name: x}\n")) == 3
