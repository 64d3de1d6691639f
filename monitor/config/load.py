"""From a directory to a `Config`: read, parse, merge, fill in, validate, resolve, compile.

The only module that knows the order. Reads files and the given environment; raises ConfigError with
every problem at once, or returns a whole configuration.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from monitor.config import (
    edits,
    feeds,
    nodes,
    queries,
    querylint,
    resolve,
    secrets,
    source,
    telling,
    validate,
)
from monitor.config.merge import Merged, merge
from monitor.config.nodes import Node
from monitor.config.problems import Report, locate
from monitor.config.quantities import write_duration
from monitor.config.resolve import Sample
from monitor.config.schema import Settings
from monitor.config.source import Place, SourceFile
from monitor.errors import ConfigError, Problem
from monitor.model import ChannelSpec, Feed, Rule
from monitor.rules import RuleSet
from monitor.rules.ruleset import collecting_nothing

_INIT = "`newsmonitor init` writes a working configuration; `--config DIR` names another directory."


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Config:
    """A whole, valid configuration. Never changes; a reload makes another."""

    settings: Settings
    feeds: tuple[Feed, ...]
    channels: tuple[ChannelSpec, ...]
    rules: tuple[Rule, ...]
    lists: Mapping[str, tuple[str, ...]]
    ruleset: RuleSet
    samples: tuple[Sample, ...]  # the rules' own tests
    warnings: tuple[Problem, ...]
    fingerprint: str  # of the files it was read from, as `reload.fingerprint` gives it
    secrets: frozenset[str]  # values that no log line and no page may show
    channel_places: Mapping[str, Place]  # where each channel's address is written
    feed_places: Mapping[str, Place]  # likewise, by the feed's address
    lints: querylint.Lints  # warnings of queries, for the next reading
    origin: edits.Origin  # likewise, what it was read from

    def __repr__(self) -> str:
        return f"<Config: {self.summary}>"

    @property
    def summary(self) -> str:
        """Its size in words, such as "12 rules, 41 feeds, 2 channels"."""
        counts = (("rule", self.rules), ("feed", self.feeds), ("channel", self.channels))
        return ", ".join(f"{len(things)} {noun}{'' if len(things) == 1 else 's'}" for noun, things in counts)

    def problem_of_channel(self, name: str, message: str) -> Problem:
        """The problem of a channel whose address its service does not accept."""
        return locate(self.channel_places[name], self.hide_secrets(message))

    def problem_of_feed(self, url: str, message: str) -> Problem:
        """The problem of a feed that its source cannot read as it is configured."""
        return locate(self.feed_places[url], self.hide_secrets(message))

    def hide_secrets(self, text: str) -> str:
        """The text with every secret shown as `***`."""
        return secrets.hide(text, self.secrets)


def load(
    directory: str | Path, *, environ: Mapping[str, str] | None = None, before: Config | None = None
) -> Config:
    """The configuration in a directory; `environ` stands in for the process's environment.

    Of the configuration `before`, queries that stay as they are stay read and compiled; when only some rules
    of one file differ, nothing else is read. Raises ConfigError with all problems, in the order of files
    and lines, warnings among them.
    """
    report = Report()
    contents = _read_directory(Path(directory), report)
    environ = os.environ if environ is None else environ
    if before is not None and not report.has_errors:
        edited = edits.reread(before, contents, environ)
        if edited is not None:
            return edited
    with collecting_nothing():
        return _build(contents, environ, report, whole=str(directory), before=before)


def load_rules(path: str | Path, *, environ: Mapping[str, str] | None = None) -> Config:
    """Rules and lists alone, from one YAML file (or a directory): no feeds or channels are needed.

    Names of channels are checked only when the file defines channels. Raises ConfigError.
    """
    path = Path(path)
    report = Report()
    contents = _read_directory(path, report) if path.is_dir() else _read_files([path], report)
    return _build(contents, os.environ if environ is None else environ, report, whole="")


def load_settings(directory: str | Path, *, environ: Mapping[str, str] | None = None) -> Config:
    """The settings alone, with no feeds, channels or rules: to look into the database of a daemon
    whose configuration is being edited. A mistake in another section does not matter; one in the
    settings, or a file that cannot be read as YAML, raises ConfigError.
    """
    report = Report()
    contents = _read_directory(Path(directory), report)
    documents = _parse(contents, report)
    if report.has_errors:
        raise ConfigError(report.problems())
    merged = merge(documents, os.environ if environ is None else environ, report)
    checked = Report()
    settings = validate.validate_settings(merged, checked)
    if settings is None or merged.is_told(("settings",)):
        raise ConfigError(secrets.hide_in((*report.problems(), *checked.problems()), merged.secrets))
    return Config(
        settings=settings,
        feeds=(),
        channels=(),
        rules=(),
        lists=MappingProxyType({}),
        ruleset=RuleSet.compile({}),
        lints={},
        origin=edits.note({}, {}, (), merged, validate.Entries()),
        samples=(),
        warnings=(),
        fingerprint="",
        channel_places=MappingProxyType({}),
        feed_places=MappingProxyType({}),
        secrets=secrets.worth_hiding(merged.secrets | resolve.secrets_in((), settings, ())),
    )


def _read_directory(directory: Path, report: Report) -> dict[Path, bytes | None]:
    try:
        paths = source.list_files(directory)
    except FileNotFoundError:
        report.file_error(str(directory), "there is no such directory", _INIT)
    except NotADirectoryError:
        report.file_error(str(directory), "the configuration is a directory, and this is a file", _INIT)
    except OSError as error:
        report.file_error(str(directory), f"cannot be read: {error.strerror}")
    else:
        if not paths:
            report.file_error(str(directory), "no configuration here: no *.yaml, *.yml or *.opml file", _INIT)
        return _read_files(paths, report)
    return {}


def _read_files(paths: list[Path], report: Report) -> dict[Path, bytes | None]:
    contents: dict[Path, bytes | None] = dict.fromkeys(paths)
    for path in paths:
        try:
            contents[path] = source.read_bytes(path)
        except OSError as error:
            report.file_error(str(path), f"cannot be read: {error.strerror or error}")
        except ValueError as error:
            report.file_error(str(path), str(error))
    return contents


def _build(
    contents: Mapping[Path, bytes | None],
    environ: Mapping[str, str],
    report: Report,
    *,
    whole: str,
    before: Config | None = None,
) -> Config:
    """`whole` names the directory that must be complete; "" when a part is enough."""
    documents = _parse(contents, report)
    is_readable = not report.has_errors
    merged = merge(documents, environ, report)
    entries = validate.validate(merged, report)
    placed = [*feeds.read_entries(entries.feeds), *_read_opml(contents, report)]
    # When a file could not be read, a name may well be defined in it.
    has_channels = "channels" in merged.root.items
    resolve.check_names(merged, report, channels_known=is_readable and (bool(whole) or has_channels))
    resolve.check_fallbacks(merged, report)
    rules = resolve.make_rules(entries.rules, entries.defaults, time_zone=entries.settings.time_zone)
    telling.check(merged, entries.channels, rules, report)
    earlier = querylint.Reading(before.rules, before.ruleset, before.lints) if before else None
    reading = queries.read_queries(
        merged, rules, entries.lists, report, lists_known=is_readable, before=earlier
    )
    if is_readable and whole:
        _require(merged, bool(placed) or _is_broken_opml(contents, report), whole, report)
    settings = _settle_polling(entries.settings, merged, report)
    all_feeds = feeds.settle(placed, entries.settings, report)
    if report.has_errors or reading is None:
        raise ConfigError(secrets.hide_in(report.problems(), merged.secrets))
    channels = resolve.make_channels(entries.channels, settings)
    if whole:
        resolve.warn_of_loose_ends(merged, rules, all_feeds, channels, settings.retention, report)
    return Config(
        settings=settings,
        feeds=all_feeds,
        channels=channels,
        rules=rules,
        lists=MappingProxyType(entries.lists),
        ruleset=reading.ruleset,
        lints=reading.lints,
        origin=edits.note(contents, environ, documents, merged, entries),
        samples=resolve.make_samples(merged, entries.rules),
        warnings=secrets.hide_in(report.warnings(), merged.secrets),
        fingerprint=source.fingerprint((path.name, content) for path, content in contents.items()),
        channel_places=MappingProxyType(resolve.places_of_channels(merged)),
        feed_places=MappingProxyType({entry.feed.url: entry.place for entry in placed}),
        secrets=secrets.worth_hiding(merged.secrets | resolve.secrets_in(channels, settings, all_feeds)),
    )


def _parse(contents: Mapping[Path, bytes | None], report: Report) -> list[Node]:
    documents = []
    for path, content in contents.items():
        if content is None or path.suffix.lower() == source.OPML_SUFFIX:
            continue
        try:
            text = source.decode(content)
        except ValueError as error:
            report.file_error(str(path), str(error), "Save it as UTF-8.")
            continue
        document, errors = nodes.read(SourceFile(str(path), text))
        report.add_yaml(errors)
        if document is not None and not _is_empty(document):
            documents.append(document)
    return documents


def _is_empty(document: Node) -> bool:
    return isinstance(document, nodes.Scalar) and document.is_nothing


def _read_opml(contents: Mapping[Path, bytes | None], report: Report) -> list[feeds.PlacedFeed]:
    return [
        feed
        for path, content in contents.items()
        if content is not None and path.suffix.lower() == source.OPML_SUFFIX
        for feed in feeds.read_opml(str(path), content, report)
    ]


def _is_broken_opml(contents: Mapping[Path, bytes | None], report: Report) -> bool:
    """Whether feeds may be missing only because their file could not be read."""
    return report.has_errors and any(path.suffix.lower() == source.OPML_SUFFIX for path in contents)


def _require(merged: Merged, has_feeds: bool, whole: str, report: Report) -> None:
    """A daemon with nothing to poll, to look for or to tell is a mistake, not a wish."""
    wanted = (
        ("feeds", has_feeds, "no feeds: nothing would be polled", "Add a `feeds:` section or an OPML file."),
        ("rules", None, "no rules: nothing would be looked for", "Add a `rules:` section."),
        ("channels", None, "no channels: nobody would be told", "Add `channels: {console: console://}`."),
    )
    for name, present, message, hint in wanted:
        if not (present or merged.has(name)) and not merged.is_told((name,)):
            report.file_error(whole, message, f"{hint} `newsmonitor init DIR` writes an example.")


def _settle_polling(settings: Settings, merged: Merged, report: Report) -> Settings:
    """The settings with a default interval that is polite; private feeds keep the shorter one."""
    if settings.poll.every is None or settings.poll.every >= feeds.POLITE:
        return settings
    _, node = validate.find(merged.root, ("settings", "poll", "every"))
    polite = write_duration(feeds.POLITE)
    report.warn(
        node,
        f"public feeds are polled every {polite} at most",
        f"Those without `allow_private` keep to {polite}.",
    )
    poll = settings.poll.model_copy(update={"every": feeds.POLITE})
    return settings.model_copy(update={"poll": poll})
