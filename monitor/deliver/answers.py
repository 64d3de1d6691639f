"""Reads the answer of an HTTP service: what a status and a Retry-After mean for a delivery."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.errors import DeliveryReason
from monitor.model import Outcome

_CONFIGURATION = {401, 403, 404, 410}
_MOVED = {301, 302, 303, 307, 308}  # redirects are not followed, so it would never arrive
_PERMANENT = {400, 413, 422}


def outcome_of(status: int, *, detail: str = "", retry_after: timedelta | None = None) -> Outcome:
    """The outcome that an HTTP status stands for. Waits only count for 429 and 503."""
    if 200 <= status < 300:
        return Outcome()
    text = f"HTTP {status}" + (f": {detail}" if detail else "")
    if status in _MOVED:
        text = f"HTTP {status}: the service has moved; give the channel its new address"
        return Outcome(DeliveryReason.CONFIGURATION, text)
    if status == 429 or (status == 503 and retry_after is not None):
        return Outcome(DeliveryReason.THROTTLED, text, retry_after)
    if status in _CONFIGURATION:
        return Outcome(DeliveryReason.CONFIGURATION, text)
    if status in _PERMANENT:
        return Outcome(DeliveryReason.PERMANENT, text)
    return Outcome(DeliveryReason.TRANSIENT, text)


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or a date. None when absent or unreadable."""
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**7))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(0), moment - now)
