"""Makes text and links from feeds harmless in front of people: no hidden characters, no mentions, no traps.

Does not escape for HTML (the templates do) and does not decide what is said.
"""

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

MAX_LINK = 2_000
_WORD_JOINER = "\N{WORD JOINER}"
# Controls but tab and newline; bidi embeddings, overrides and isolates, with which a text can show
# itself backwards; invisible spaces. ZWJ and ZWNJ stay: Persian and emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE_IN_LINK = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_QUOTED_IN_LINK = re.compile(r"[ \"<>`{}|^]")
_MENTION = re.compile(r"(?<![\w.+-])@(?=[\w<&!])|(?<=<)(?=[@!#&])")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_DISGUISED_LINK = re.compile(r"\](?=\()")  # [bank.example](https://evil.example) in Markdown
_LINK = re.compile(r"https?://\S+")


def visible(text: str) -> str:
    """`text` without characters that cannot be seen but change what is seen; line breaks stay."""
    if text.isprintable():  # nearly every line is
        return text
    text = _LINE_BREAK.sub("\n", text)
    return _HIDDEN.sub("", _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))


def line(text: str) -> str:
    """`text` as one line."""
    if text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text  # nearly every text is one
    return " ".join(visible(text).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word's edge where one is near, with "…" for what is gone."""
    if len(text) <= limit:
        return text
    kept = text[: max(0, limit - 1)]
    edge = kept.rfind(" ")
    if edge > limit * 2 // 3:
        kept = kept[:edge]
    return (kept.rstrip() + "…")[:limit]


@lru_cache(maxsize=256)  # one message asks several times for the same
def link(url: str) -> str:
    """`url` when it is safe to offer for clicking, else "".

    Only http and https with a host that can be written in ASCII (so that a look-alike name shows
    as what it is), without user names, blanks or control characters, and not overlong.
    """
    url = url.strip()
    if not url or len(url) > MAX_LINK or _UNSAFE_IN_LINK.search(url) or _SURROGATE.search(url):
        return ""
    try:
        parts = urlsplit(_QUOTED_IN_LINK.sub(lambda found: quote(found.group()), url))
        netloc = _ascii_netloc(parts)
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme.lower() not in {"http", "https"} or not netloc:
        return ""
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=netloc))


def _ascii_netloc(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host or parts.username is not None:
        return ""
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(host):  # IDNA turns some characters into blanks and slashes
        return ""
    return f"{host}:{parts.port}" if parts.port is not None else host


def unmention(text: str) -> str:
    """`text` in which a chat service finds nobody to call (`@everyone`, `<!here>`) and no disguised link.

    Addresses of people (`a@b.org`) and links stay usable; an `@` inside a link becomes `%40`.
    """
    pieces, last = [], 0
    for found in _LINK.finditer(text):
        pieces.append(_unmention_words(text[last : found.start()]))
        if pieces[-1].endswith("<"):  # <https://evil.example|bank.example> in Slack and its likes
            pieces.append(_WORD_JOINER)
        pieces.append(found.group().replace("@", "%40"))
        last = found.end()
    pieces.append(_unmention_words(text[last:]))
    return "".join(pieces)


def _unmention_words(text: str) -> str:
    text = _DISGUISED_LINK.sub("]" + _WORD_JOINER, text)
    return _MENTION.sub(lambda found: found.group() + _WORD_JOINER, text)
