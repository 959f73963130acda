"""Campaigns: what is planned for whom, checked, approved and sent; who is left out and why."""

from tools.campaigns.desk import CampaignDesk, Due, Standing
from tools.campaigns.drafting import ChannelNeededError, Choice, Drafted
from tools.campaigns.gate import GateInMemory, Handover, SendGate
from tools.campaigns.in_memory import CampaignsInMemory
from tools.campaigns.own_groups import OwnGroups
from tools.campaigns.sending import DeskGate
from tools.campaigns.sql_store import SqlCampaignStore
from tools.campaigns.store import CampaignStore
from tools.campaigns.types import (
    Campaign,
    CampaignChangedError,
    Change,
    Groups,
    GroupsOf,
    LeftOut,
    NotReadyError,
    State,
    Suppressed,
    Variant,
    Verdict,
)

__all__ = [
    "Campaign",
    "CampaignChangedError",
    "CampaignDesk",
    "CampaignStore",
    "CampaignsInMemory",
    "Change",
    "ChannelNeededError",
    "Choice",
    "DeskGate",
    "Drafted",
    "Due",
    "GateInMemory",
    "Groups",
    "GroupsOf",
    "Handover",
    "LeftOut",
    "NotReadyError",
    "OwnGroups",
    "SendGate",
    "SqlCampaignStore",
    "Standing",
    "State",
    "Suppressed",
    "Variant",
    "Verdict",
]
