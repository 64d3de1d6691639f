"""Keeps what is secret in a channel's address out of everything that is shown, stored or logged.

In an address that is no plain web or mail address the token may stand anywhere, so everything in it
counts as secret but names of servers, e-mail addresses and short words.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

MASK = "***"
_SERVER = re.compile(r"localhost|\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*\]?|(?=.*\.)[\w.-]+", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,19}")
_SHORTEST_WORD = 6  # shorter parts of a path are words such as "api", and masking them helps nobody
_SHORTEST_PASSWORD = 3
_OPEN_SCHEMES = {"console", "file", "feed"}  # their addresses hold no secret
_LOCAL_SCHEMES = {"command"}  # the path is that of a program; what it is given may be secret
_OPEN_PARAMETERS = {"to", "from", "cc", "bcc", "reply", "name"}  # people, not tokens


def secrets_of(url: str) -> tuple[str, ...]:
    """The parts of `url` that may be secrets, as written and decoded, longest first."""
    scheme, _, rest = url.partition("://")
    head, _, query = rest.partition("?")
    authority, _, path = head.partition("/")
    userinfo, _, server = authority.rpartition("@")
    user, _, password = userinfo.partition(":")
    if scheme.lower() in _OPEN_SCHEMES:
        return ()
    words = [user, *([] if scheme.lower() in _LOCAL_SCHEMES else re.split("[/#]", path))]
    for parameter in re.split("[&;]", query):
        name, _, value = parameter.partition("=")
        if name not in _OPEN_PARAMETERS:
            words += [value] if _is_plain_name(name, value) else [name, value]
    if not _SERVER.fullmatch(_without_port(server)):
        words.append(server)
    found = {url} if rest else set()
    found |= {f"{scheme}://{head}"} if rest and scheme.lower() not in _LOCAL_SCHEMES else set()
    found.update(form for form in _forms(password) if len(form) >= _SHORTEST_PASSWORD)
    for word in words:
        found.update(form for form in _forms(word) if len(form) >= _SHORTEST_WORD and "@" not in form)
    return tuple(sorted(found, key=len, reverse=True))


def _is_plain_name(name: str, value: str) -> bool:
    """Whether a parameter's name is a word to be shown when it is mistaken, such as `recipients`.

    Not when an address follows: then both may be parts of a password with a bare `?` in it.
    """
    return bool(value and _NAME.fullmatch(name)) and "@" not in value


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every one of the `secrets` replaced; give them longest first."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def mask(url: str) -> str:
    """The address with everything but its scheme and its server hidden."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return MASK
    if scheme.lower() in _OPEN_SCHEMES:
        return url
    head, mark, _ = rest.partition("?")
    if scheme.lower() in _LOCAL_SCHEMES:
        return f"{scheme}://{head}" + (f"?{MASK}" if mark else "")
    authority, slash, path = head.partition("/")
    userinfo, at, server = authority.rpartition("@")
    shown = server if _SERVER.fullmatch(_without_port(server)) else MASK * bool(server)
    return f"{scheme}://{MASK * bool(userinfo)}{at}{shown}{slash}{MASK * bool(path)}"


def _without_port(server: str) -> str:
    return re.sub(r":\d+$", "", server)


def _forms(word: str) -> tuple[str, ...]:
    return (word, unquote(word))
