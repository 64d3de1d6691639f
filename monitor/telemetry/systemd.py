"""Tells systemd how the daemon is (`Type=notify`, `WatchdogSec`): a datagram to $NOTIFY_SOCKET.

Without that variable every call does nothing. See sd_notify(3).
"""

import os
import socket


def notify(state: str) -> None:
    """Send e.g. `READY=1`, `STOPPING=1`, `RELOADING=1` or `WATCHDOG=1`; a socket that is gone is no error."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.connect(address)
            sender.sendall(state.encode())
        except OSError:
            return
