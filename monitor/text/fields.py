"""The visible texts of an article, by field."""

from monitor.model import Article
from monitor.text.markup import visible_text

BLOCK = "\n\n"


def fields(article: Article) -> dict[str, str]:
    """What a person reads: title, summary and body."""
    return {name: field_text(article, name) for name in ("title", "summary", "body")}


def field_text(article: Article, name: str) -> str:
    """The visible text of one field; tags are blocks of one text. Raises KeyError."""
    match name:
        case "title" | "summary" | "author" | "source":
            return visible_text(getattr(article, name))
        case "body":
            return visible_text(article.content)
        case "tag":
            return BLOCK.join(map(visible_text, article.tags))
        case "url":
            return article.url
        case "lang":
            return article.language
        case _:
            raise KeyError(name)
