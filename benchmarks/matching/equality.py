"""Compare the batch engine with the reference matcher on random queries and random articles.

python -m benchmarks.matching.equality --pairs 5000000
"""

import argparse
import random
import sys
import time

from monitor.rules import ReferenceEngine, RuleSet
from monitor.rules.engine.engine import BatchEngine
from tests.support.randomrules import LISTS, mutate, random_article, random_rules

RULES, ARTICLES = 300, 100


def compare(seed: int) -> tuple[int, int, int]:
    """Pairs of rule and article compared, matches among them, differences."""
    chance = random.Random(seed)
    rules = random_rules(chance, RULES)
    articles = [random_article(chance, number) for number in range(ARTICLES)]
    articles += [mutate(chance, article) for article in articles]
    expected = RuleSet.compile(rules, lists=LISTS, engine=ReferenceEngine).match_many(articles)
    compiled = RuleSet.compile(rules, lists=LISTS, engine=BatchEngine)
    differences = first = 0
    while first < len(articles):
        size = chance.choice((1, 2, 7, 63, 64, 65))
        found = compiled.match_many(articles[first : first + size])
        for article, wanted, given in zip(articles[first:], expected[first:], found, strict=False):
            by_rule = {match.rule: match for match in wanted}
            other = {match.rule: match for match in given}
            for name in by_rule.keys() | other.keys():
                if by_rule.get(name) != other.get(name):
                    differences += 1
                    print(f"seed {seed}: {rules[name]!r} on {article}", file=sys.stderr)
                    print(f"  reference {by_rule.get(name)}\n  engine    {other.get(name)}", file=sys.stderr)
        first += size
    return len(rules) * len(articles), sum(map(len, expected)), differences


def main() -> int:
    """Compare until enough pairs were seen; 1 when any differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1_000_000, help="of a rule and an article")
    parser.add_argument("--seed", type=int, default=1_000)
    options = parser.parse_args()
    begun = time.process_time()
    pairs = matches = differences = 0
    seed = options.seed
    while pairs < options.pairs:
        counts = compare(seed)
        pairs, matches, differences = (
            pairs + counts[0], matches + counts[1], differences + counts[2],
        )  # fmt: skip
        seed += 1
    seconds = time.process_time() - begun
    print(f"{pairs:,} pairs, {matches:,} matches, {differences} differences, {seconds:.0f} s")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
