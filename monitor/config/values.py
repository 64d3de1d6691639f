"""The types of single values: each reads the text of a scalar, checks it and says how to mend it.

Shared by the models in `schema`. Messages do not repeat the value, which may be a secret; the
problem's source line shows it as it was written.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.config import quantities
from monitor.model import FullText

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def fault(message: str, hint: str = "") -> PydanticCustomError:
    """The error for a value that cannot stand: what is wrong, and how to mend it."""
    return PydanticCustomError("fault", "{message}", {"message": message, "hint": hint})


def reader(read: Callable[[str], Any], noun: str) -> Callable[[Any], Any]:
    """A validator that takes a text only, and turns what is wrong with it into a fault."""

    def convert(value: Any) -> Any:
        if not isinstance(value, str):
            raise fault(f"must be {noun}, not {_noun(value)}")
        try:
            return read(value)
        except ValueError as error:
            raise fault(str(error)) from None

    return convert


def _noun(value: Any) -> str:
    if value is None:
        return "nothing"
    return "a mapping" if isinstance(value, Mapping) else "a list"


def _one_as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _check_language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise fault("not a language code", "Write a code such as en, pt-br or zh.")
    return value.lower()


def _check_time_zone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise fault("not a time zone", _nearest_time_zone(value)) from None
    return value


def _nearest_time_zone(value: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    nearest = get_close_matches(value, available_timezones(), n=1, cutoff=0.7)
    return f"Did you mean {nearest[0]}?" if nearest else "Write a name such as UTC or Europe/Vienna."


def _check_text(value: str) -> str:
    if not value.strip():
        raise fault("is empty")
    return value.strip()


def check_feed_url(value: str) -> str:
    """An http(s) address with a host; blanks around it do not count."""
    value = value.strip()
    if re.search(r"\s", value):
        raise fault("an address holds no blanks")
    if value.lower().startswith("feed:"):
        hint = "Write https:// instead of feed://."
        if "://" in value[5:]:
            hint = "Remove `feed:`."
        raise fault("`feed:` is not an address one can fetch", hint)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise fault("not an address", "Write it as https://host/path.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise fault("a feed's address begins with http:// or https:// and a host", _address_hint(value))
    return value


def _address_hint(value: str) -> str:
    """How the address was meant, when that can be guessed."""
    if re.match(r"https?:/*$", value, re.IGNORECASE):
        return "Write the name of the host after it: https://host/path."
    if re.match(r"(?!ftps?:|sftp:)[hx]?[htpsx]{2,5}[:;]?/+|https?[:;](?!//)", value, re.IGNORECASE):
        return "Is it misspelt? It begins with https:// or http://."
    if not _SCHEME.match(value) and re.match(
        r"(?:www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})", value, re.IGNORECASE
    ):
        return "Put https:// before it."
    if re.fullmatch(r"[\w -]+", value):
        return "Give its address, and the name beside it: {name: …, url: https://…}."
    return ""


def source_names() -> list[str]:
    """What may be written as a feed's `source`; the code of others is not loaded for it."""
    from importlib.metadata import entry_points

    from monitor.formats import source

    return sorted({*source.BUILT_IN, *(point.name for point in entry_points(group=source.GROUP))})


def _check_source(value: str) -> str:
    from monitor.config.problems import did_you_mean

    names = source_names()
    if value not in names:
        listed = f"Sources: {', '.join(names)}. One of another package has to be installed here."
        raise fault("there is no source of this name", did_you_mean(value, names, otherwise=listed))
    return value


def _read_full_text(value: str) -> FullText:
    if value == FullText.MATCH:
        return FullText.MATCH
    try:
        return FullText.ALWAYS if quantities.read_truth(value) else FullText.NEVER
    except ValueError:
        raise ValueError("must be true, false or match") from None


def _has_full_text(value: FullText) -> FullText:
    from importlib.util import find_spec

    if value is not FullText.NEVER and find_spec("trafilatura") is None:
        raise fault("full texts need an extra", "pip install 'newsmonitor[fulltext]'")
    return value


def _check_listen(value: str) -> str:
    host, separator, port = value.strip().rpartition(":")
    if not separator or not host or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        raise fault("not an address to listen at", "Write host and port, such as 127.0.0.1:8099.")
    return value.strip()


def is_private_address(url: str) -> bool:
    """Whether the address names this machine or a private network by itself, without asking DNS."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _check_channel_url(value: str) -> str:
    value = value.strip()
    if not _SCHEME.match(value):
        raise fault(
            "a channel's address begins with a scheme, such as mailto:// or console://",
            "Any Apprise address will do; also console://, file:///path.jsonl and webhook+https://host/path.",
        )
    return value


def _at_least(least: timedelta) -> AfterValidator:
    def check(value: timedelta) -> timedelta:
        if value < least:
            raise fault(f"must be at least {quantities.write_duration(least)}")
        return value

    return AfterValidator(check)


_DURATION = (
    BeforeValidator(reader(quantities.read_duration, "a duration such as 5m")),
    PlainSerializer(quantities.write_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,9}\s*[smhd]$"}),
)
_SIZE = (
    BeforeValidator(reader(quantities.read_size, "a size such as 8MiB")),
    PlainSerializer(quantities.write_size, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": ["string", "integer"], "pattern": r"^[0-9]{1,12}\s*(B|[KMG]iB|kB|MB|GB)?$", "minimum": 1024}
    ),
)
_TEXTS_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _check_unsubscribe(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s<>]+|[^\s<>@/]+@[^\s<>@/]+", value):
        raise fault(
            "is neither an address nor a web page",
            "Write it as leave@example.org or https://example.org/leave.",
        )
    return value


Text = Annotated[str, AfterValidator(_check_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_one_as_list), WithJsonSchema(_TEXTS_SCHEMA)]
Duration = Annotated[timedelta, *_DURATION]
PositiveDuration = Annotated[timedelta, *_DURATION, _at_least(timedelta(seconds=1))]
DayOrMore = Annotated[timedelta, *_DURATION, _at_least(timedelta(days=1))]
Size = Annotated[int, *_SIZE, Field(ge=1024)]
Integer = Annotated[int, BeforeValidator(reader(quantities.read_integer, "a whole number"))]
Number = Annotated[float, BeforeValidator(reader(quantities.read_number, "a number"))]
Truth = Annotated[bool, BeforeValidator(reader(quantities.read_truth, "true or false"))]
Language = Annotated[str, AfterValidator(_check_language)]
Languages = Annotated[tuple[Language, ...], BeforeValidator(_one_as_list), WithJsonSchema(_TEXTS_SCHEMA)]
TimeZone = Annotated[str, AfterValidator(_check_time_zone)]
FeedUrl = Annotated[str, AfterValidator(check_feed_url)]
SourceName = Annotated[str, AfterValidator(_check_source)]
WantsFullText = Annotated[
    FullText,
    BeforeValidator(reader(_read_full_text, "true, false or match")),
    AfterValidator(_has_full_text),
    WithJsonSchema({"enum": [True, False, "match"]}),
]
ListenAddress = Annotated[str, AfterValidator(_check_listen)]
ChannelUrl = Annotated[str, AfterValidator(_check_channel_url)]
Unsubscribe = Annotated[str, AfterValidator(_check_unsubscribe)]
