"""Full texts: fetches the pages of articles that need it, before they are identified and matched.

Pages are fetched like feeds, through the same limits of hosts, and at most so many in one poll: the
latest first, and none that are too old for any rule. What was read is kept, so that an article has
the same text in every poll. Where a page brings nothing, the article stays as its feed gave it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import dedup
from monitor.config import Config
from monitor.errors import PollReason
from monitor.fetch import completion, fulltext
from monitor.fetch.http import Fetcher
from monitor.fetch.outcome import Failed, FetchRequest, Fresh
from monitor.fetch.reading import not_asked
from monitor.fetch.workers import ParserPool
from monitor.model import Article, Document, Feed, FeedState, FullText
from monitor.pipeline.aftermath import Brought
from monitor.rules import RuleSet, scope
from monitor.rules.hints import hints
from monitor.store import Store, pages
from monitor.store.pages import PageText
from monitor.telemetry import logs

log = logs.get(__name__)

MOST = 20  # pages in one poll; the others have their turn with the next
PATIENCE = timedelta(seconds=60)  # for all pages of one poll
_ATTEMPTS = 3
_PAUSE = timedelta(minutes=15)  # after a failure, doubled after the next
_LASTING = frozenset({PollReason.NOT_FOUND, PollReason.GONE, PollReason.FORBIDDEN, PollReason.NO_TEXT})


@dataclass(frozen=True, slots=True)
class _Wanted:
    article: Article
    key: str
    said: str
    attempts: int = 0


@dataclass(slots=True)
class FullTexts:
    """Reads pages into articles. `matcher` is the one thread in which rules are asked."""

    store: Store
    fetcher: Fetcher
    pool: ParserPool
    matcher: Executor
    now: Callable[[], datetime]
    _hints: tuple[str, RuleSet] | None = None  # by the configuration's fingerprint

    async def complete(self, state: FeedState, brought: Brought, config: Config) -> Brought:
        """The same with the texts of its articles' pages, as far as they are wanted and can be had."""
        read = brought.document
        if state.feed.full_text is FullText.NEVER or not read.articles:
            return brought
        wanted = [_want(article) for article in read.articles]
        keys = [item.key for item in wanted if item.key]
        known = dict(await asyncio.to_thread(self.store.read, lambda conn: pages.get_many(conn, keys)))
        chosen = await self._choose(wanted, known, state, config)
        for page in await self._fetch(chosen[:MOST], state.feed):
            known[page.key] = page
        tried = [item for item in wanted if item.key in known]
        waits = any(_is_open(known.get(item.key)) for item in (*chosen, *tried))
        articles = tuple(
            _with_text(item.article, known.get(item.key), item.said) if item.key else item.article
            for item in wanted
        )
        return replace(brought, document=replace(read, articles=articles), waits=waits)

    async def _choose(
        self, wanted: Sequence[_Wanted], known: Mapping[str, PageText], state: FeedState, config: Config
    ) -> list[_Wanted]:
        """Whose pages to fetch now, the latest first."""
        now = self.now()
        since = now - max((rule.max_age for rule in config.rules), default=timedelta(0))
        is_first = state.first_polled_at is None
        due = [
            replace(item, attempts=_attempts(known.get(item.key), item.said))
            for item in wanted
            if item.key
            and _is_due(known.get(item.key), item.said, now)
            and _is_recent(item.article, since, undated=not is_first)
        ]
        if state.feed.full_text is FullText.MATCH and due:
            running = asyncio.get_running_loop()
            due = await running.run_in_executor(self.matcher, self._that_may_match, due, state.feed, config)
        due.sort(key=lambda item: item.article.published_at or now, reverse=True)
        if len(due) > MOST:
            log.info("full_text_waiting", feed=state.feed.url, articles=len(due) - MOST)
        return due

    def _that_may_match(self, due: Sequence[_Wanted], feed: Feed, config: Config) -> list[_Wanted]:
        """Those that a rule matches by what the feed says, or has found a part of what it wants in."""
        if self._hints is None or self._hints[0] != config.fingerprint:
            self._hints = (config.fingerprint, hints(config.ruleset.rules))
        rules = {rule.name: rule for rule in config.rules}
        articles = [item.article for item in due]
        likely = self._hints[1].match_many(articles)
        sure = config.ruleset.match_many(articles)
        return [
            item
            for item, part, whole in zip(due, likely, sure, strict=True)
            if any(scope.in_scope(rules[match.rule], item.article, feed) for match in (*part, *whole))
        ]

    async def _fetch(self, chosen: Sequence[_Wanted], feed: Feed) -> list[PageText]:
        """Fetch and keep these; what is not there in time waits for the next poll."""
        tasks = [asyncio.create_task(self._visit(item, feed)) for item in chosen]
        if not tasks:
            return []
        try:
            done, late = await asyncio.wait(tasks, timeout=PATIENCE.total_seconds())
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            raise
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        found = [task.result() for task in tasks if task in done]
        if found:
            await asyncio.wrap_future(self.store.submit(lambda conn: pages.save(conn, found)))
        return found

    async def _visit(self, item: _Wanted, feed: Feed) -> PageText:
        url = item.article.url
        allow_private = feed.allow_private and completion.is_same_host(url, feed.url)
        fetched = await self.fetcher.fetch(FetchRequest(url, allow_private=allow_private))
        read: Document | Failed
        if isinstance(fetched, Fresh):
            read = await self.pool.parse(
                fetched.body, url=fetched.url, content_type=fetched.content_type, source=fulltext.NAME
            )
        else:
            read = not_asked(fetched)
        page = PageText(item.key, item.said, self.now(), item.attempts + 1)
        if isinstance(read, Failed):
            log.warning("full_text_failed", feed=feed.url, url=url, reason=read.reason, detail=read.detail)
            return replace(page, reason=read.reason, detail=read.detail)
        (article,) = read.articles
        return replace(
            page,
            content=article.content,
            url=article.url,
            declared=article.declared,
            language=article.language,
        )


def _want(article: Article) -> _Wanted:
    return _Wanted(article, dedup.canonical(article.url)[:2000], dedup.keys(article).content_hash)


def _is_recent(article: Article, since: datetime, *, undated: bool) -> bool:
    moment = article.published_at or article.updated_at
    return undated if moment is None else moment >= since


def _attempts(known: PageText | None, said: str) -> int:
    return known.attempts if known is not None and known.said == said else 0


def _is_due(known: PageText | None, said: str, now: datetime) -> bool:
    """Never read in this version; or tried in vain, not for good, and long enough ago."""
    if known is None or known.said != said:
        return True
    if known.reason is None or known.reason in _LASTING or known.attempts >= _ATTEMPTS:
        return False
    return now >= known.fetched_at + _PAUSE * (1 << (known.attempts - 1))


def _is_open(known: PageText | None) -> bool:
    """Whether an article that was chosen may still get a text."""
    if known is None:
        return True
    return known.reason is not None and known.reason not in _LASTING and known.attempts < _ATTEMPTS


def _with_text(article: Article, page: PageText | None, said: str) -> Article:
    """The article with its page's text, unless the feed itself gave more; and with all its addresses."""
    if page is None or page.reason is not None or page.said != said:
        return article
    own = article.content
    article = replace(
        article,
        language=article.language or page.language,
        aliases=tuple(dict.fromkeys((*article.aliases, *([page.url] if page.url != article.url else [])))),
        declared=tuple(dict.fromkeys((*article.declared, *page.declared))),
    )
    if len(own) >= len(page.content):
        return article
    return replace(article, summary=article.summary or own, content=page.content)
