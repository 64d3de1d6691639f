"""An edit of some rules in one file: only they are read again, and the rest stays as it was read.

Reading 100,000 rules takes seconds, and an editor changes one of them. What differs (see `difference`)
is read like a file of its own that stands at the same lines. Whenever that might not be the same as
reading all, or when anything is wrong, the answer is None, and all is read.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.config import (
    difference,
    merge,
    nodes,
    queries,
    querylint,
    resolve,
    secrets,
    source,
    telling,
    validate,
)
from monitor.config.difference import Block, Edit
from monitor.config.nodes import Mapping, Node
from monitor.config.problems import Report
from monitor.config.resolve import Sample
from monitor.config.source import Place, SourceFile
from monitor.config.validate import Entries
from monitor.errors import ConfigError, Problem, QueryError
from monitor.model import Rule
from monitor.rules import RuleSet

if TYPE_CHECKING:
    from monitor.config.load import Config

_FROM_FILE = b"${file:"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a configuration was read from, and what was made of it besides the rules."""

    contents: AnyMapping[Path, bytes | None]
    environ: AnyMapping[str, str]
    merged: merge.Merged  # without the rules
    entries: Entries  # likewise
    blocks: AnyMapping[str, Block]  # by the file's name


def note(
    contents: AnyMapping[Path, bytes | None],
    environ: AnyMapping[str, str],
    documents: Sequence[Node],
    merged: merge.Merged,
    entries: Entries,
) -> Origin:
    """What a later reading needs to know of this one."""
    others = {name: item for name, item in merged.root.items.items() if name != "rules"}
    rest = merge.Merged(Mapping(merged.root.place, others), merged.secrets)
    blocks = {document.place.file.name: difference.find_block(document) for document in documents}
    return Origin(contents, dict(environ), rest, replace(entries, rules={}), blocks)


def reread(
    before: "Config", contents: AnyMapping[Path, bytes | None], environ: AnyMapping[str, str]
) -> "Config | None":
    """The configuration with rules of one file changed, added or removed; None when all must be read."""
    origin = before.origin
    changed = [path for path in contents if contents[path] != origin.contents.get(path)]
    if len(changed) != 1 or list(contents) != list(origin.contents) or dict(environ) != origin.environ:
        return None
    if any(content and _FROM_FILE in content for content in contents.values()):
        return None  # what such a file holds may have changed as well
    (path,) = changed
    block = origin.blocks.get(str(path))
    old, new = _decode(origin.contents[path]), _decode(contents[path])
    if block is None or not block.names or not old or not new:
        return None
    edit = difference.compare(str(path), block, old, new)
    part = _read(edit, origin) if edit else None
    if edit is None or part is None:
        return None
    base = _rules_before(path, origin)
    try:
        return _join(before, origin, contents, edit, part, base)
    except (QueryError, ConfigError):  # told by reading all
        return None


def _decode(content: bytes | None) -> str:
    try:
        return "" if content is None else source.decode(content)
    except ValueError:
        return ""


def _rules_before(path: Path, origin: Origin) -> int:
    """How many rules stand in the files before one."""
    earlier = [one for one in origin.contents if one < path]
    return sum(len(block.names) for one in earlier if (block := origin.blocks.get(str(one))))


# --- reading it -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    merged: merge.Merged
    rules: tuple[Rule, ...]
    samples: tuple[Sample, ...]
    starts: tuple[int, ...]
    report: Report


def _read(edit: Edit, origin: Origin) -> _Part | None:
    """The rules that are there now, checked by themselves and against the other sections."""
    report = Report()
    document, errors = nodes.read(edit.file)
    if errors or not isinstance(document, Mapping) or list(document.items) != ["rules"]:
        return None
    written = document.get("rules")
    if not isinstance(written, Mapping):
        return None
    starts = tuple(key.place.start for key, _ in written.items.values())
    merged = merge.merge([document], origin.environ, report)
    merged.root.items.update(origin.merged.root.items)
    merged.secrets |= origin.merged.secrets
    entries = validate.validate_rules(merged, report)
    if len(entries) < len(written.items):
        return None
    known = origin.entries
    rules = resolve.make_rules(entries, known.defaults, time_zone=known.settings.time_zone)
    resolve.check_names(merged, report, channels_known=True)
    telling.check(merged, known.channels, rules, report)
    if report.has_errors:
        return None
    samples = resolve.make_samples(merged, entries)
    return _Part(merged, rules, samples, starts, report)


