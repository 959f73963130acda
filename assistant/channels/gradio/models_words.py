"""The words of the Models page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from semantic_layer.errors import Text

MODELS_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "models": Text("模型", "Models"),
        "models_lead": Text(
            "每个模型都有一张卡片：用了什么数据、有多准、什么时候不回答。分数可以发布成标签，随时可以撤回。",
            "Each model has a card: what it was made from, how good it is, when it refuses. Its scores can be published as a tag "
            "and taken back at any time.",
        ),
        "models_none": Text("这个数据集还没有模型", "No models for this data set"),
        "models_none_hint": Text(
            "模型要知道“购买”指什么。请在定义的 outreach 里写上 goal，例如 converts: 订单数的指标。",
            "Models need to know what buying means. Name a `goal` in the `outreach` of the definitions.",
        ),
        "models_blind": Text("您的角色不能使用模型", "Your role may not use models"),
        "model": Text("模型", "Model"),
        "model_state": Text("状态", "State"),
        "model_quality": Text("有多准", "How good"),
        "model_drift": Text("漂移", "Drift"),
        "model_tag": Text("标签", "Tag"),
        "model_state_none": Text("没训练过", "not trained"),
        "model_state_fresh": Text("最新", "up to date"),
        "model_state_stale": Text("数据或定义有更新", "data or definitions are newer"),
        "model_version": Text("第 {version} 版，{when} 训练", "version {version}, trained {when}"),
        "model_people": Text("{n} 人有分数", "{n} people have a score"),
        "model_not_looked": Text("没看过", "not looked at"),
        "model_drift_steady": Text("稳定（最大 {n}）", "steady (at most {n})"),
        "model_drift_watch": Text("有些变化（最大 {n}）", "some change (at most {n})"),
        "model_drift_moved": Text("变化明显，应重新训练（最大 {n}）", "clearly moved, train again (at most {n})"),
        "model_tag_none": Text("未发布", "not published"),
        "model_tag_is": Text("{tag}（第 {version} 版）", "{tag} (version {version})"),
        "model_tag_older": Text(
            "标签还是第 {version} 版，有新版本可发布", "the tag is version {version}; a newer one can be published"
        ),
        "model_train": Text("训练", "Train"),
        "model_train_again": Text("重新训练", "Train again"),
        "model_check": Text("看漂移", "Look at drift"),
        "model_publish": Text("发布为标签", "Publish as a tag"),
        "model_publish_new": Text("用新版本更新标签", "Move the tag to the new version"),
        "model_withdraw": Text("撤回标签", "Withdraw the tag"),
        "model_card": Text("看卡片", "See the card"),
        "model_back": Text("全部模型", "All models"),
        "model_actions": Text("{name}的操作", "What to do with {name}"),
        "model_no_card": Text("还没有卡片", "No card yet"),
        "model_no_card_hint": Text(
            "训练一次就会有：用较早的数据训练，用最近的数据检验。通常要几秒到一分钟。",
            "Train it once and there is one: it learns from older data and is judged on the latest. Seconds to a minute.",
        ),
        "model_only_managers": Text(
            "发布、撤回和定期训练需要模型管理权限（manage_models）。您可以训练和查看。",
            "Publishing, withdrawing and scheduling need `manage_models`. You may train and look.",
        ),
        "model_bands": Text("各档人数", "People by level"),
        "model_every": Text("自动重新训练", "Train again by itself"),
        "model_every_0": Text("不自动", "never"),
        "model_every_7": Text("每周", "every week"),
        "model_every_30": Text("每 30 天", "every 30 days"),
        "model_every_90": Text("每 90 天", "every 90 days"),
        "model_save": Text("保存", "Save"),
    }
)
