"""The resources: a page of each data set, its catalogue, each definition, and files that a person agreed to let out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from assistant.accounts.types import Scope
from assistant.channels.mcp.browsing import card_of
from assistant.channels.mcp.scene import Open, Scene
from assistant.channels.mcp.taken import URI as EXPORTS
from assistant.channels.workspace import CatalogueEntry, DefinitionKind
from semantic_layer.errors import Language, Text, UnknownNameError

DATA_SETS: Final = "qunxiang://data-sets/"
CATALOGUE: Final = "qunxiang://catalogue/"
MARKDOWN: Final = "text/markdown"
TEMPLATES: Final = (
    (f"{DATA_SETS}{{data_set}}{{?language}}", Text("数据集说明", "About a data set")),
    (f"{CATALOGUE}{{data_set}}{{?language}}", Text("数据集的目录", "Catalogue of a data set")),
    (f"{CATALOGUE}{{data_set}}/{{name}}{{?language}}", Text("一个定义", "One definition")),
)

_KINDS: Final[tuple[tuple[DefinitionKind, Text], ...]] = (
    ("metric", Text("指标", "Metrics")),
    ("tag", Text("标签", "Tags")),
    ("dimension", Text("维度", "Dimensions")),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource that is listed."""

    uri: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a resource holds: text, or the bytes of a file."""

    uri: str
    mime_type: str
    content: str | bytes


def listed(scene: Scene) -> tuple[Listed, ...]:
    """The pages of every data set that the caller may use."""
    names = (Text("说明", "about"), Text("目录", "catalogue"))
    return tuple(
        Listed(f"{root}{quote(one.id, safe='')}", f"{one.title.in_(scene.language)} · {name.in_(scene.language)}")
        for one in scene.data_sets()
        for root, name in zip((DATA_SETS, CATALOGUE), names, strict=True)
    )


def scope_of(uri: str) -> Scope:
    """What a key must allow for this page."""
    return Scope.EXPORT if uri.startswith(EXPORTS) else Scope.CATALOGUE


def read(uri: str, scene: Scene) -> Page:
    """A page; raises `UnknownNameError` for an address that leads nowhere."""
    if uri.startswith(EXPORTS):
        taken, content = scene.taken.fetch(uri, login=scene.account.login)
        return Page(uri, taken.mime_type, content if taken.path.suffix != ".csv" else content.decode("utf-8"))
    parts = urlsplit(uri)
    path = [unquote(part) for part in parts.path.split("/") if part]
    language = _language(parse_qs(parts.query).get("language", []), scene.language)
    match parts.scheme, parts.netloc, path:
        case "qunxiang", "data-sets", [data_set]:
            return Page(uri, MARKDOWN, _about(scene.open(data_set), language))
        case "qunxiang", "catalogue", [data_set]:
            return Page(uri, MARKDOWN, _catalogue(scene.open(data_set), language))
        case "qunxiang", "catalogue", [data_set, name]:
            return Page(uri, MARKDOWN, _definition(name, scene.open(data_set), language))
        case _:
            raise UnknownNameError(Text("资源", "resource"), uri, tuple(one.uri for one in listed(scene)))


def _language(said: list[str], otherwise: Language) -> Language:
    if said == ["zh"]:
        return "zh"
    return "en" if said == ["en"] else otherwise


def _about(place: Open, language: Language) -> str:
    port, zh = place.port, language == "zh"
    lines = [f"# {port.title.in_(language)}", "", port.scope(language), ""]
    lines.append(f"- {'数据截至' if zh else 'Data as of'}: {port.as_of}")
    lines.append(f"- {'货币' if zh else 'Currency'}: {port.currency}")
    lines.append(f"- {'模型' if zh else 'Model'}: {port.model_status().said.in_(language)}")
    lines += ["", f"## {'可以这样问' if zh else 'Questions to start with'}", ""]
    lines += [f"- {sample}" for sample in port.samples(language)]
    return "\n".join(lines)


def _catalogue(place: Open, language: Language) -> str:
    lines = [f"# {place.port.title.in_(language)}"]
    for kind, title in _KINDS:
        found = place.port.catalogue("", kind, None, language, user=place.user)
        lines += ["", f"## {title.in_(language)} ({len(found)})", "", *(_line(entry) for entry in found)]
    return "\n".join(lines)


def _line(entry: CatalogueEntry) -> str:
    return f"- `{entry.name}` {entry.label}: {entry.summary}"


def _definition(name: str, place: Open, language: Language) -> str:
    card = card_of(name, place, language)
    lines = [f"# {card.section.title}", "", *(f"- {label}: {text}" for label, text in card.section.lines)]
    if card.section.code:
        lines += ["", "```sql", card.section.code, "```"]
    return "\n".join([*lines, *(["", card.question] if card.question else [])])