# --- and what it stands among -----------------------------------------------------------------


def _join(
    before: "Config",
    origin: Origin,
    contents: AnyMapping[Path, bytes | None],
    edit: Edit,
    part: _Part,
    base: int,
) -> "Config | None":
    first, last = base + edit.first, base + edit.last
    rules = (*before.rules[:first], *part.rules, *before.rules[last:])
    sources = {rule.name: rule.score or rule.query for rule in rules}
    if len(sources) != len(rules):  # a name that is given twice
        return None
    ruleset = before.ruleset.changed(sources, lists=origin.entries.lists)
    lints = _lint(before, before.rules[first:last], part, ruleset)
    settings = origin.entries.settings
    resolve.warn_of_loose_ends(
        part.merged, part.rules, before.feeds, before.channels, settings.retention, part.report
    )
    if part.report.has_errors:
        return None
    return replace(
        before,
        rules=rules,
        ruleset=ruleset,
        lints=lints,
        samples=_samples(before, edit, part, first, last),
        warnings=_warnings(before, edit, part),
        fingerprint=source.fingerprint((path.name, content) for path, content in contents.items()),
        origin=replace(
            origin, contents=contents, blocks={**origin.blocks, edit.file.name: _block(edit, part)}
        ),
    )


def _lint(before: "Config", gone: Sequence[Rule], part: _Part, ruleset: RuleSet) -> querylint.Lints:
    lints = dict(before.lints)
    for rule in gone:
        for number in range(len(rule.score.terms) if rule.score else 1):
            lints.pop((rule.name, number), None)
    languages = {rule.name: rule.languages for rule in part.rules}
    queries.refuse_traps(part.merged, part.report)
    compiled = {rule.name: ruleset.rule(rule.name) for rule in part.rules}
    lints.update(querylint.lint_queries(part.merged, compiled, languages, {}, part.report))
    return lints


def _samples(before: "Config", edit: Edit, part: _Part, first: int, last: int) -> tuple[Sample, ...]:
    """The tests of all rules; those behind the part stand in other lines now."""
    if not (before.samples or part.samples):
        return ()
    numbers = {rule.name: number for number, rule in enumerate(before.rules)}
    files: dict[int, SourceFile] = {}
    head, tail = [], []
    for sample in before.samples:
        if numbers[sample.rule] < first:
            head.append(sample)
        elif numbers[sample.rule] >= last:
            tail.append(replace(sample, place=_shifted(sample.place, edit, files)))
    return (*head, *part.samples, *tail)


def _shifted(place: Place, edit: Edit, files: dict[int, SourceFile]) -> Place:
    file = place.file
    if file.name != edit.file.name:
        return place
    if id(file) not in files:
        files[id(file)] = replace(file, skipped=file.skipped + edit.more_lines)
    return place._replace(file=files[id(file)])


def _warnings(before: "Config", edit: Edit, part: _Part) -> tuple[Problem, ...]:
    """They are in the order of files and lines."""
    old, name = before.warnings, edit.file.name
    begin, end = (bisect_left(old, (name, line), key=_line_of) for line in edit.lines)
    behind = old[end:]
    if edit.more_lines:
        in_file = bisect_right(behind, name, key=lambda problem: problem.file)
        moved = (replace(problem, line=problem.line + edit.more_lines) for problem in behind[:in_file])
        behind = (*moved, *behind[in_file:])
    return (*old[:begin], *secrets.hide_in(part.report.warnings(), part.merged.secrets), *behind)


def _line_of(problem: Problem) -> tuple[str, int]:
    return problem.file, problem.line


def _block(edit: Edit, part: _Part) -> Block:
    return difference.block_after(edit, [rule.name for rule in part.rules], part.starts)
