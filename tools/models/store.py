"""Models in a database, through SQLAlchemy: cards as JSON, scores as compressed arrays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from tools.models.codec import card_from_json, card_to_json, scores_from_bytes, scores_to_bytes
from tools.models.kept import Published, Rhythm
from tools.models.types import Card, Scores, Trained
from tools.storage import reading, transaction

_METADATA: Final = sa.MetaData()
_MODELS: Final = sa.Table(
    "models",
    _METADATA,
    sa.Column("data_set", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("card", sa.Text),
)
_SCORES: Final = sa.Table(
    "model_scores",
    _METADATA,
    sa.Column("data_set", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("scores", sa.LargeBinary),
)
_TAGS: Final = sa.Table(
    "model_tags",
    _METADATA,
    sa.Column("data_set", sa.String, primary_key=True),
    sa.Column("tag", sa.String, primary_key=True),
    sa.Column("model", sa.String),
    sa.Column("version", sa.Integer),
    sa.Column("horizon", sa.Integer),
    sa.Column("published_at", sa.String),
    sa.Column("published_by", sa.String),
)
_RHYTHMS: Final = sa.Table(
    "model_rhythms",
    _METADATA,
    sa.Column("data_set", sa.String, primary_key=True),
    sa.Column("model", sa.String, primary_key=True),
    sa.Column("horizon", sa.Integer, primary_key=True),
    sa.Column("every_days", sa.Integer),
    sa.Column("set_by", sa.String),
    sa.Column("trained_at", sa.String),
)


class SqlModelStore:
    """A `ModelStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def save(self, data_set: str, trained: Trained) -> Trained:
        name = trained.card.name
        newest = sa.select(sa.func.max(_MODELS.c.version)).where(_MODELS.c.data_set == data_set, _MODELS.c.name == name)
        packed = scores_to_bytes(trained.scores)
        with transaction(self._engine) as connection:
            version = 1 + (connection.execute(newest).scalar() or 0)
            card = replace(trained.card, version=version)
            place = {"data_set": data_set, "name": name, "version": version}
            connection.execute(sa.insert(_MODELS).values(**place, card=card_to_json(card)))
            connection.execute(sa.insert(_SCORES).values(**place, scores=packed))
        return Trained(card=card, scores=trained.scores)

    def cards(self, data_set: str, name: str = "") -> tuple[Card, ...]:
        wanted = sa.select(_MODELS.c.card).where(_MODELS.c.data_set == data_set)
        if name:
            wanted = wanted.where(_MODELS.c.name == name)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).scalars().all()
        found = [card_from_json(row) for row in rows]
        # By time first: different models number their versions apart.
        return tuple(sorted(found, key=lambda card: (str(card.trained_at or ""), card.version), reverse=True))

    def scores(self, data_set: str, name: str, version: int) -> Scores | None:
        wanted = sa.select(_SCORES.c.scores).where(*_place(data_set, name, version))
        with reading(self._engine) as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else scores_from_bytes(found)

    def publish(self, published: Published) -> None:
        with transaction(self._engine) as connection:
            connection.execute(_tag(published.data_set, published.tag))
            connection.execute(
                sa.insert(_TAGS).values(
                    data_set=published.data_set,
                    tag=published.tag,
                    model=published.model,
                    version=published.version,
                    horizon=published.horizon,
                    published_at=published.published_at.isoformat(),
                    published_by=published.published_by,
                )
            )

    def withdraw(self, data_set: str, tag: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(_tag(data_set, tag))

    def published(self, data_set: str) -> tuple[Published, ...]:
        wanted = sa.select(_TAGS).where(_TAGS.c.data_set == data_set).order_by(_TAGS.c.tag)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).mappings().all()
        return tuple(Published(**{**row, "published_at": datetime.fromisoformat(row["published_at"])}) for row in rows)

    def set_rhythm(self, rhythm: Rhythm) -> None:
        same = (
            _RHYTHMS.c.data_set == rhythm.data_set,
            _RHYTHMS.c.model == rhythm.model,
            _RHYTHMS.c.horizon == rhythm.horizon,
        )
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(_RHYTHMS).where(*same))
            if rhythm.every_days:
                connection.execute(
                    sa.insert(_RHYTHMS).values(
                        data_set=rhythm.data_set,
                        model=rhythm.model,
                        horizon=rhythm.horizon,
                        every_days=rhythm.every_days,
                        set_by=rhythm.set_by,
                        trained_at=rhythm.trained_at.isoformat() if rhythm.trained_at else None,
                    )
                )

    def rhythms(self, data_set: str) -> tuple[Rhythm, ...]:
        columns = _RHYTHMS.c
        wanted = sa.select(_RHYTHMS).where(columns.data_set == data_set).order_by(columns.model, columns.horizon)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).mappings().all()
        return tuple(
            Rhythm(**{**row, "trained_at": datetime.fromisoformat(row["trained_at"]) if row["trained_at"] else None})
            for row in rows
        )

    def forget(self, data_set: str, key: int) -> int:
        columns = _SCORES.c
        wanted = sa.select(columns.name, columns.version, columns.scores).where(columns.data_set == data_set)
        count = 0
        with transaction(self._engine) as connection:
            for name, version, packed in connection.execute(wanted).all():
                scores = scores_from_bytes(packed)
                if scores.place(key) is None:
                    continue
                kept = scores_to_bytes(scores.without(key))
                connection.execute(sa.update(_SCORES).where(*_place(data_set, name, version)).values(scores=kept))
                count += 1
        return count

    def prune(self, data_set: str, name: str, keep: int) -> None:
        columns = _SCORES.c
        mine = sa.and_(columns.data_set == data_set, columns.name == name)
        standing = sa.select(_TAGS.c.version).where(_TAGS.c.data_set == data_set, _TAGS.c.model == name)
        with transaction(self._engine) as connection:
            held = set(connection.execute(standing).scalars())
            versions = connection.execute(sa.select(columns.version).where(mine)).scalars().all()
            gone = [version for version in sorted(versions, reverse=True)[keep:] if version not in held]
            connection.execute(sa.delete(_SCORES).where(mine, columns.version.in_(gone)))


def _place(data_set: str, name: str, version: int) -> tuple[sa.ColumnElement[bool], ...]:
    return _SCORES.c.data_set == data_set, _SCORES.c.name == name, _SCORES.c.version == version


def _tag(data_set: str, tag: str) -> sa.Delete:
    return sa.delete(_TAGS).where(_TAGS.c.data_set == data_set, _TAGS.c.tag == tag)
