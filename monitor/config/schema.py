"""What may be written in the configuration: one model a section, defaults and descriptions in one place.

The descriptions become the editor's hovers (through the JSON Schema) and the reference page. Holds
what each value may be by itself; what must fit together is in `resolve`.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from monitor.config.database import check_database
from monitor.config.policies import (
    ActiveEntry,
    Clock,
    DigestEntry,
    EscalateEntry,
    QuietEntries,
    StormEntry,
    Watch,
)
from monitor.config.reading import FeedEntry, WebSub
from monitor.config.strict import ShortForm, Strict
from monitor.config.values import (
    ChannelUrl,
    DayOrMore,
    Duration,
    Integer,
    Language,
    Languages,
    Number,
    PositiveDuration,
    Size,
    Text,
    Texts,
    TimeZone,
    Unsubscribe,
    fault,
)  # fmt: skip
from monitor.model import AlertScope, OnUnknown, Priority


def _check_database(url: str) -> str:
    return check_database(url)


class Poll(Strict):
    """How feeds are polled."""

    requests_per_day: Integer | None = Field(
        default=None,
        ge=1,
        description="Polls a day, of all feeds together that name no interval: each gets its share by its "
        "rhythm. Without it, 24 for each of them.",
    )
    every: PositiveDuration | None = Field(
        default=None,
        description="A fixed time between two polls, instead of each feed's rhythm, for feeds that name "
        "none; never below 5m for public feeds.",
    )
    retry_after: Literal["host", "feed"] = Field(
        default="host",
        description="When a server asks to wait (429 or 503): whether all public feeds of its host do, or "
        "this feed alone.",
    )
    concurrency: Integer = Field(default=32, ge=1, le=1000, description="Fetches under way at once.")
    per_host: Integer = Field(default=2, ge=1, le=100, description="Fetches under way at once from one host.")
    host_gap: Duration = Field(
        default=timedelta(seconds=1),
        description="Least time between the starts of two fetches from one host.",
    )
    deadline: PositiveDuration = Field(
        default=timedelta(seconds=30), description="Longest time for one whole fetch."
    )
    max_bytes: Size = Field(
        default=8 * 1024 * 1024,
        description="Largest feed that is read, after decompression.",
        json_schema_extra={"default": "8MiB"},
    )
    parser_processes: Integer = Field(default=1, ge=1, le=64, description="Worker processes that read feeds.")


class Settings(Strict):
    """What concerns the program as a whole."""

    database: Annotated[str, AfterValidator(_check_database)] = Field(
        default="sqlite:///data/newsmonitor.db",
        repr=False,
        description="Where articles, alerts and deliveries are kept: `sqlite:///path` (relative to the "
        "working directory) or `postgresql://user@host/database`.",
    )
    time_zone: TimeZone = Field(
        default="UTC", description="The time zone of times in messages, such as Europe/Vienna."
    )
    contact: str = Field(
        default="", description="An address or web page told to publishers in the User-Agent, for complaints."
    )
    retention: DayOrMore = Field(default=timedelta(days=90), description="How long articles are kept.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severity that is logged."
    )
    poll: Poll = Field(default=Poll(), description="How feeds are polled.")
    websub: WebSub | None = Field(
        default=None, description="How hubs reach newsmonitor, so that they push what is new; off without it."
    )
    watch: Watch = Field(
        default=Watch(), description="What is told about feeds, rules, channels and storage."
    )


class TemplatesEntry(Strict):
    """Own words for a channel's messages, in Jinja2; what is not given stays as it is."""

    title: Text | None = Field(
        default=None, description="The subject of mail and the title of push messages."
    )
    text: Text | None = Field(default=None, description="The plain text.")
    html: Text | None = Field(default=None, description="The HTML part of mail; values are escaped.")
    chat: Text | None = Field(
        default=None, description="The message of a chat, in the markup of its service; values are escaped."
    )

    def given(self) -> dict[str, str]:
        """Those that are written, by form."""
        return {name: source for name, source in self if source is not None}


