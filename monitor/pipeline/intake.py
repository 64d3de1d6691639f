"""The news of polls: matched and kept, together with that of other polls where several wait.

A poll's articles are looked up and matched in the matcher's thread, outside of any transaction, for that
may be slow; then the writer keeps them with all that follows from them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.config import Config
from monitor.dedup import exact
from monitor.model import Article, FeedState
from monitor.pipeline import liveblog, notice, recognition
from monitor.pipeline.commit import Commit, Finish, Kept, Piece
from monitor.pipeline.items import Item, find_known
from monitor.pipeline.notice import Notice
from monitor.pipeline.recognition import Recognition
from monitor.pipeline.tell import Policy
from monitor.pipeline.turns import Turns
from monitor.store import Store
from monitor.telemetry import logs

log = logs.get(__name__)

PIECE = 50  # articles of one poll in one transaction: a fraction of a second in the writer
GROUP = 64  # articles of several polls together


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What holds while a poll is kept: a reload takes effect with the next poll."""

    config: Config
    recipients: Mapping[str, Sequence[str]]
    recognition: Recognition

    def is_like(self, other: "Setting") -> bool:
        """Whether polls under both may go together."""
        return (
            self.config is other.config
            and self.recipients is other.recipients
            and self.recognition is other.recognition
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Articles to be matched."""

    setting: Setting
    state: FeedState
    articles: Sequence[Article]

    @staticmethod
    def weigh(one: "_Read") -> int:
        return len(one.articles)


@dataclass(frozen=True, slots=True, eq=False)
class _Matched:
    """Articles to be kept."""

    setting: Setting
    piece: Piece

    @staticmethod
    def weigh(one: "_Matched") -> int:
        return len(one.piece.items)


@dataclass(slots=True)
class Intake:
    """Two stages with a queue each."""

    store: Store
    matcher: Executor
    owner: str
    installation: str
    now: Callable[[], datetime]
    _matching: Turns[_Read, tuple[Item, ...]] = field(init=False)
    _keeping: Turns[_Matched, Kept | None] = field(init=False)

    def __post_init__(self) -> None:
        def are_alike(one: _Read | _Matched, other: _Read | _Matched) -> bool:
            return one.setting.is_like(other.setting)

        self._matching = Turns(self._match_together, most=GROUP, weigh=_Read.weigh, are_alike=are_alike)
        self._keeping = Turns(self._keep_together, most=GROUP, weigh=_Matched.weigh, are_alike=are_alike)

    async def match(
        self, setting: Setting, state: FeedState, articles: Sequence[Article]
    ) -> tuple[Item, ...]:
        """The articles that are no plain duplicates, with their matches."""
        return await self._matching.ask(_Read(setting, state, articles))

    async def keep(
        self, setting: Setting, state: FeedState, items: Sequence[Item], finish: Finish
    ) -> Kept | None:
        """Commit them; the feed's state comes with the last. None when the lease was lost.

        Many go in pieces, so that no other poll waits for a long one. When the process dies between two
        pieces, the feed is read again, and what is kept is known.
        """
        kept = Kept()
        for start in range(0, len(items), PIECE):
            last = finish if start + PIECE >= len(items) else None
            piece = Piece(state, items[start : start + PIECE], last, kept)
            after = await self._keeping.ask(_Matched(setting, piece))
            if after is None:
                return None
            kept = after
        return kept

    # --- matching -----------------------------------------------------------------------------

    async def _match_together(self, group: Sequence[_Read]) -> Sequence[tuple[Item, ...]]:
        return await asyncio.get_running_loop().run_in_executor(self.matcher, self._match, group)

    def _match(self, group: Sequence[_Read]) -> list[tuple[Item, ...]]:
        setting, now = group[0].setting, self.now()
        if not setting.recognition.is_ready:
            self.store.read(lambda conn: setting.recognition.start(conn, now=now))
        polls = [(one.state, _items(one.articles)) for one in group]
        changed = self.store.read(partial(_changed, polls=polls, now=now))
        ruleset = setting.config.ruleset
        before = set(ruleset.disabled)
        found = iter(ruleset.match_many([item.shown or item.article for items in changed for item in items]))
        for name in ruleset.disabled.keys() - before:
            self._tell_of_disabled(setting, name, now)
        return [
            tuple(replace(item, matches=liveblog.of_new_entries(item, next(found))) for item in items)
            for items in changed
        ]

    def _tell_of_disabled(self, setting: Setting, name: str, now: datetime) -> None:
        """A rule that failed is left out from now on: whoever would have had its alerts must know."""
        reason = setting.config.ruleset.disabled[name]
        log.error("rule_disabled", rule=name, reason=reason)
        channels = next(rule.channels for rule in setting.config.rules if rule.name == name)
        told = Notice(
            key=f"rule_disabled|{name}|{setting.config.fingerprint}",
            rule=name,
            headline=f"The rule {name!r} is switched off: it failed",
            detail=f"{reason}\nIt is tried again after the next change of the configuration, or a restart.",
        )
        recipients = {channel: setting.recipients.get(channel, ("",)) for channel in channels}
        self.store.write(
            lambda conn: notice.enqueue(conn, told, recipients, installation=self.installation, now=now)
        )

    # --- keeping ------------------------------------------------------------------------------

    async def _keep_together(self, group: Sequence[_Matched]) -> Sequence[Kept | None]:
        setting = group[0].setting
        commit = Commit(
            {rule.name: rule for rule in setting.config.rules},
            setting.recipients,
            self.owner,
            self.installation,
            self.now(),
            setting.recognition,
            _policy(setting.config),
        )
        pieces = [one.piece for one in group]
        return await asyncio.wrap_future(self.store.submit(lambda conn: commit.run(conn, pieces)))


def _items(articles: Sequence[Article]) -> list[Item]:
    drafts = [recognition.read(article) for article in articles]
    keys = exact.tell_apart([draft.keys for draft in drafts])
    return [Item(*item) for item in zip(articles, keys, drafts, strict=True)]


def _changed(
    conn: Connection, *, polls: Sequence[tuple[FeedState, Sequence[Item]]], now: datetime
) -> list[list[Item]]:
    """The articles of each poll that are no plain duplicates."""
    return [
        liveblog.narrow(conn, harvest, harvest.changed(now), now) for harvest in find_known(conn, polls, now)
    ]


def _policy(config: Config) -> Policy:
    channels = {spec.name: spec for spec in config.channels}
    return Policy(channels, config.lists, ZoneInfo(config.settings.time_zone))
