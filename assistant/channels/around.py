"""What the ports of one data set need of the rest of the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.acting import forget_in_state
from assistant.bootstrap import Shared
from assistant.channels.live import LiveWorkspace
from assistant.opening_readers import new_id, now
from assistant.resources import Resources
from assistant.sourced import SourcedData
from assistant.stewardship.people import LevelSpan
from assistant.stewardship.types import rights_under
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import NotAllowedError, Text, UserError
from semantic_layer.ingestion.identity.dry_run import TouchedUse
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.predicate import Among, conjoin
from semantic_layer.query.types import Audience
from tools.export.proof import LedgerProofs, Proof
from tools.export.rosters import Key, SqlRosters
from tools.ledger import SqlLedger
from tools.tags.history import TagHistories

_KIND: Final = "stewardship"
_MOST_TOUCHED: Final = 200


@dataclass(frozen=True, slots=True)
class Around:
    """What the ports of one data set need of the rest of the house."""

    dataset: str
    definitions: Path
    sourced: SourcedData
    workspace: LiveWorkspace
    shared: Shared

    @property
    def resources(self) -> Resources:
        return self.workspace.assistant(self.dataset).resources

    @property
    def policy(self) -> Policy:
        """As the files say it: sources can be worked on before there is anything to ask."""
        return load_definitions(self.definitions)[1]

    def may_manage(self, user: User) -> bool:
        try:
            return rights_under(self.policy)(user).manage_data
        except NotAllowedError:
            return False

    def note(self, user: User, what: str) -> None:
        """Into the ledger, beside questions and exports."""
        SqlLedger(self.shared.storage).append(
            entry_id=new_id(), kind=_KIND, at=now(), who=user.name, body={"data_set": self.dataset, "what": what}
        )

    def levels(self, label: str, user: User) -> tuple[LevelSpan, ...]:
        tags = {tag.name: tag for tag in self.resources.index.model.tags}
        try:
            found = TagHistories(self.resources.layer).levels(label, user)
        except UserError:
            return ()
        return tuple(
            LevelSpan(
                tag=tags[one.tag].words.label,
                value=Text(str(one.value), str(one.value)),
                since=one.since,
                until=one.until,
            )
            for one in found
            if one.tag in tags
        )

    def holding(self, keys: Sequence[Key]) -> tuple[Proof, ...]:
        """Files that left with one of these people in them."""
        rosters = SqlRosters(self.shared.storage)
        ids = {proof for key in keys for proof in rosters.proofs_with(self.resources.source, key)}
        return tuple(one for one in LedgerProofs(SqlLedger(self.shared.storage)).proofs() if one.id in ids)

    def forget(self, customer: int) -> int:
        """Take a customer out of application state; how many entries held them."""
        return forget_in_state(self.shared.storage, self.resources.source, customer)

    def uses_of(self, customer_keys: Sequence[int]) -> tuple[TouchedUse, ...]:
        """Saved segments with some of these customers, counted over everybody; the first customers when there are many."""
        layer, index = self.resources.layer, self.resources.index
        entity = index.entity(index.model.customer_entity)
        key = f"{entity.name}.{entity.primary_key[0]}"
        reader = next(
            (r.name for r in layer.policy.roles if r.entities == "all" and not r.row_filters and r.see_small_groups),
            None,
        )
        if reader is None or not any(field.qualified == key for field in index.fields_of(entity.name)):
            return ()
        user = User(name="stewardship", roles=(reader,))
        mine = Among(key, tuple(customer_keys[:_MOST_TOUCHED]))
        found = []
        for segment in self.resources.segments.list():
            parts = tuple(part for part in (segment.people.where, mine) if part is not None)
            try:
                members = layer.count(Audience(where=conjoin(parts), entity=entity.name), user)
            except UserError:
                continue
            if members:
                found.append(TouchedUse(kind="segment", name=segment.name, members=members))
        return tuple(found)
