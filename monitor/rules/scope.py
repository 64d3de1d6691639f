"""Which articles a rule looks at: by the feed they came from and by their language."""

from monitor.model import Article, Feed, Rule
from monitor.rules.matcher import UNKNOWN_LANGUAGES, is_language, language_code


def in_scope(rule: Rule, article: Article, feed: Feed | None) -> bool:
    """Whether the rule looks at this article. `feed` None: it came from no configured feed."""
    return _selects_feed(rule, feed) and _reads_language(rule, article)


def _selects_feed(rule: Rule, feed: Feed | None) -> bool:
    """One tag, name or address in common; a rule that names none takes all."""
    wanted = rule.feeds
    if not (wanted.tags or wanted.feeds):
        return True
    if feed is None:
        return False
    tags = {tag.casefold() for tag in feed.tags}
    names = {feed.url, feed.name.casefold()} - {""}
    return any(tag.casefold() in tags for tag in wanted.tags) or any(
        name in names or name.casefold() in names for name in wanted.feeds
    )


def _reads_language(rule: Rule, article: Article) -> bool:
    """An unknown language is read, so that nothing is lost in silence."""
    actual = language_code(article.language)
    if not rule.languages or actual in UNKNOWN_LANGUAGES:
        return True
    return any(is_language(actual, language_code(wanted)) for wanted in rule.languages)
