"""Every error the program raises on purpose, and the closed lists of reasons it gives.

    MonitorError
    ├── ConfigError          the configuration; carries all problems at once
    ├── QueryError           one query; carries the span and a hint
    ├── PollError            one poll of one feed
    │   ├── FetchError
    │   └── ParseError
    ├── StoreError           the database
    │   ├── SchemaOutdated
    │   ├── SchemaTooNew
    │   └── StoreBusy
    └── DeliveryError        one channel

Failures of the outside world that are expected (a feed that times out, a mail server that says
"later") travel between the stages as values; exceptions are for callers that cannot go on.

A reason is at once the log field, the metric label and the documented list: there is no other.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class PollReason(StrEnum):
    """Why a poll brought no articles."""

    DNS = "dns"  # the host name does not resolve
    CONNECT = "connect"  # nothing answers, or the connection was cut
    TLS = "tls"  # the certificate or the handshake was refused
    TIMEOUT = "timeout"  # the whole fetch took longer than its deadline
    REFUSED_ADDRESS = "refused_address"  # a private address, scheme or port we do not visit
    REDIRECT = "redirect"  # a loop, too many hops, or no usable Location
    TOO_LARGE = "too_large"  # more bytes than the cap, on the wire or decoded
    ENCODING = "encoding"  # a content coding we did not offer, or a broken one
    PROTOCOL = "protocol"  # not HTTP as we know it
    RATE_LIMITED = "rate_limited"  # 429
    FORBIDDEN = "forbidden"  # 401, 403, 407, 451
    NOT_FOUND = "not_found"  # 404
    GONE = "gone"  # 410
    CLIENT_ERROR = "client_error"  # any other 4xx
    SERVER_ERROR = "server_error"  # 5xx
    EMPTY = "empty"  # 200 with nothing in it
    NOT_A_FEED = "not_a_feed"  # a web page, a login, a text
    NO_ARTICLES = "no_articles"  # a page in which its selectors found none
    NO_TEXT = "no_text"  # an article's page without a text
    BROKEN = "broken"  # a feed that cannot be read
    PARSE_TIMEOUT = "parse_timeout"  # reading it took longer than the deadline
    PARSER_DIED = "parser_died"  # the worker process was killed while reading it
    INTERNAL = "internal"  # a fault of newsmonitor itself


class DecisionReason(StrEnum):
    """Why a match was told, held or suppressed."""

    NEW_STORY = "new_story"  # told: the first article of a story for this rule
    NEW_ARTICLE = "new_article"  # told: the rule asks for every article
    UPDATED_INTO_RULE = "updated_into_rule"  # told: an edited article now matches
    FOLLOW_UP = "follow_up"  # told: the story reached a step of `follow_up`
    UPDATED = "updated"  # told: an article that was told has changed in what it says
    CORRECTED = "corrected"  # told: a correction or retraction of what was told
    COSMETIC_CHANGE = "cosmetic_change"  # suppressed: what was told has changed, but not in what it says
    STORY_ALREADY_TOLD = "story_already_told"  # suppressed: this rule has alerted this story
    TOO_OLD = "too_old"  # suppressed: published longer ago than the rule's max_age
    UNDATED_BACKLOG = "undated_backlog"  # suppressed: no date, and there when its feed was first polled
    THROTTLED = "throttled"  # suppressed: the rule alerted less than its throttle ago
    STORM = "storm"  # told: with others in one message, since there were too many
    STORY_THROTTLED = "story_throttled"  # suppressed: the told of the story less than `story_throttle` ago
    SILENCED = "silenced"  # suppressed: a silence holds
    INACTIVE = "inactive"  # suppressed: outside of the hours, days or dates at which the rule alerts
    RULE_EXPIRED = "rule_expired"  # suppressed: the rule's time is over
    NO_CHANNEL = "no_channel"  # suppressed: neither the rule nor the defaults name a channel


class DeliveryReason(StrEnum):
    """Why a delivery was not (or not surely) made."""

    PERMANENT = "permanent"  # the service will never take this message
    CONFIGURATION = "configuration"  # the credentials or the address are wrong
    THROTTLED = "throttled"  # the service asks to wait
    TRANSIENT = "transient"  # try again
    UNKNOWN = "unknown"  # no answer: it may or may not have arrived
    EXPIRED = "expired"  # older than the channel's max_age
    CHANNEL_REMOVED = "channel_removed"  # the channel no longer has this recipient
    RENDERING = "rendering"  # the message could not be built
    QUIET_HOURS = "quiet_hours"  # held until the channel's quiet hours are over
    DIGEST = "digest"  # waits for the channel's digest
    STORM = "storm"  # waits for the message that collects a storm of alerts
    BACKLOG = "backlog"  # merged with others that waited for the channel
    ESCALATION = "escalation"  # goes out unless the alert is acknowledged before
    ACKNOWLEDGED = "acknowledged"  # cancelled: somebody has the alert in hand
    SILENCED = "silenced"  # cancelled: it still waited when a silence began that holds for it


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a configuration file. `line` and `column` count from 1; 0 means the whole file."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    level: str = "error"  # or "warning"
    source: str = ""  # the text of that line, for the caret
    length: int = 1  # how many characters the caret underlines

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        lines = [f"{where}: {self.level}: {self.message}"]
        if self.source:
            lines.append(f"  {self.source}")
            before, marked = self.source[: self.column - 1], self.source[self.column - 1 :][: self.length]
            pad = "".join("\t" if c == "\t" else " " * _width(c) for c in before)
            lines.append("  " + pad + "^" * max(1, sum(map(_width, marked))))
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


def _width(character: str) -> int:
    """How many columns of a terminal a character takes: Chinese two, an accent by itself none."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class MonitorError(Exception):
    """Something a person has to know; its text says what, where and how to mend it."""


