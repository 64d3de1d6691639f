"""The methods compared: ours, and the usual simpler ones, with the thresholds they are usually given."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from benchmarks.dedup.score import groups_of
from monitor.dedup import Deduplicator, Finding, neardup
from monitor.dedup.deduplicator import PRIOR
from monitor.dedup.frequency import Frequencies
from monitor.dedup.neardup import Appearance
from monitor.dedup.reading import read
from monitor.dedup.wording import wording
from monitor.model import Article, ArticleKind

Pairs = Iterator[tuple[int, int]]

_PERMUTATIONS = 128


def body(article: Article) -> list[str]:
    """All words of an article; its headline too, since some have nothing else."""
    reading = read(article)
    return [*reading.headline_words, *(word for part in reading.paragraphs for word in part.words)]


def shingles(words: Sequence[str], size: int) -> set[bytes]:
    """Hashes of neighbouring words."""
    joined = (" ".join(words[n : n + size]) for n in range(max(1, len(words) - size + 1)))
    return {blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in joined}


# --- ours -------------------------------------------------------------------------------------


def findings(articles: Iterable[Article]) -> list[Finding]:
    """Ours, as a stream; the stories as they are at its end."""
    deduplicator = Deduplicator()
    found = [deduplicator.add(article) for article in articles]
    return [replace(item, story=deduplicator.story_now(item.story)) for item in found]


def copy_groups(found: Sequence[Finding]) -> list[str]:
    """The group of each article: the first of its chain of copies."""
    group: dict[str, str] = {}
    for item in found:
        is_copy = item.kind in (ArticleKind.COPY, ArticleKind.UPDATE, ArticleKind.DUPLICATE)
        group[item.article] = group[str(item.of)] if is_copy else item.article
    return [group[item.article] for item in found]


def our_rule(articles: Sequence[Article]) -> Callable[[Article, Article], bool]:
    """Our decision about two articles alone, with the word frequencies of all."""
    frequencies = Frequencies(prior=PRIOR)
    appearances = {article.id: _appearance(article) for article in articles}
    for appearance in appearances.values():
        frequencies.learn(appearance.wording.terms)

    def decide(one: Article, other: Article) -> bool:
        return neardup.compare(appearances[one.id], appearances[other.id], frequencies).is_copy

    return decide


def _appearance(article: Article) -> Appearance:
    reading = read(article)
    texts = [reading.title, *(part.text for part in reading.paragraphs)]
    return Appearance(wording(body(article), texts), reading.host, article.published_at)


# --- the others, all pairs they find ----------------------------------------------------------


def exact_pairs(articles: Sequence[Article]) -> Pairs:
    """The same words."""
    seen: dict[tuple[str, ...], int] = {}
    for number, article in enumerate(articles):
        words = tuple(body(article))
        if words in seen:
            yield seen[words], number
        else:
            seen[words] = number


def simhash_pairs(articles: Sequence[Article], distance: int = 3) -> Pairs:
    """SimHash of 64 bits over three-word shingles, by Hamming distance."""
    values = np.array([_simhash(shingles(body(article), 3)) for article in articles], dtype=np.uint64)
    for number in range(1, len(values)):
        near = np.flatnonzero(np.bitwise_count(values[:number] ^ values[number]) <= distance)
        yield from ((int(other), number) for other in near)


def _simhash(features: Iterable[bytes]) -> int:
    hashes = np.frombuffer(b"".join(features), dtype=np.uint8).reshape(-1, 8)
    bits = np.unpackbits(hashes, axis=1).astype(np.int32)
    votes = bits.sum(axis=0) * 2 > len(bits)
    return int.from_bytes(np.packbits(votes).tobytes(), "big")


def minhash_pairs(articles: Sequence[Article], threshold: float) -> Pairs:
    """MinHash-LSH of datasketch over four-word shingles."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)
    for number, article in enumerate(articles):
        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch(list(shingles(body(article), 4)))
        yield from ((int(found), number) for found in index.query(sketch))
        index.insert(str(number), sketch)


def cosine_pairs(articles: Sequence[Article], threshold: float) -> Pairs:
    """Cosine of TF-IDF vectors of words, with the frequencies of the whole set."""
    counts = [Counter(body(article)) for article in articles]
    frequencies = Counter(word for count in counts for word in count)
    index: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, count in enumerate(counts):
        weights = {w: (1 + math.log(c)) * math.log(len(counts) / frequencies[w]) for w, c in count.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        cosines: defaultdict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            if frequencies[word] > 1:
                for other, their in index[word]:
                    cosines[other] += weight * their / length
                index[word].append((number, weight / length))
        yield from ((other, number) for other, cosine in cosines.items() if cosine >= threshold)


def containment_pairs(articles: Sequence[Article], threshold: float) -> Pairs:
    """Containment of four-word shingles, without guards. Every pair is looked at."""
    index: defaultdict[bytes, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for number, article in enumerate(articles):
        ours = shingles(body(article), 4)
        common = Counter(other for shingle in ours for other in index[shingle])
        sizes.append(len(ours))
        yield from (
            (other, number)
            for other, count in common.items()
            if count >= threshold * min(sizes[other], len(ours))
        )
        for shingle in ours:
            index[shingle].append(number)


OTHERS: dict[str, Callable[[Sequence[Article]], Pairs]] = {
    "exact hash": exact_pairs,
    "SimHash 64, distance 3": simhash_pairs,
    "MinHash-LSH, Jaccard .8": lambda articles: minhash_pairs(articles, 0.8),
    "MinHash-LSH, Jaccard .5": lambda articles: minhash_pairs(articles, 0.5),
    "TF-IDF cosine .8": lambda articles: cosine_pairs(articles, 0.8),
    "TF-IDF cosine .6": lambda articles: cosine_pairs(articles, 0.6),
    "containment .5, no guards": lambda articles: containment_pairs(articles, 0.5),
}


# --- stories ----------------------------------------------------------------------------------


def linked(method: Callable[[Sequence[Article]], Pairs]) -> Callable[[Sequence[Article]], list[int]]:
    """The groups that the pairs of a method make."""
    return lambda articles: groups_of(len(articles), method(articles))


def one_pass(articles: Sequence[Article], threshold: float) -> list[int]:
    """TF-IDF in one pass: the story with the best mean of three members."""
    frequencies: Counter[str] = Counter()
    index: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    stories: list[int] = []
    for number, article in enumerate(articles):
        counts = Counter(word[:6] for word in body(article))
        frequencies.update(counts.keys())
        weights = {
            word: (1 + math.log(count)) * math.log((number + 2) / frequencies[word])
            for word, count in counts.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        cosines: defaultdict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            for other, their in index[word]:
                cosines[other] += weight * their / length
            index[word].append((number, weight / length))
        stories.append(_best_story(stories, cosines, threshold, number))
    return stories


def _best_story(stories: list[int], cosines: dict[int, float], threshold: float, number: int) -> int:
    by_story: defaultdict[int, list[float]] = defaultdict(list)
    for other, cosine in cosines.items():
        by_story[stories[other]].append(cosine)
    sizes = Counter(stories)
    means = {
        story: sum(sorted(found, reverse=True)[:3]) / min(3, sizes[story])
        for story, found in by_story.items()
    }
    best = max(means, key=means.__getitem__, default=None)
    return best if best is not None and means[best] >= threshold else number
