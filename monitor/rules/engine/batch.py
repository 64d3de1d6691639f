"""A batch: up to 64 articles, their visible texts scanned, and which word belongs to which article."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from monitor.model import Article
from monitor.rules.engine.arrays import BATCH, I64, ONES, where
from monitor.rules.engine.features import DEFAULT_MASK, FIELD_BITS, names_of
from monitor.rules.engine.letters import Letters
from monitor.rules.engine.scan import Scan
from monitor.rules.places import MOST_PLACES
from monitor.rules.query import DEFAULT_FIELDS
from monitor.text.fields import field_text


class Batch:
    """The articles and the scan of the fields that are asked for, in the order of `fields`."""

    def __init__(self, articles: Sequence[Article], field_mask: int, letters: Letters) -> None:
        self.articles = articles
        self.fields = names_of(field_mask)
        self.field_names = np.array(self.fields, dtype=object)
        self._flags: I64 = np.array([FIELD_BITS[name] for name in self.fields], dtype=np.int64)
        texts = [field_text(article, name) for article in articles for name in self.fields]
        self.scan = Scan(texts, letters)
        self._sizes: I64 = np.diff(self.scan.first_words).reshape(-1, len(self.fields)).sum(axis=1)
        self.article_of: I64 = np.repeat(np.arange(len(articles), dtype=np.int64), self._sizes)
        self.all = ONES if len(articles) == BATCH else np.uint64((1 << len(articles)) - 1)

    def field_flags(self, words: I64) -> I64:
        """The bit of the field in which each word stands."""
        return self._flags[self.scan.text_of[words] % len(self.fields)]

    @property
    def has_other_fields(self) -> bool:
        """Whether fields were scanned that a rule looks at only when it names them."""
        return bool(self._flags[-1] > DEFAULT_MASK)

    @cached_property
    def long(self) -> np.uint64:
        """The articles so long that the matcher may stop counting places in them."""
        numbers = where(self._sizes >= MOST_PLACES).tolist()
        return np.uint64(sum(1 << number for number in numbers))

    def text_number(self, article: int, field: str) -> int | None:
        """The number of the text of a field in the scan; None for fields that not every scan has."""
        if field not in DEFAULT_FIELDS:
            return None
        return article * len(self.fields) + self.fields.index(field)
