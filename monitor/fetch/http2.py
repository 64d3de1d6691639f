"""HTTP/2 over one connection, by h2: one request at a time, for hosts with several feeds. Knows no addresses.

Needs the extra `[http2]`. What a server may make us do is bounded: pushes are refused, headers have a
size, and every frame that brings nothing (pings, settings, empty data) counts.
"""

from collections.abc import AsyncGenerator

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import httpcore

from monitor.fetch.calls import Answer, Budget, Call

_PIECE = 64 * 1024
_WINDOW = 1024 * 1024  # bytes that may be under way
_MOST_HEAD = 64 * 1024
_MOST_UNREAD = 256 * 1024  # a frame has 16 KiB at most, but h2 waits for the whole of one that claims more
_CONFIG = h2.config.H2Configuration(client_side=True, header_encoding=None)
_SETTINGS = {
    h2.settings.SettingCodes.ENABLE_PUSH: 0,
    h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
    h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: _MOST_HEAD,
}


class Http2:
    """One connection. `heard` is whether the request at hand may have been acted upon."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._state = h2.connection.H2Connection(_CONFIG)
        self._state.local_settings = h2.settings.Settings(client=True, initial_values=_SETTINGS)
        self._state.initiate_connection()
        self._state.increment_flow_control_window(_WINDOW)
        self._id = 0
        self._waiting: list[h2.events.Event] = []  # received, not yet looked at
        self._unread = 0  # bytes that made no event yet
        self._budget = Budget()
        self._has_ended = True  # the answer at hand
        self._is_leaving = False  # the server wants no more
        self.heard = False

    async def send(self, call: Call) -> Answer:
        """Ask, and wait for the answer's head. Raises httpcore's errors. Sends no content."""
        self.heard, self._has_ended, self._budget = False, False, Budget()
        try:
            self._id = self._state.get_next_available_stream_id()
            self._state.send_headers(self._id, _head(call), end_stream=True)
        except h2.exceptions.ProtocolError as error:
            raise httpcore.LocalProtocolError(str(error)) from error
        await self._flush()
        while True:
            event = await self._next()
            if isinstance(event, h2.events.ResponseReceived):
                fields = [(bytes(name), bytes(value)) for name, value in event.headers or ()]
                return Answer(
                    _status(fields), [it for it in fields if not it[0].startswith(b":")], self._body()
                )
            if isinstance(event, h2.events.StreamEnded | h2.events.DataReceived):
                raise httpcore.RemoteProtocolError("no answer")

    async def _body(self) -> AsyncGenerator[bytes, None]:
        while not self._has_ended:
            event = await self._next()
            if isinstance(event, h2.events.DataReceived):
                self._budget.earn(len(event.data or b""))
                if event.flow_controlled_length and event.stream_ended is None:
                    self._state.acknowledge_received_data(event.flow_controlled_length, self._id)
                yield bytes(event.data or b"")

    async def _next(self) -> h2.events.Event:
        """The next event of the answer at hand."""
        while True:
            while self._waiting:
                event = self._waiting.pop(0)
                self._budget.spend()
                if self._is_ours(event):
                    return event
            await self._flush()
            data = await self._stream.read(_PIECE)
            if not data:
                raise httpcore.RemoteProtocolError("Server disconnected without an answer")
            try:
                self._waiting = self._state.receive_data(data)
                self._unread = 0 if self._waiting else self._unread + len(data)
            except h2.exceptions.ProtocolError as error:
                self.heard = True
                raise httpcore.RemoteProtocolError(_text(error)) from error
            if self._unread > _MOST_UNREAD:
                raise httpcore.RemoteProtocolError("broken HTTP/2: a frame without end")

    def _is_ours(self, event: h2.events.Event) -> bool:
        """Note what an event says of the connection; whether it is part of the answer at hand."""
        if isinstance(event, h2.events.ConnectionTerminated):
            self._is_leaving = True
            if self._id > (event.last_stream_id or 0):
                raise httpcore.RemoteProtocolError("Server disconnected without an answer")
        if getattr(event, "stream_id", 0) != self._id:
            return False
        if isinstance(event, h2.events.StreamReset):
            self.heard = event.error_code != h2.errors.ErrorCodes.REFUSED_STREAM
            raise httpcore.RemoteProtocolError(f"the server gave the answer up ({event.error_code})")
        self.heard = True
        self._has_ended = self._has_ended or isinstance(event, h2.events.StreamEnded)
        return True

    async def _flush(self) -> None:
        if data := self._state.data_to_send():
            await self._stream.write(data)

    def is_free(self) -> bool:
        """Make ready for the next request; False when there can be none."""
        self._has_ended = self._has_ended or any(
            isinstance(event, h2.events.StreamEnded) and event.stream_id == self._id
            for event in self._waiting
        )
        self._waiting = []
        return self._has_ended and not self._is_leaving

    def is_stale(self) -> bool:
        """Never known before it is asked: pings and settings may have come meanwhile."""
        return False


def _head(call: Call) -> list[tuple[bytes, bytes]]:
    """HTTP/2 has the host among the fields that begin with a colon."""
    (_, authority), *fields = call.fields
    return [
        (b":method", call.method.encode("ascii")),
        (b":authority", authority),
        (b":scheme", call.place.scheme.encode("ascii")),
        (b":path", call.target),
        *((name.lower(), value) for name, value in fields),
    ]


def _status(fields: list[tuple[bytes, bytes]]) -> int:
    status = dict(fields).get(b":status", b"")
    if not (status.isdigit() and len(status) == 3):
        raise httpcore.RemoteProtocolError("an answer without a status")
    return int(status)


def _text(error: h2.exceptions.ProtocolError) -> str:
    return f"broken HTTP/2: {str(error)[:200] or type(error).__name__}"
