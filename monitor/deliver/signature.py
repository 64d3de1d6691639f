"""Signs what a webhook posts, in the way of Standard Webhooks, for which most languages have a library.

    webhook-id: the delivery's key, the same in every repeat
    webhook-timestamp: seconds since 1970, when this attempt was made
    webhook-signature: v1,BASE64(HMAC-SHA256(secret, "{id}.{timestamp}.{body}"))

A secret that begins with `whsec_` is base64 after it, as those libraries write it; any other is taken
as it is. `verify` is what a receiver does.
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

_PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)  # what is older may be a recording


def headers(secret: str, *, key: str, body: bytes, now: datetime) -> Mapping[str, str]:
    """The three headers. Raises ValueError when a `whsec_` secret is no base64."""
    stamp = str(int(now.timestamp()))
    return {
        "webhook-id": key,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_signature(secret, key, stamp, body)}",
    }


def verify(secret: str, fields: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether `body` was signed with this secret within the last minutes. `fields`: names in lower case."""
    stamp = fields.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > TOLERANCE.seconds:
        return False
    wanted = f"v1,{_signature(secret, fields.get('webhook-id', ''), stamp, body)}".encode()
    given = fields.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(wanted, one) for one in given)


def key_of(secret: str) -> bytes:
    """The bytes that sign. Raises ValueError when a `whsec_` secret is no base64."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret that begins with whsec_ must be base64 after it") from None


def _signature(secret: str, key: str, stamp: str, body: bytes) -> str:
    signed = f"{key}.{stamp}.".encode() + body
    return b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()
