"""Which addresses are public, and which of a name's addresses is dialled."""

import asyncio
from collections.abc import Sequence

import httpcore
import pytest

from monitor.fetch import guard


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:4700::6810:84e5", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"],
)
def test_public_addresses(address):
    """Ordinary addresses are public, also when an IPv4 one is written inside an IPv6 one."""
    assert guard.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1",
        "192.88.99.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1", "2001:10::1", "2001:20::1", "3fff::1", "5f00::1", "100::1",
        "localhost", "", "1.2.3", "0x7f.1", "2130706433",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    """Private, reserved, embedded and unreadable ones are all refused."""
    assert not guard.is_public(address)


class Dialled(Exception):
    """Ends a test's connection at the moment of dialling."""


class RecordingDial(httpcore.AsyncNetworkBackend):
    """Notes what is dialled; addresses in `dead` do not answer."""

    def __init__(self, dead: Sequence[str] = ()) -> None:
        self.dialled: list[str] = []
        self.dead = dead

    async def connect_tcp(self, host, port, *_):
        self.dialled.append(host)
        if host in self.dead:
            raise httpcore.ConnectTimeout
        raise Dialled


def connect(
    answers: Sequence[Sequence[str]], dial: RecordingDial, *, private_host: str | None = None
) -> None:
    """Dial `name` once; each look-up takes the next of the answers."""
    script = iter(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(script)

    backend = guard.GuardedBackend(resolve, dial, private_host=private_host, patience=1)
    asyncio.run(backend.connect_tcp("name", 80))


def test_the_vetted_address_itself_is_dialled():
    """There is one look-up: a name that changes its answer in between gains nothing."""
    dial = RecordingDial()
    with pytest.raises(Dialled):
        connect([["93.184.216.34"], ["127.0.0.1"]], dial)
    assert dial.dialled == ["93.184.216.34"]


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1", "93.184.216.34"]]
)
def test_one_private_address_condemns_the_name(addresses):
    """A mixed answer is refused before anything is dialled."""
    dial = RecordingDial()
    with pytest.raises(guard.RefusedAddress):
        connect([addresses], dial)
    assert dial.dialled == []


def test_only_the_named_host_may_be_private():
    """The permission is for one host name, not for whatever is dialled."""
    with pytest.raises(Dialled):
        connect([["127.0.0.1"]], RecordingDial(), private_host="name")
    with pytest.raises(guard.RefusedAddress):
        connect([["127.0.0.1"]], RecordingDial(), private_host="other")


def test_the_next_address_is_tried_when_one_does_not_answer():
    """A dead first address does not make a feed unreachable."""
    dial = RecordingDial(dead=["2606:4700::1"])
    with pytest.raises(Dialled):
        connect([["2606:4700::1", "93.184.216.34"]], dial)
    assert dial.dialled == ["2606:4700::1", "93.184.216.34"]


def test_only_a_few_addresses_are_tried():
    """A name with a thousand dead addresses costs no more than one with four."""
    dead = [f"8.8.8.{n}" for n in range(100)]
    dial = RecordingDial(dead=dead)
    with pytest.raises(httpcore.ConnectTimeout):
        connect([dead], dial)
    assert dial.dialled == dead[:4]


def test_a_name_without_addresses_cannot_be_connected():
    """An empty answer is a failure to connect, not a crash."""
    with pytest.raises(httpcore.ConnectError):
        connect([[]], RecordingDial())


def test_the_system_resolver_finds_the_loopback_and_refuses_non_names():
    """Literal addresses resolve to themselves; impossible names are an OSError."""
    resolver = guard.SystemResolver(threads=1)
    assert asyncio.run(resolver("127.0.0.1", 80)) == ["127.0.0.1"]
    with pytest.raises(OSError, match="not a host name"):
        asyncio.run(resolver("a" * 300, 80))
    resolver.close()
