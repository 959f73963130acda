"""What the tools take: checked where it enters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from assistant.channels.workspace import DefinitionKind, FileFormat
from semantic_layer.errors import Language

Name = Annotated[str, Field(min_length=1, max_length=60)]
Conversation = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]
JsonObject = dict[str, JsonValue]


class Arguments(BaseModel):
    """Any tool. A name that is not defined is refused."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = Field(
        None, description="zh or en; as the question or the Accept-Language header when absent"
    )


class InDataSet(Arguments):
    """A tool that looks into one data set."""

    data_set: str = Field("", max_length=200, description="id of the data set; the first of list_data_sets when empty")


class Question(InDataSet):
    question: str = Field(
        min_length=1,
        max_length=2000,
        description="a question in Chinese or English, or the label of an option offered before",
    )
    conversation: Conversation = Field(
        "", description="`conversation` of an earlier reply, so that this question may follow on from it"
    )
    ask_model: bool = Field(False, description="have the language model read the question too")


class PlanGiven(InDataSet):
    plan: JsonObject = Field(description="a plan from an earlier reply: of the answer, of an option, or of a follow-up")
    conversation: Conversation = Field("", description="`conversation` of an earlier reply")


class Search(InDataSet):
    words: str = Field("", max_length=200, description="a word of the name, label, synonym or meaning; all when empty")
    kind: DefinitionKind | None = Field(None, description="metric, tag or dimension only")
    category: Literal["basic", "behaviour", "preference", "lifecycle", "social"] | None = Field(
        None, description="tags of one category only"
    )
    limit: int = Field(50, ge=1, le=200, description="most entries")


class Definition(InDataSet):
    name: str = Field(min_length=1, max_length=200, description="name of a metric, tag or dimension, or its label")


class Segment(InDataSet):
    name: Name = Field(description="name of a saved segment")


class NewSegment(InDataSet):
    plan: JsonObject = Field(description="plan of an answer about people")
    name: Name = Field(description="name for the new segment")


class NewName(Segment):
    new_name: Name = Field(description="its new name")


class Taking(Segment):
    purpose: str = Field(min_length=1, max_length=100, description="why the list leaves, as the policy names it")
    format: FileFormat = Field("csv", description="csv or xlsx")
    columns: tuple[str, ...] = Field(
        (), max_length=100, description="columns to write; all that are offered when empty"
    )
