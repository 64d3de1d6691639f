"""What a person gets wrong in a `mailto(s)://` address and Apprise reads without a word.

Looks at the address as it is written; whether a mail server takes it is for `email` to find out.
"""

import difflib
import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

_ENCODED = {"@": "%40", "/": "%2F", "#": "%23", "?": "%3F", ":": "%3A"}
# Those that mail here has a use for; the plugin knows more.
_USUAL = ("to", "from", "name", "cc", "bcc", "reply", "smtp", "mode", "port", "user", "password", "verify")


def fault_in(url: str, plugin_parameters: Iterable[str]) -> str:
    """What is wrong with the address and how to mend it; "" when nothing is."""
    rest = url.partition("://")[2]
    return _unencoded(rest) or _unknown_parameter(rest, {*plugin_parameters, *_USUAL, "pass"})


def _unencoded(rest: str) -> str:
    """A character of the password (or user) that ends it too early."""
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    login, at, _ = authority.rpartition("@")
    culprit = ""
    if "@" in login:
        culprit = "@"
    elif ":" in login.partition(":")[2]:
        culprit = ":"
    elif not at and re.search(r":(?!\d*$)[^:\]]*$", authority) and "@" in rest:
        culprit = rest[len(authority)]  # what should be a port is the beginning of a password
    if not culprit:
        return ""
    every = ", ".join(f"{character} as {code}" for character, code in _ENCODED.items())
    return f"the user or the password holds a bare {culprit}, which must be percent-encoded: write {every}"


def _unknown_parameter(rest: str, known: set[str]) -> str:
    for part in re.split("[&;]", rest.partition("?")[2]):
        written = part.partition("=")[0]
        name = unquote_plus(written).strip().lower()
        if not name or written.startswith("+") or written.lower().startswith("%2b") or name in known:
            continue
        close = difflib.get_close_matches(name, _USUAL, n=1, cutoff=0.5)
        # Two letters are too few to be near anything by themselves.
        meant = close[0] if close else next((word for word in ("to", "cc") if name.startswith(word)), "")
        hint = f"did you mean `{meant}=`?" if meant else f"known are {', '.join(_USUAL)}, and +Header"
        return f"mail has no parameter `{name}=`; {hint}"
    return ""