class ConfigError(MonitorError):
    """The configuration cannot be used. `problems` holds every finding, warnings too."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class QueryError(MonitorError):
    """A query cannot be read. `span` is the half-open range of characters at fault in `text`.

    `others` are further faults of the same query, when they were looked for.
    """

    def __init__(self, message: str, *, text: str, span: tuple[int, int], hint: str = "") -> None:
        self.message = message
        self.text = text
        self.span = span
        self.hint = hint
        self.others: tuple[QueryError, ...] = ()
        super().__init__(message)

    def __str__(self) -> str:
        return "\n".join(str(error.problem()) for error in (self, *self.others))

    def problem(self, level: str = "error") -> Problem:
        """The finding at its line and column of the query."""
        start = self.span[0]
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        line = self.text[line_start : line_end if line_end >= 0 else len(self.text)]
        number = self.text.count("\n", 0, start) + 1
        return Problem(
            file="query",
            line=number,
            column=start - line_start + 1,
            message=self.message,
            hint=self.hint,
            source=line,
            length=max(1, min(self.span[1], line_start + len(line)) - start),
            level=level,
        )


class PollError(MonitorError):
    """One poll failed and the caller cannot go on."""

    def __init__(
        self, feed: str, reason: PollReason, detail: str = "", retry_after: timedelta | None = None
    ) -> None:
        self.feed = feed
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        super().__init__(f"{feed}: {reason}" + (f": {detail}" if detail else ""))


class FetchError(PollError):
    """The feed could not be fetched."""


class ParseError(PollError):
    """The feed was fetched and could not be read."""


class StoreError(MonitorError):
    """The database cannot be used."""


class SchemaOutdated(StoreError):
    """The database is older than this version: run `newsmonitor db upgrade`."""


class SchemaTooNew(StoreError):
    """The database was written by a newer version: install that one."""


class StoreBusy(StoreError):
    """Another daemon holds this database."""


class DeliveryError(MonitorError):
    """A channel cannot be used."""

    def __init__(self, channel: str, reason: DeliveryReason, detail: str, *, recoverable: bool) -> None:
        self.channel = channel
        self.reason = reason
        self.detail = detail
        self.recoverable = recoverable
        super().__init__(f"channel {channel}: {reason}: {detail}")
