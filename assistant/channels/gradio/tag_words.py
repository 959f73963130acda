"""The words of defining tags on the catalogue page, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from semantic_layer.errors import Language, Text

TOLD: Mapping[str, Text] = MappingProxyType(
    {
        "drafts": Text("待发布的标签", "Tags to publish"),
        "drafts_lead": Text(
            "大家提问时选过的定义。起个名字就能发布成标签；随时可以撤回。",
            "Definitions that people chose when they asked. Name one to publish it as a tag; it can be taken back.",
        ),
        "drafts_only_owners": Text(
            "大家提问时选过的定义。有发布权限的数据负责人可以把它们发布成标签。",
            "Definitions that people chose when they asked. Data owners with the right to define publish them as tags.",
        ),
        "no_drafts": Text(
            "还没有草稿。问一个没有定义的说法，例如“忠诚度高的客户”，选一种定义，它就会出现在这里。",
            "No drafts yet. Ask for something undefined, such as “loyal customers”, choose a definition, and it appears here.",
        ),
        "go_ask": Text("去提问", "Ask a question"),
        "people": Text("{n} 人符合", "holds for {n} people"),
        "unknown_people": Text("人数不可见", "number not shown"),
        "chosen": Text("被选过 {n} 次", "chosen {n} times"),
        "field_name": Text("名称（小写字母和 _）", "Name (small letters and _)"),
        "field_zh": Text("中文名", "Called in Chinese"),
        "field_en": Text("英文名", "Called in English"),
        "field_owner": Text("负责人（可不填）", "Owner (optional)"),
        "publish": Text("发布", "Publish"),
        "withdraw": Text("撤回", "Take back"),
        "events": Text("发布记录", "What was published"),
        "event_published": Text("{who} 发布了 {tag}（版本 {version}）", "{who} published {tag} (version {version})"),
        "event_changed": Text("{who} 更新了 {tag}（版本 {version}）", "{who} changed {tag} (version {version})"),
        "event_withdrawn": Text("{who} 撤回了 {tag}（版本 {version}）", "{who} took back {tag} (version {version})"),
        "published": Text(
            "「{tag}」已写入定义；下次打开数据集时生效。",
            "“{tag}” stands in the definitions; it is used when the data set is next opened.",
        ),
        "withdrawn": Text("「{tag}」已从定义里撤回。", "“{tag}” was taken out of the definitions."),
        "need_words": Text(
            "请填写名称、中文名和英文名。", "Fill in the name, and what it is called in both languages."
        ),
    }
)


def told(key: str, language: Language, **values: object) -> str:
    """The words of a key, with values put in."""
    return TOLD[key].in_(language).format(**values)
