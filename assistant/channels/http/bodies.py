"""What comes in: the bodies of requests, checked strictly. A field that is not known is a fault, not ignored."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, RootModel
from pydantic_core import PydanticCustomError

from assistant.channels.workspace import DefinitionKind, ExportPart, SetOperation
from semantic_layer.errors import Language

LONGEST_QUESTION: Final = 2000
MOST_ROWS: Final = 200
_ALLOWED_CONTROLS: Final = "\t\n\r"
VISIBLE: Final = r"^[^\u0000-\u001f\u007f]*$"


def _without_controls(text: str) -> str:
    if any((c < " " and c not in _ALLOWED_CONTROLS) or c == "\x7f" for c in text):
        raise PydanticCustomError("control_character", "must not hold control characters")
    return text


Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        pattern=r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$",
        examples=["上海有多少高价值客户？", "Sales by region last month"],
    ),
    AfterValidator(_without_controls),
]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=VISIBLE)]
Named = Annotated[str, Field(min_length=1, max_length=60, pattern=VISIBLE, examples=["上海高价值客户"])]
DataSet = Annotated[
    Name | None, Field(description="id of a data set; the first that you may open when left out", examples=["retail"])
]
Conversation = Annotated[
    Annotated[str, Field(min_length=1, max_length=40, pattern="^[A-Za-z0-9_-]+$")] | None,
    Field(
        description="a name of your choice: questions with the same one follow each other; without one, each stands alone"
    ),
]
Tongue = Annotated[
    Language | None, Field(description="language of messages; by the header Accept-Language when left out")
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Tongued(BaseModel):
    """What the address of a request says: in which language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Tongue = None


class Where(Tongued):
    """And which data set."""

    data_set: DataSet = None


class Listing(Where):
    """Which page of a list."""

    limit: int = Field(50, ge=1, le=MOST_ROWS, description="most rows of a page")
    cursor: Annotated[str | None, Field(max_length=600, description="next_cursor of the page before")] = None


class CatalogueQuery(Listing):
    """Which definitions."""

    search: Annotated[str, Field(max_length=200, description="words in a name, a label or a meaning")] = ""
    kind: Annotated[DefinitionKind | None, Field(description="only definitions of this kind")] = None
    category: Annotated[str | None, Field(max_length=60, description="only tags of this category")] = None


InTongue = Annotated[Tongued, Query()]
InWhere = Annotated[Where, Query()]
InListing = Annotated[Listing, Query()]
InCatalogue = Annotated[CatalogueQuery, Query()]


class PlanBody(RootModel[dict[str, JsonValue]]):
    """A plan as replies give it: `{"is": "plan", "steps": […]}`."""

    model_config = ConfigDict(frozen=True)


Whole = Annotated[
    bool,
    Field(description="false: only what is useful at once, without profile, sample and follow-ups; much sooner"),
]


class AskBody(Body):
    """A question in words. The reply is in the language of the question."""

    question: Question
    data_set: DataSet = None
    conversation: Conversation = None
    language: Tongue = None
    whole: Whole = True
    ask_model: bool = Field(False, description="have the language model read the question too, though the rules did")


class PlansBody(Body):
    """A plan that a reply offered: an option, a chip, a step, a follow-up."""

    plan: PlanBody
    data_set: DataSet = None
    conversation: Conversation = None
    language: Annotated[Language | None, Field(description="language of the reply and of messages")] = None
    whole: Whole = True


class OfQuestion(Body):
    """What a question in words gives. It must have one clear meaning."""

    kind: Literal["question"]
    question: Question


class OfPlan(Body):
    """What a plan gives."""

    kind: Literal["plan"]
    plan: PlanBody


class OfTwo(Body):
    """Two saved segments put together."""

    kind: Literal["combination"]
    first: Named
    operation: SetOperation
    second: Named


class OfSegment(Body):
    """The people of a saved segment."""

    kind: Literal["segment"]
    segment: Named


class NewSegmentBody(Body):
    """A segment to be saved."""

    name: Named
    people: Annotated[OfQuestion | OfPlan | OfTwo, Field(discriminator="kind")]
    data_set: DataSet = None
    language: Tongue = None


class RenameBody(Body):
    """What a segment shall be called."""

    name: Named


class ExportBody(Body):
    """A file that is wanted. Without `columns` it has all that are offered; a picture has none."""

    what: Annotated[OfQuestion | OfPlan | OfSegment, Field(discriminator="kind")]
    format: Literal["csv", "xlsx", "png", "svg"] = "csv"
    part: Annotated[
        ExportPart | None,
        Field(description="the table of an answer or its people; the table, where there is one, when left out"),
    ] = None
    purpose: Annotated[
        str, Field(max_length=100, pattern=VISIBLE, description="a purpose of the policy: see GET /purposes")
    ] = ""
    columns: Annotated[list[Name], Field(max_length=200)] = []
    bom: bool = Field(True, description="begin a CSV file so that Excel reads it as UTF-8")
    data_set: DataSet = None
    language: Tongue = None
