"""Pages of articles, with all that stands around a text."""

from collections.abc import Sequence

STRAIT = (
    "{} were seen in the strait on Monday, and the authorities said that they were watching closely.",
    "Nobody was hurt, a spokesman told reporters, but traffic is to be halted until further notice.",
    "The owners could not be reached for comment; insurers spoke of losses in the tens of millions.",
)
COUNCIL = (
    "The council of the town voted last night for a bridge of wood and glass across the old canal.",
    "Members of the opposition called {} a waste; the mayor spoke of a gift to coming generations.",
    "Building is to begin in April, after the floods, and will cost nine hundred thousand crowns.",
)


def page(subject: str, *, head: str = "", more: str = "", text: Sequence[str] = STRAIT) -> bytes:
    """The page of an article about this; `more` is another paragraph of it."""
    subject = subject.replace("&", "&amp;").replace("<", "&lt;")
    sentences = (*text, more or "The sea was calm.")
    paragraphs = "".join(f"<p>{sentence.format(subject)}</p>" for sentence in sentences)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{subject}</title>{head}</head><body>"
        "<nav><ul><li><a href=/>Home</a></li><li><a href=/sport>Sport</a></li></ul></nav>"
        f"<main><article><h1>{subject}</h1>{paragraphs}</article></main><script>track()</script>"
        "<footer><p>We use cookies. <a href=/privacy>Privacy</a></p></footer></body></html>"
    ).encode()
