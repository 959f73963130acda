"""Names of the grammar's categories, and what the parser may do with those that carry little meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Words that may be passed over, with the small price of doing so. All other words must play a part in the reading.
SOFT: Mapping[str, float] = MappingProxyType(
    {
        "SOFT": 0.05,
        "DE": 0.05,
        "IS": 0.05,
        "HAVE": 0.05,
        "IN": 0.05,
        "COMMA": 0.1,
        "CHARTV": 0.1,
        "BETWEND": 0.1,
        "TOTAL": 0.2,
        "BYPOST": 0.2,
        "BA": 0.2,
        "AGAIN": 0.2,
        "ABOUT": 0.2,
        "UNIT": 0.1,
    }
)

# Terms of the model in the grammar.
METRIC = "METRIC"
FIELD = "FIELD"
VALUE = "VALUE"
WEAK_VALUE = "WVALUE"
ENTITY = "ENTITY"
VERB = "VERB"
NUMBER = "NUM"
TIME = "TIME"
QUOTED = "QUOTED"
KEY = "KEY"
CATEGORY = "CATEGORY"

FRAME = "FRAME"
CHUNK = "CHUNK"