class ChannelEntry(ShortForm):
    """A way to tell people: its address, or a mapping when there is more to say."""

    short_key = "url"
    short_description = "The channel's address."

    url: ChannelUrl = Field(
        repr=False,
        description="An address such as `mailtos://…`, `slack+https://…`, `webhook+https://host/path`, "
        "`file:///path.jsonl`, `feed:///folder`, `command:///program`, `console://`, or any of Apprise's. "
        "Take passwords and tokens from `${env:NAME}` or `${file:/path}`.",
    )
    deadline: PositiveDuration = Field(
        default=timedelta(seconds=60), description="Longest time for one attempt to send."
    )
    max_age: PositiveDuration = Field(
        default=timedelta(hours=72),
        description="An alert not sent for this long is given up and told elsewhere.",
    )
    on_unknown: OnUnknown = Field(
        default=OnUnknown.RESEND,
        description="When a service gave no answer: `resend` (it may come twice) or `hold` (perhaps never).",
    )
    fallback: str = Field(default="", description="The channel that is told when this one has given up.")
    secret: str = Field(
        default="",
        repr=False,
        description="Signs what a webhook posts (HMAC-SHA256). Take it from `${env:NAME}`.",
    )
    templates: TemplatesEntry = Field(
        default=TemplatesEntry(), description="Own words for its messages, in Jinja2."
    )
    unsubscribe: Unsubscribe = Field(
        default="",
        description="For mail: an address or a web page where people can leave; becomes `List-Unsubscribe`.",
    )
    time_zone: TimeZone | None = Field(
        default=None, description="The time zone of times in its messages; without one, that of the settings."
    )
    quiet_hours: QuietEntries = Field(
        default=(), description="When it keeps still, such as 22:00-07:00; what comes then is held."
    )
    digest: DigestEntry | None = Field(
        default=None, description="Tell in one message, such as every 30m or at 07:30, and not one by one."
    )
    storm: StormEntry | None = Field(
        default=None, description="More alerts than this, such as 20/1h, come in one message."
    )
    backlog: Annotated[Integer, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="More alerts than this that waited in an outage come in one message."
    )
    canary: Clock | None = Field(
        default=None, description="When it says each day that it works, such as 08:00."
    )


class ScoreEntry(Strict):
    """A weighted query: the rule matches when the weights of the terms found reach the threshold."""

    threshold: Number = Field(description="The sum that makes a match.")
    terms: dict[str, Number] = Field(
        description="Queries and their weights; a negative weight speaks against a match.", min_length=1
    )


class Selector(Strict):
    """Which feeds a rule reads: those with one of the tags, and those named. At least one must be there."""

    tags: Texts = Field(default=(), description="Feeds with at least one of these tags.")
    feeds: Texts = Field(default=(), description="Feeds by name or address.")


class SampleEntry(ShortForm):
    """An article to try a rule on: its title, or a mapping when there is more to say."""

    short_key = "title"
    short_description = "The article's title."

    title: str = Field(default="", description="The title.")
    summary: str = Field(default="", description="The summary.")
    content: str = Field(default="", description="The text; may be HTML.")
    language: Language = Field(default="", description="The language code.")


class SamplesEntry(Strict):
    """Articles that a rule must match, and such that it must not; `newsmonitor check` tries them."""

    should_match: tuple[SampleEntry, ...] = Field(
        default=(), description="Articles that the rule must match."
    )
    should_not_match: tuple[SampleEntry, ...] = Field(
        default=(), description="Articles that the rule must not match."
    )


