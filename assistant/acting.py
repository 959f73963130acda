"""What follows from answers, over one open data set: living segments, models, campaigns and their effects, boards."""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from assistant.opening_readers import new_id, now
from assistant.settings import Settings
from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import SemanticModel
from semantic_layer.policy.types import Policy, User
from tools.boards.room import BoardRoom, room_of
from tools.boards.sql_store import SqlBoardStore
from tools.campaigns.desk import CampaignDesk
from tools.campaigns.forgetting import forget_in_campaigns
from tools.campaigns.keys import bitmap
from tools.campaigns.own_groups import OwnGroups
from tools.campaigns.sending import DeskGate, Link, no_link
from tools.campaigns.sql_store import SqlCampaignStore
from tools.destinations.hosts import Hosts
from tools.destinations.http import Surroundings
from tools.destinations.invalid import SqlInvalidContacts
from tools.destinations.pins import SqlPins
from tools.destinations.registry import Destinations, open_destinations
from tools.destinations.secrets import SecretsOutside
from tools.destinations.sender import Sender
from tools.destinations.spec_file import NAME, read_specs
from tools.destinations.specs import Column, DestinationSpec, FileSpec
from tools.destinations.sql_deliveries import SqlDeliveries
from tools.effect.answer_tags import answer_models
from tools.effect.effects import Effects
from tools.effect.ours import SentByUs
from tools.effect.response_store import SqlResponses
from tools.models.book import ModelBook
from tools.models.models import standard_models
from tools.models.store import SqlModelStore
from tools.models.tags import with_scores
from tools.segments.living import LivingSegments
from tools.segments.membership_store import SqlMembershipStore
from tools.segments.saved import SavedSegments
from tools.storage import Storage

RolesNow = Callable[[str, str], tuple[str, ...]]
"""The roles that a login has now in a data set, as the workspace calls it; none for an account that is closed."""

LISTS: Final = "lists"
"""Below `home`: where the built-in destination writes its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """The parts of one data set. `living` is missing where no role may see everybody and manage segments."""

    living: LivingSegments | None
    models: ModelBook
    campaigns: CampaignDesk
    effects: Effects
    boards: BoardRoom
    responses: SqlResponses


def scored(model: SemanticModel, storage: Storage, data_set: str) -> SemanticModel:
    """The definitions with the tags that models have published."""
    return with_scores(model, SqlModelStore(storage), data_set)


def acting_over(
    layer: SemanticLayer,
    segments: SavedSegments,
    storage: Storage,
    data_set: str,
    *,
    layer_under: Callable[[Policy], SemanticLayer],
    destinations: Destinations,
    workspace_id: str,
    roles_now: RolesNow | None,
) -> Acting:
    """The parts over an open layer. `workspace_id` is what the workspace calls the data set, under which roles are looked up;
    without `roles_now` there are no accounts, and nobody but the person at this machine looks.
    """

    def as_now(user: User) -> User:
        roles = roles_now(user.name, workspace_id) if roles_now is not None else user.roles
        if not roles:
            raise NotAllowedError(
                Text(
                    f"{user.name} 的账号已停用或在这个数据集里没有角色了，不能再以其名义发送。",
                    f"The account of {user.name} is closed or has no role here any more; nothing is sent in their name.",
                )
            )
        return replace(user, roles=roles)

    desk = CampaignDesk(
        SqlCampaignStore(storage),
        layer,
        data_set,
        layer_under=layer_under,
        destinations={one.name: one for one in destinations},
        clock=now,
        new_id=new_id,
        as_now=as_now,
    )
    keeper, own, responses = keeper_of(layer.policy), OwnGroups(desk), SqlResponses(storage)
    living = (
        LivingSegments(segments, layer, SqlMembershipStore(storage, data_set), keeper=keeper, clock=now)
        if keeper is not None
        else None
    )
    return Acting(
        living=living,
        models=ModelBook(
            SqlModelStore(storage),
            (*standard_models(), *answer_models(responses, data_set)),
            data_set,
            clock=now,
            seconds=time.monotonic,
        ),
        campaigns=desk,
        effects=Effects(layer, own, responses, sent_to=SentByUs(SqlDeliveries(storage)), goals=own.goal),
        boards=board_room(storage, workspace_id, roles_now),
        responses=responses,
    )


def board_room(storage: Storage, workspace_id: str, roles_now: RolesNow | None) -> BoardRoom:
    """The boards of a data set, whether it is open or not."""
    return room_of(
        SqlBoardStore(storage),
        workspace_id,
        clock=lambda: now().astimezone(),
        new_id=new_id,
        new_token=lambda: secrets.token_urlsafe(18),
        knows=lambda login: roles_now is not None and bool(roles_now(login, workspace_id)),
    )


def keeper_of(policy: Policy) -> User | None:
    """In whose name segments are looked at for everybody; `None` where no role sees everybody and manages segments."""
    for role in policy.roles:
        if role.entities == "all" and not role.row_filters and role.see_small_groups and role.manage_segments:
            return User(name="segments", roles=(role.name,))
    return None


def destinations_of(settings: Settings, storage: Storage, environ: Mapping[str, str] | None = None) -> Destinations:
    """What `destinations.yml` in the home of this installation names, and a folder of files that is always there.

    Raises `DataError` with every fault of the file.
    """
    specs = read_specs(settings.home / NAME)
    around = Surroundings(hosts=Hosts.of(settings.send_to), pins=SqlPins(storage), clock=now, new_id=new_id)
    built_in: tuple[DestinationSpec, ...] = (_files(settings.home),) if not any(s.name == "file" for s in specs) else ()
    return open_destinations(
        (*specs, *built_in), secrets=SecretsOutside(os.environ if environ is None else environ), around=around
    )


def forget_in_state(storage: Storage, data_set: str, key: int) -> int:
    """Take a deleted customer (integer key) out of segments, models, responses and campaigns; how many entries held them."""
    return (
        SqlMembershipStore(storage, data_set).forget(bitmap(np.array([key])))
        + SqlModelStore(storage).forget(data_set, key)
        + SqlResponses(storage).forget(data_set, key)
        + forget_in_campaigns(storage, data_set, key)
    )


def sender_over(desk: CampaignDesk, storage: Storage, *, link: Link = no_link) -> Sender:
    """Who sends the campaigns of a desk."""
    return Sender(
        gate=DeskGate(desk, link=link),
        deliveries=SqlDeliveries(storage),
        clock=now,
        new_id=new_id,
        chance=random.SystemRandom().random,
        sleep=time.sleep,
        invalid=SqlInvalidContacts(storage),
    )


def _files(home: Path) -> FileSpec:
    return FileSpec(
        kind="file",
        name="file",
        label={"zh": "名单文件", "en": "file of names"},
        folder=home / LISTS,
        columns=tuple(
            Column(source=source, name=source, hash="none")
            for source in ("key", "address", "variant", "subject", "body")
        ),
    )
