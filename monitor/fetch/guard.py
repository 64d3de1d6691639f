"""The door to the network: resolves a name once, vets every address, dials the very one it vetted.

What a name resolves to may change between two look-ups, so a check before the call protects
nothing. One address that is not public condemns the name: a mixed answer is how such a check is
passed. This module knows no HTTP and no feeds.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpcore

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host, best first. Raises OSError when it has none."""

# The network's own errors, for those who may not know the library.
NetworkError = httpcore.NetworkError
TimeoutException = httpcore.TimeoutException
ConnectTimeout = httpcore.ConnectTimeout
ProtocolError = httpcore.ProtocolError

_MOST_DIALLED = 4
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Not private by the registry's words, yet nothing a feed is served from.
_NEVER = tuple(
    ipaddress.ip_network(block)
    for block in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/32",
        "2001:10::/28",
        "2001:20::/28",
        "3fff::/20",
    )
)


class RefusedAddress(Exception):
    """The host lies at an address that is not visited."""


class UnknownHost(Exception):
    """The name does not resolve."""


def _is_number(host: str) -> bool:
    """Whether a host is an address as it stands, in the one form that nobody reads otherwise."""
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Whether an address lies in the public internet; an IPv4 address inside an IPv6 one is looked at."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _embedded(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST:
            return False
    return (
        ip.is_global
        and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
        and not any(ip.version == block.version and ip in block for block in _NEVER)
    )


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip in _NAT64 or int(ip) >> 32 == 0:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def vet(host: str, addresses: Iterable[str]) -> None:
    """Raise RefusedAddress if any of a host's addresses is not public."""
    for address in addresses:
        if not is_public(address):
            where = "" if host.strip("[]") == address else f" lies at {address}, which"
            raise RefusedAddress(f"{host}{where} is not a public address")


class SystemResolver:
    """The system's resolver in threads of its own, so that slow names hold nobody else up."""

    def __init__(self, threads: int = 32) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if _is_number(host):
            return [host]
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._look_up, host, port)
        return list(dict.fromkeys(found))

    @staticmethod
    def _look_up(host: str, port: int) -> list[str]:
        try:
            return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except UnicodeError:
            raise OSError("not a host name") from None

    def close(self) -> None:
        """Let the threads go; one that still waits for an answer ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials for one request. The host in `private_host` alone may lie at private addresses.

    Raises UnknownHost and RefusedAddress as they are, so that the caller can tell them apart from
    the errors of the network.
    """

    def __init__(
        self,
        resolve: Resolver,
        dial: httpcore.AsyncNetworkBackend,
        *,
        private_host: str | None,
        patience: float,
    ) -> None:
        self._resolve = resolve
        self._dial = dial
        self._private_host = private_host
        self._patience = patience  # seconds for one address, so that there is time for the next

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._addresses(host, port)
        patience = self._patience if timeout is None else min(timeout, self._patience)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:_MOST_DIALLED]:
            try:
                return await self._dial.connect_tcp(address, port, patience, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise UnknownHost(f"{host}: {error.strerror or error}") from None
        if host != self._private_host:
            vet(host, addresses)
        return addresses
