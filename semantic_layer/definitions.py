"""The one way to read a folder of definitions whole: the model, its SQL fragments and its policy, with every fault found."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.compiler.check_fragments import check_fragments
from semantic_layer.errors import Issue
from semantic_layer.model.load import Loaded, raise_errors, read_folder
from semantic_layer.model.types import SemanticModel
from semantic_layer.policy.allowed import check_expression
from semantic_layer.policy.read import read_policy_file
from semantic_layer.policy.types import Policy


def load_definitions(folder: Path) -> tuple[SemanticModel, Policy]:
    """The model and the policy in `folder`.

    Raises:
        DefinitionError: with every fault of all files, in the order of the files.
        DataError: when the folder holds no definitions.
    """
    loaded, policy, issues = check_definitions(folder)
    raise_errors(issues)
    return loaded.model, policy


def check_definitions(folder: Path) -> tuple[Loaded, Policy, tuple[Issue, ...]]:
    """The same without raising, for a report: what was read, and every fault and warning."""
    loaded = read_folder(folder)
    if not loaded.complete:
        return loaded, Policy(roles=()), loaded.issues
    policy, policy_issues = read_policy_file(folder, loaded.model)
    fragment_issues = check_fragments(loaded.model, loaded.sources, allowed=check_expression)
    return loaded, policy, (*loaded.issues, *fragment_issues, *policy_issues)
