"""Opens the ranking of a data set's vocabulary: by meaning where packages, encoder and folder allow it, else by letters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

from semantic_layer.errors import Text, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.vocabulary.encoders import Encoder
from semantic_layer.vocabulary.meaning_texts import Extra, meanings_of
from semantic_layer.vocabulary.mixed import ByMeaning, MixedRanking, distinct_texts
from semantic_layer.vocabulary.vector import Opened, Progress, open_index, unwatched
from semantic_layer.vocabulary.vocabulary import Vocabulary

Later = Callable[[Callable[[], None]], None]

_SWITCHED_OFF = Text("没有设置编码器。", "No encoder is set.")


def in_background(work: Callable[[], None]) -> None:
    """Run it in a thread that does not keep the process alive."""
    Thread(target=work, name="meaning", daemon=True).start()


def open_meaning(
    index: ModelIndex,
    vocabulary: Vocabulary,
    folder: Path,
    encoder: Encoder | None,
    *,
    seconds: Callable[[], float],
    extra: Extra | None = None,
    progress: Progress = unwatched,
    later: Later = in_background,
) -> MixedRanking:
    """The ranking over everything that the vocabulary names, with its index in `folder`. It always opens: what stands
    against meaning is told by `why_not`, and a damaged index that was rebuilt by `said`.

    Nothing is built when texts and encoder are those of a published version. The encoder and chromadb are loaded by
    `later`, and what is asked before waits for the encoder only. `extra` holds further texts of terms, such as reviewed
    questions. `seconds` is a monotonic clock.
    """
    meanings = meanings_of(index, vocabulary.entries, extra)
    if encoder is None:
        return MixedRanking(meanings, None, seconds=seconds, why_not=_SWITCHED_OFF)
    try:
        encoder.encode(())
        opened = open_index(folder, distinct_texts(meanings), encoder, progress=progress)
    except UserError as off:
        return MixedRanking(meanings, None, seconds=seconds, why_not=off.message)
    by_meaning = ByMeaning(lookup=opened.index, encoder=encoder)
    ranking = MixedRanking(meanings, by_meaning, seconds=seconds, said=opened.said)
    later(lambda: _warm(opened, encoder))
    return ranking


def _warm(opened: Opened, encoder: Encoder) -> None:
    """First the encoder, for which questions wait, and then chromadb, for which they do not."""
    with suppress(UserError):  # whoever asks first is told
        encoder.encode(("a",))
    opened.index.connect()
