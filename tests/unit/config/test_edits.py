"""Edits of some rules: read by themselves, with the result of reading everything."""

import random
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Config, load
from monitor.config.problems import locate
from monitor.errors import ConfigError, Problem
from monitor.model import Article
from tests.support.growth import seconds

BASE = """\
settings: {time_zone: Europe/Vienna}
feeds: [{url: 'https://a.example/rss', tags: [one]}]
channels: {desk: 'console://', night: 'console://'}
defaults: {channels: [desk], max_age: 2h}
lists: {fuel: [oil, gas]}
"""
RULES = [
    "Oil: oil OR gas AND Iran",
    "Fuel: $fuel",
    '"A quoted: name": |\n    the AND coal',
    """Full:
    match: |
      zinc OR
      (zinc AND tin)
    channels: [night]
    # a comment
    priority: high""",
    """Tested:
    match: copper
    tests:
      should_match: [copper rises, 'lead, copper']
      should_not_match:
        - lead""",
    "Scored:\n    score: {threshold: 3, terms: {'the': 2, iron: 3}}",
    "Folded: >\n    nickel\n    AND cobalt",
    "Россия: Россия",
    "Flow: {match: silver, channels: [night],\n   language: [ru]}",
    "Long: aluminium AND\n    smelter*\n",
    "# nothing but a comment\n  After: gold",
    "Fed: {match: lithium, feeds: {tags: [one]}}",
    "Held: {match: uranium, hold: 5d}",
]
BROKEN = [
    "Bad: oil or gas",
    "Open: 'never closed",
    "Open flow: {match: oil",
    "Fuel: given twice",
    "Unknown: {match: oil, channels: [nobody]}",
    "Loose\n",
    "No list: $nothing",
    "Alias: *oil",
    "Hash: oil # gas",
    "Two:\n    match: oil\n   score: 3",
    "Tab:\n\tmatch: oil",
    "Inner: ok\nlists: {fuel: [wood]}",
    "Env: ${env:WORDS:-oil}",
]


def write(directory: Path, rules: list[str], *, name: str = "rules.yaml", indent: str = "  ") -> None:
    text = "".join(f"{indent}{rule}\n".replace("\n  ", f"\n{indent}") for rule in rules)
    (directory / name).write_text(f"# ours\nrules:\n{text}", encoding="utf-8")


def all_of(config: Config) -> dict[str, Any]:
    """What can be asked of a configuration."""
    samples = [
        (one.rule, one.article, one.should_match, locate(one.place, "here").line) for one in config.samples
    ]
    article = Article("1", title="oil coal zinc copper nickel cobalt Россия silver aluminium gold iron")
    return {
        "rules": config.rules,
        "compiled": list(config.ruleset.rules.items()),
        "samples": samples,
        "warnings": config.warnings,
        "fingerprint": config.fingerprint,
        "lints": dict(config.lints),
        "found": config.ruleset.match(article),
        "blocks": {name: (block.names, list(block.starts)) for name, block in config.origin.blocks.items()},
        "rest": (config.feeds, config.channels, config.lists, config.settings),
    }


def _load(directory: Path, before: Config | None) -> tuple[Config | None, tuple[Problem, ...]]:
    try:
        return load(directory, environ={}, before=before), ()
    except ConfigError as error:
        return None, error.problems


def reloaded(directory: Path, before: Config) -> Config | None:
    """The configuration as it is read with one before it; compared with reading everything."""
    expected, problems = _load(directory, None)
    found, told = _load(directory, before)
    assert told == problems
    if expected is None or found is None:
        assert expected is found
        return None
    assert all_of(found) == all_of(expected)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_any_edits_give_what_reading_everything_gives(tmp_path: Path, seed: int) -> None:
    """Rules changed, added, removed and moved, one edit after another, and mistakes between them."""
    chance = random.Random(seed)
    (tmp_path / "a.yaml").write_text(BASE + "rules:\n  First: first\n")
    (tmp_path / "z.yaml").write_text("rules:\n  Last: {match: last, tests: {should_match: [last]}}\n")
    indent = chance.choice(("  ", " ", "    "))
    rules = chance.sample(RULES, 8)
    write(tmp_path, rules, indent=indent)
    config = load(tmp_path, environ={})
    for _ in range(25):
        place = chance.randrange(len(rules) + 1)
        edited = rules.copy()
        spare = [rule for rule in RULES if rule not in rules]
        new = chance.choice(BROKEN if chance.random() < 0.2 or not spare else spare)
        if not spare or (chance.random() < 0.4 and len(rules) > 5):
            edited.remove(chance.choice(edited))
        elif chance.random() < 0.5 and place:
            edited[place - 1] = new
        else:
            edited.insert(place, new)
        write(tmp_path, edited, indent=indent)
        found = reloaded(tmp_path, config)
        if found is not None:
            config, rules = found, [rule for rule in edited if rule not in BROKEN]


@pytest.mark.parametrize("rule", BROKEN)
def test_a_mistake_is_told_as_it_is_told_otherwise(tmp_path: Path, rule: str) -> None:
    """With the same problems at the same places, whatever is wrong with the one rule."""
    (tmp_path / "a.yaml").write_text(BASE)
    write(tmp_path, RULES)
    before = load(tmp_path, environ={})
    write(tmp_path, [*RULES[:5], rule, *RULES[5:]])
    reloaded(tmp_path, before)


def test_one_letter_anywhere(tmp_path: Path) -> None:
    """A letter more or less at any place of the file."""
    (tmp_path / "a.yaml").write_text(BASE)
    write(tmp_path, RULES)
    before = load(tmp_path, environ={})
    text = (tmp_path / "rules.yaml").read_text(encoding="utf-8")
    for place in range(0, len(text), 5):
        for new in (text[:place] + text[place + 1 :], text[:place] + "' \n#:x"[place % 6] + text[place:]):
            (tmp_path / "rules.yaml").write_text(new, encoding="utf-8")
            reloaded(tmp_path, before)


def test_another_section_is_read_with_everything(tmp_path: Path) -> None:
    """A list that has changed changes rules that stay as they are."""
    (tmp_path / "a.yaml").write_text(BASE)
    write(tmp_path, RULES)
    before = load(tmp_path, environ={})
    (tmp_path / "a.yaml").write_text(BASE.replace("[oil, gas]", "[peat]"))
    found = reloaded(tmp_path, before)
    assert found is not None
    assert found.lists["fuel"] == ("peat",)


def test_values_from_outside_are_asked_for_again(tmp_path: Path) -> None:
    """Another environment is another configuration."""
    (tmp_path / "a.yaml").write_text(BASE.replace("'https://a.example/rss'", "'${env:FEED}'"))
    write(tmp_path, RULES)
    before = load(tmp_path, environ={"FEED": "https://a.example/1"})
    write(tmp_path, RULES[1:])
    found = load(tmp_path, environ={"FEED": "https://a.example/2"}, before=before)
    assert found.feeds[0].url == "https://a.example/2"


def test_one_rule_among_thousands_is_read_in_a_small_part_of_the_time(tmp_path: Path) -> None:
    """Less than a fifth of reading everything."""
    (tmp_path / "a.yaml").write_text(BASE)
    rules = [f"Rule {number}:\n    match: oil{number} AND (gas OR coal)" for number in range(2000)]
    write(tmp_path, rules)
    before = load(tmp_path, environ={})
    rules[1000] = "Rule 1000: zinc"
    write(tmp_path, rules)
    whole = seconds(lambda: load(tmp_path, environ={}))
    part = seconds(lambda: load(tmp_path, environ={}, before=before))
    assert part < whole / 5
