"""What may be written of feeds: where they are, what reads them, and how hubs push them.

The part of `schema` that is about getting articles.
"""

from pydantic import Field, model_validator

from monitor.config.strict import ShortForm, Strict
from monitor.config.values import (
    FeedUrl,
    Language,
    ListenAddress,
    PositiveDuration,
    SourceName,
    Text,
    Texts,
    Truth,
    WantsFullText,
    fault,
)
from monitor.model import FullText


class WebSub(Strict):
    """How hubs reach newsmonitor. Feeds that name a hub are then pushed, and polled only for safety."""

    listen: ListenAddress = Field(
        description="Where to listen, such as 127.0.0.1:8099; best behind a reverse proxy that speaks TLS."
    )
    public_url: FeedUrl = Field(
        description="The address by which hubs reach it, such as https://news.example.org/websub; its path "
        "must arrive unchanged."
    )


class SelectEntry(ShortForm):
    """Where the articles of a web page are: CSS selectors. `selector @attribute` takes an attribute."""

    short_key = "item"
    short_description = "What one article is, such as article.teaser."

    item: Text = Field(description="What one article is; the other selectors look inside of it.")
    title: Text | None = Field(
        default=None, description="Its headline; without it, the first heading, else the link's text."
    )
    link: Text | None = Field(default=None, description="Its link; without it, the first there is.")
    date: Text | None = Field(default=None, description="Its date; without it, that of the first <time>.")
    date_format: Text | None = Field(
        default=None,
        description="How dates are written, such as %d.%m.%Y %H:%M; those of ISO 8601 and of mails are "
        "known. UTC, unless they say otherwise.",
    )
    summary: Text | None = Field(default=None, description="Its summary.")
    author: Text | None = Field(default=None, description="Its author.")

    @property
    def options(self) -> dict[str, str]:
        """The selectors given."""
        return self.model_dump(exclude_none=True)

    @model_validator(mode="after")
    def _can_be_used(self) -> "SelectEntry":
        from monitor.formats import webpage  # most configurations have none: do not pay for it

        try:
            webpage.create(self.options)
        except ValueError as error:
            hint = "Selectors are written as in a style sheet: div.news > h2 a."
            raise fault(str(error), hint) from None
        return self


class FeedEntry(ShortForm):
    """A feed to poll: its address, or a mapping when there is more to say."""

    short_key = "url"
    short_description = "The feed's address."

    url: FeedUrl = Field(description="The feed's http or https address.")
    name: Text = Field(
        default="", description="What to call it in messages; without one, its address is shown."
    )
    tags: Texts = Field(default=(), description="Words to choose feeds by, such as agency or europe.")
    language: Language = Field(
        default="",
        description="The language code of its articles, where the feed itself says nothing.",
    )
    every: PositiveDuration | None = Field(
        default=None, description="Time between two polls; at least 5m, or 1s with `allow_private`."
    )
    allow_private: Truth = Field(
        default=False, description="Whether its address may be in a private network or on this machine."
    )
    source: SourceName | None = Field(
        default=None,
        description="What reads it: `feed`, `sitemap`, `page` or a plugin's name. Without it, a feed or a "
        "sitemap is recognised, and with `select` it is a page.",
    )
    select: SelectEntry | None = Field(
        default=None, description="Where the articles of a web page are, by CSS selectors."
    )
    full_text: WantsFullText = Field(
        default=FullText.NEVER,
        description="Whether to read the text off each article's own page: `true`, or `match` for those that "
        "a rule may match.",
        json_schema_extra={"default": False},
    )
    options: dict[str, str] = Field(default={}, description="Texts for a plugin's source.")

    @model_validator(mode="after")
    def _is_read_in_one_way(self) -> "FeedEntry":
        if self.select and (self.source or "page") != "page":
            raise fault(f"`select` is for pages, and the source is `{self.source}`", "Remove one of the two.")
        if self.source == "page" and not self.select:
            raise fault("a page needs `select`", "Write what one article is: select: article.teaser.")
        if self.options and self.source in (None, "feed", "sitemap", "page"):
            raise fault("`options` are for a plugin's source", "Name it: source: …, or remove the options.")
        return self
