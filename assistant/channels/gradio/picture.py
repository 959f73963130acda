"""A chart's SVG made safe to stand inside the page: drawing only, no scripts, links or outside resources."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from assistant.channels.gradio.markup import Html, element

_SVG = "http://www.w3.org/2000/svg"
_DRAWING = frozenset(
    {
        "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc",
        "defs", "clipPath", "linearGradient", "radialGradient", "stop", "mask", "pattern", "use", "marker", "symbol",
    }
)  # fmt: skip


def inline_svg(source: str, *, label: str) -> Html:
    """The drawing in `source` with `label` for those who do not see it; a paragraph with the label if it is no SVG."""
    try:
        root = ET.fromstring(source)  # noqa: S314  # our own renderer's text, at most a few hundred kilobytes
    except ET.ParseError:
        return element("p", label, class_="quiet")
    if _local(root.tag) != "svg":
        return element("p", label, class_="quiet")
    root.set("role", "img")
    root.set("aria-label", label)
    _responsive(root)
    return _drawn(root)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _responsive(root: ET.Element) -> None:
    width, height = root.get("width"), root.get("height")
    if root.get("viewBox") is None and width and height:
        root.set("viewBox", f"0 0 {width} {height}")


def _drawn(node: ET.Element) -> Html:
    """Rebuilt from known elements and harmless attributes only; everything else is left out with what it holds."""
    name = _local(node.tag)
    children: list[Html | str] = []
    if node.text:
        children.append(node.text)
    for child in node:
        if isinstance(child.tag, str) and _local(child.tag) in _DRAWING:
            children.append(_drawn(child))
        if child.tail:
            children.append(child.tail)
    attributes = {key: value for key, value in node.attrib.items() if _harmless(key, value)}
    if name == "svg":
        attributes["xmlns"] = _SVG
    return element(name, children, **_spelt(attributes))


def _harmless(key: str, value: str) -> bool:
    local = _local(key).lower()
    if local.startswith("on"):
        return False
    if local == "href":
        return value.startswith("#")
    return "url(" not in value.replace("url(#", "").replace("url('#", "").replace('url("#', "")


def _spelt(attributes: dict[str, str]) -> dict[str, str]:
    return {_local(key): value for key, value in attributes.items()}
