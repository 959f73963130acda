"""Taking results out of the house: files, masks, and proofs."""

from tools.export.exporter import Exported, Exporter, PeopleRequest, Request
from tools.export.proof import Format, LedgerProofs, Proof, ProofStore, What
from tools.export.rights import check_contacts, check_export, policy_for

__all__ = [
    "Exported",
    "Exporter",
    "Format",
    "LedgerProofs",
    "PeopleRequest",
    "Proof",
    "ProofStore",
    "Request",
    "What",
    "check_contacts",
    "check_export",
    "policy_for",
]