class Defaults(Strict):
    """What a rule does when it does not say otherwise."""

    channels: Texts = Field(default=(), description="The channels that are told.")
    priority: Priority = Field(default=Priority.NORMAL, description="How urgent an alert is.")
    max_age: PositiveDuration = Field(
        default=timedelta(hours=24),
        description="Articles published longer ago never alert, so that a new feed does not flood.",
    )
    alert: AlertScope = Field(
        default=AlertScope.STORY,
        description="`story`: once for all articles that tell one event; `article`: for each article.",
    )
    follow_up: tuple[Annotated[Integer, Field(ge=2, le=10_000)], ...] = Field(
        default=(), description="Tell again when so many outlets carry the story, such as [3, 10, 30]."
    )
    throttle: Duration | None = Field(
        default=None, description="After an alert, the rule keeps still for this long."
    )
    story_throttle: Duration | None = Field(
        default=None, description="After telling of a story, the rule keeps still about it for this long."
    )
    hold: Duration | None = Field(
        default=None, description="Wait this long before the alert goes out, to collect a burst in one."
    )
    storm: StormEntry | None = Field(
        default=None, description="More alerts than this, such as 20/1h, come in one message."
    )
    escalate: EscalateEntry | None = Field(
        default=None, description="Whom to tell as well when nobody acknowledges an alert of high priority."
    )


class RuleEntry(ShortForm):
    """What to look for and whom to tell: a query, or a mapping when there is more to say."""

    short_key = "match"
    short_description = "The rule's query."

    match: Text | None = Field(
        default=None,
        description="The query. Best written as a block: `match: |`, and the query on the next line.",
    )
    score: ScoreEntry | None = Field(default=None, description="A weighted query, instead of `match`.")
    channels: Texts | None = Field(
        default=None, description="The channels that are told; without it, those of the defaults."
    )
    feeds: Selector | None = Field(default=None, description="The feeds it reads; without it, all of them.")
    language: Languages = Field(
        default=(), description="Only articles in these languages; those of unknown language too."
    )
    priority: Priority | None = Field(default=None, description="How urgent an alert is.")
    max_age: PositiveDuration | None = Field(
        default=None, description="Articles published longer ago never alert."
    )
    alert: AlertScope | None = Field(
        default=None, description="Alert once per `story`, or for each `article`."
    )
    follow_up: tuple[Annotated[Integer, Field(ge=2, le=10_000)], ...] | None = Field(
        default=None, description="Tell again when so many outlets carry the story, such as [3, 10, 30]."
    )
    throttle: Duration | None = Field(
        default=None, description="After an alert, keep still for this long; `0s`: not at all."
    )
    story_throttle: Duration | None = Field(
        default=None, description="After telling of a story, keep still about it for this long."
    )
    hold: Duration | None = Field(
        default=None, description="Wait this long before the alert goes out; `0s`: not at all."
    )
    storm: StormEntry | None = Field(
        default=None, description="More alerts than this, such as 20/1h, come in one message."
    )
    escalate: EscalateEntry | None = Field(
        default=None, description="Whom to tell as well when nobody acknowledges an alert of high priority."
    )
    active: ActiveEntry | None = Field(default=None, description="When it alerts; without it, always.")
    recipients: dict[str, Texts] = Field(
        default={},
        description="For mail channels, by name: the addresses that get it, instead of the channel's.",
    )
    tests: SamplesEntry = Field(default=SamplesEntry(), description="Articles to try the rule on.")

    @model_validator(mode="after")
    def _has_one_query(self) -> "RuleEntry":
        if (self.match is None) == (self.score is None):
            state = (
                "has neither `match` nor `score`" if self.match is None else "has both `match` and `score`"
            )
            raise fault(f"the rule {state}", "Give it exactly one of the two.")
        return self


class Document(Strict):
    """The configuration of newsmonitor: all its files, merged."""

    settings: Settings = Field(default=Settings(), description="What concerns the program as a whole.")
    feeds: tuple[FeedEntry, ...] = Field(default=(), description="The feeds to poll.")
    lists: dict[str, Texts] = Field(
        default={}, description="Named lists of terms. A query uses one as `$name`: any of its terms."
    )
    channels: dict[str, ChannelEntry] = Field(default={}, description="The ways to tell people, by name.")
    defaults: Defaults = Field(
        default=Defaults(), description="What a rule does when it does not say otherwise."
    )
    rules: dict[str, RuleEntry] = Field(
        default={}, description="What to look for and whom to tell, by the rule's name."
    )
