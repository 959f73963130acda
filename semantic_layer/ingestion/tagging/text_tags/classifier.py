"""A classifier of short texts: logistic regression over n-grams of letters, which needs no words and no segmentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.tagging.text_tags.types import Found

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FEWEST: Final = 30  # labelled texts of each value, and of none: fewer teach nothing that could be measured
_LONGEST_GRAM: Final = 4


class Classifier:
    """Learned from labelled texts; the same texts and seed give the same classifier."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    @classmethod
    def learned(cls, texts: Sequence[str], values: Sequence[str], *, seed: int, fewest: int = FEWEST) -> Classifier:
        """Raises `DataError` that names the values with too few labelled texts."""
        counts = Counter(values)
        scarce = sorted(value or "-" for value, count in counts.items() if count < fewest)
        if scarce or len(counts) < 2:  # one value is nothing to choose from
            named = ", ".join(scarce) or "-"
            raise DataError(
                Text(
                    f"带标注的文本太少，不能训练分类器：每个取值至少要 {fewest} 条（不够的：{named}）。请改用词典，或补充标注。",
                    f"Too few labelled texts for a classifier: each value needs {fewest} (too few: {named}). Use the dictionary, or label more.",
                )
            )
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  # seconds to import
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415

        grams = TfidfVectorizer(analyzer="char", ngram_range=(1, _LONGEST_GRAM), min_df=2, sublinear_tf=True)
        pipeline = make_pipeline(grams, LogisticRegression(max_iter=1000, C=10.0, random_state=seed))
        pipeline.fit(list(texts), list(values))
        return cls(pipeline)

    def find_all(self, texts: Sequence[str]) -> list[Found]:
        """The likeliest value of each text, with its probability."""
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return []
        likely = self._pipeline.predict_proba(distinct)
        values = self._pipeline.classes_
        known = {
            text: Found(str(values[place]), float(row[place]))
            for text, row, place in zip(distinct, likely, likely.argmax(axis=1), strict=True)
        }
        return [known[text] for text in texts]
