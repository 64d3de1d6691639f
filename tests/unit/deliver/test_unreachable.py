"""What a service that cannot be reached is said to be."""

import socket

import pytest

from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from tests.support.messages import notification, spec


@pytest.fixture
def closed_port():
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_an_unreachable_service_is_named_by_its_server(closed_port):
    """The text names host and port, and no exception of the HTTP library."""
    outcome = create(spec(f"json://127.0.0.1:{closed_port}/hook"), Context()).send(notification(), "")
    assert outcome.reason is DeliveryReason.TRANSIENT
    assert outcome.detail == f"no connection to 127.0.0.1:{closed_port}, or it was cut"


def test_a_webhook_that_cannot_be_reached_is_named():
    """The poster's own words follow the host that it names."""

    def refuse(url, *, content, headers, deadline, method="POST"):
        raise ConnectionError("hooks.example: Connection refused")

    outcome = create(spec("webhook+https://hooks.example/x"), Context(post=refuse)).send(notification(), "")
    assert outcome.detail == "no connection to hooks.example: Connection refused"
