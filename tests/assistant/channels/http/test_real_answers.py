"""Over a small company with real data: the figures, the rights, the ledger and conversations are those of the product."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from assistant.accounts.types import Grant
from assistant.channels.http.sql_requests import SqlRequestStore
from assistant.channels.live import LiveWorkspace
from assistant.channels.workspace import Dataset
from assistant.core import Assistant
from semantic_layer.errors import Text
from tests.assistant.channels.http.scene import Keys, Scene, account
from tests.model_path.shop import PEOPLE, open_shop, write_shop
from tools.storage import open_storage

MIA = account("mia", Grant("marketer", "corner"))
NED = account("ned", Grant("marketer"))
KEY = {"Idempotency-Key": "real-1"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("corner")
    opened, _ = open_shop(write_shop(folder / "shop", lambda _, column, row: f"{column}{row}"), folder / "home")
    return opened


@pytest.fixture(scope="module")
def scene(shop: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    engine = open_storage(f"sqlite:///{tmp_path_factory.mktemp('state') / 'state.db'}")
    corner = (Dataset("corner", Text("街角店", "Corner shop")),)
    workspace = LiveWorkspace(corner, lambda _: shop)
    yield Scene(workspace, Keys(), requests=SqlRequestStore(engine))
    engine.dispose()


@pytest.fixture(scope="module")
def mia(scene: Scene) -> TestClient:
    return scene.client(MIA)


def test_the_number_is_right_and_the_ledger_says_who_asked(mia: TestClient, shop: Assistant) -> None:
    reply = mia.post("/ask", json={"question": "各渠道的销售额", "conversation": "c1"}).json()
    half = 100.0 * PEOPLE  # half of the people ordered twice through each channel, for 100 each
    assert sorted(reply["table"]["rows"]) == [["网店", half], ["门店", half]]
    kept = shop.resources.audit.questions(limit=1)[0]
    assert (kept.who, kept.conversation, kept.id) == ("mia", "http:mia:c1", reply["id"])


def test_a_follow_up_edits_ones_own_answer_and_never_that_of_another(scene: Scene, mia: TestClient) -> None:
    mia.post("/ask", json={"question": "各渠道的销售额", "conversation": "c2"})
    more = {"question": "只看网店", "conversation": "c2"}
    own = mia.post("/ask", json=more).json()
    assert own["kind"] == "answer"
    assert own["plan"]["steps"][0]["where"]["value"] == "网店"
    other = scene.client(NED).post("/ask", json=more).json()
    assert other.get("plan") != own["plan"]


def test_every_plan_that_is_offered_can_be_run(mia: TestClient) -> None:
    reply = mia.post("/ask", json={"question": "各渠道的销售额"}).json()
    offered = [one["plan"] for one in reply["follow_ups"]]
    offered += [chip["removed"] for chip in reply["chips"] if chip["removed"] is not None]
    assert offered
    for plan in offered:
        assert mia.post("/plans", json={"plan": plan, "language": "en"}).json()["kind"] == "answer"


def test_a_plan_with_a_wrong_name_is_told_the_nearest(mia: TestClient) -> None:
    plan = {"steps": [{"is": "query", "metrics": ["slaes"]}]}
    reply = mia.post("/plans", json={"plan": plan, "language": "en"}).json()
    assert (reply["kind"], reply["suggestions"]) == ("refusal", ["sales"])


def test_a_segment_leaves_once_for_each_key_masked_and_with_its_proof(mia: TestClient, shop: Assistant) -> None:
    body = {"name": "网店/客户", "people": {"kind": "question", "question": "在网店下单的客户"}}
    made = [mia.post("/segments", json=body, headers=KEY) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json() == made[1].json()
    assert made[0].json()["count"] == PEOPLE // 2
    taken = mia.post("/segments", json=body)
    assert (taken.status_code, taken.json()["type"]) == (409, "problems/name-taken")
    assert taken.json()["suggestions"] == ["网店/客户 2"]

    before = len(shop.resources.audit.proofs())
    wanted = {"what": {"kind": "segment", "segment": "网店/客户"}, "purpose": "analysis"}
    files = [mia.post("/exports", json=wanted, headers=KEY) for _ in range(2)]
    assert files[0].content == files[1].content
    proofs = shop.resources.audit.proofs()
    assert len(proofs) == before + 1
    assert (proofs[0].who, proofs[0].sha256) == ("mia", files[0].headers["X-Proof-SHA256"])
    rows = list(csv.DictReader(io.StringIO(files[0].text.removeprefix("\ufeff"))))
    assert [row["客户"] for row in rows] == ["1", "3", "5", "7", "9", "11"]
    assert all("*" in row["手机号"] and "*" in row["姓名"] for row in rows)


def test_the_catalogue_holds_what_is_defined(mia: TestClient) -> None:
    named = {one["name"] for one in mia.get("/catalogue?kind=metric").json()["items"]}
    assert named == {"sales", "orders", "tickets", "customers"}
    card = mia.get("/catalogue/sales?language=zh").json()
    assert card["card"]["title"] == "销售额"
    wrong = mia.get("/catalogue/slaes")
    assert (wrong.status_code, wrong.json()["suggestions"]) == (404, ["sales"])
