"""What `newsmonitor feeds` says of an address that cannot be a feed's, or may not be fetched."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from monitor.cli import common

if TYPE_CHECKING:
    from monitor.fetch.outcome import Failed
    from monitor.model import Document


def refuse(url: str) -> None:
    """Ends with a usage error for what is no web address, and says how it was perhaps meant."""
    if fault := fault_in(url):
        raise click.UsageError(f"{common.printable(url)}: {fault}")


def fault_in(url: str) -> str:
    """What the configuration would say of the address; "" when it takes it."""
    from pydantic_core import PydanticCustomError  # none of these is needed for --help

    from monitor.config.values import check_feed_url

    try:
        check_feed_url(url)
    except PydanticCustomError as error:
        return " ".join(filter(None, (f"{error.message()}.", (error.context or {}).get("hint"))))
    return ""


def with_option(result: "Document | Failed") -> "Document | Failed":
    """A refused private address, with the option that permits it instead of the configuration's key."""
    from monitor.fetch.outcome import Failed

    return permitting(result) if isinstance(result, Failed) else result


def permitting(result: "Failed") -> "Failed":
    """The same for what is known to have failed."""
    from monitor.errors import PollReason

    if result.reason is not PollReason.REFUSED_ADDRESS:
        return result
    detail, separator, _ = result.detail.partition("; `allow_private")
    return replace(result, detail=f"{detail}; --allow-private permits it") if separator else result
