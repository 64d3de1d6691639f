"""HTTP/1.1 over one connection, by h11: a request, its answer, and perhaps the next. Knows no addresses.

httpcore's own does the same for thrice the time: a visit that brings nothing is little more than this.
"""

import contextlib
from collections.abc import AsyncGenerator

import h11
import httpcore

from monitor.fetch.calls import Answer, Budget, Call

_MOST_HEAD = 100 * 1024  # bytes of a status line with its fields
_MOST_INTERIM = 50  # answers that only say that there will be one
_PIECE = 256 * 1024


class Http1:
    """One connection. `heard` is whether anything of the answer at hand has come."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
        self._budget = Budget()
        self.heard = False

    async def send(self, call: Call) -> Answer:
        """Ask, and wait for the answer's head. Raises httpcore's errors."""
        self.heard, self._budget = False, Budget()
        state = self._state
        try:
            head = h11.Request(method=call.method, target=call.target, headers=list(call.fields))
            data = state.send(head) or b""
            if call.content:
                data += state.send(h11.Data(call.content)) or b""
            data += state.send(h11.EndOfMessage()) or b""
        except h11.LocalProtocolError as error:
            raise httpcore.LocalProtocolError(str(error)) from error
        with contextlib.suppress(httpcore.WriteError):  # it may have answered before it hung up
            await self._stream.write(data)
        for _ in range(_MOST_INTERIM):
            event = await self._next()
            if isinstance(event, h11.Response):
                return Answer(event.status_code, list(event.headers), self._body())
        raise httpcore.RemoteProtocolError("interim answers without end")

    async def _body(self) -> AsyncGenerator[bytes, None]:
        while True:
            event = await self._next()
            if isinstance(event, h11.Data):
                self._budget.earn(len(event.data))
                yield bytes(event.data)
            else:
                return

    async def _next(self) -> h11.Event:
        self._budget.spend()
        while True:
            try:
                event = self._state.next_event()
                if event is not h11.NEED_DATA:
                    return event  # type: ignore[return-value]  # paused it is not: nothing is sent ahead
                data = await self._stream.read(_PIECE)
                if not data and self._state.their_state is h11.SEND_RESPONSE:
                    raise httpcore.RemoteProtocolError("Server disconnected without an answer")
                self.heard = True
                self._state.receive_data(data)
            except h11.RemoteProtocolError as error:
                raise httpcore.RemoteProtocolError(str(error)) from error

    def is_free(self) -> bool:
        """Make ready for the next request; False when there can be none."""
        try:
            if self._state.their_state is h11.SEND_BODY:  # the end of it may be here already
                self._state.next_event()
            if self._state.trailing_data[0]:
                return False  # nobody asked for more
            self._state.start_next_cycle()
        except h11.ProtocolError:
            return False
        return True

    def is_stale(self) -> bool:
        """Whether the server has ended it, or said something unasked."""
        return bool(self._stream.get_extra_info("is_readable"))
