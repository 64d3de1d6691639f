"""The channels in use: one desk and one sender each. A reload replaces those that changed.

A channel that the configuration no longer names keeps its deliveries pending, listed and not lost,
until it is named again.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from monitor.alerting.breaker import Breaker
from monitor.deliver import channel as channels
from monitor.deliver.sender import Sender
from monitor.model import ChannelSpec
from monitor.pipeline.desk import Desk, Named
from monitor.pipeline.silencing import Lists
from monitor.store import Store, outbox


@dataclass(frozen=True, slots=True)
class Running:
    """A channel in use."""

    spec: ChannelSpec
    channel: channels.Guarded
    desk: Desk
    sender: Sender


class Dispatcher:
    """The channels in use, each with its sender. A reload replaces those that changed."""

    def __init__(
        self,
        store: Store,
        context: channels.Context,
        *,
        owner: str,
        now: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self._store = store
        self._context = context
        self._owner = owner
        self._now = now
        self._random = random
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()
        self._recipients: Mapping[str, Sequence[str]] = MappingProxyType({})
        self.named: Named = MappingProxyType({})  # the recipients that rules name; replaced by a reload
        self.lists: Lists = MappingProxyType({})  # that queries name; replaced by a reload

    @property
    def recipients(self) -> Mapping[str, Sequence[str]]:
        """Each channel's recipients. Replaced, never changed."""
        return self._recipients

    @property
    def specs(self) -> Mapping[str, ChannelSpec]:
        """The channels in use, as configured."""
        return {name: running.spec for name, running in list(self._running.items())}

    def apply(self, specs: Sequence[ChannelSpec], *, drain: timedelta) -> None:
        """Make these the channels in use: `switch` to what `plan` made."""
        self.switch(self.plan(specs), drain=drain)

    def plan(self, specs: Sequence[ChannelSpec]) -> Mapping[str, Running]:
        """Make the channels that are new or changed, and start none.

        Raises DeliveryError when one cannot be made; everything stays as it is.
        """
        kept = {spec.name: self._running.get(spec.name) for spec in specs}
        return {
            spec.name: running if running and running.spec == spec else self._run(spec)
            for spec, running in zip(specs, kept.values(), strict=True)
        }

    def switch(self, wanted: Mapping[str, Running], *, drain: timedelta) -> None:
        """Stop the channels that are not wanted any more, start the new ones. Never raises.

        The sends in flight have `drain` to end, all together.
        """
        with self._lock:
            before, self._running = self._running, dict(wanted)
            self._recipients = MappingProxyType(
                {name: running.sender.channel.recipients for name, running in wanted.items()}
            )
        _stop([running.sender for name, running in before.items() if running is not wanted.get(name)], drain)
        for name, running in wanted.items():
            if running is not before.get(name):
                running.sender.start()

    def wake(self) -> None:
        """New deliveries may be due."""
        for running in list(self._running.values()):
            running.sender.wake()

    def stop(self, drain: timedelta) -> bool:
        """Let sends in flight end, for `drain` at most in all; whether that was enough."""
        with self._lock:
            senders = [running.sender for running in self._running.values()]
        _stop(senders, drain)
        return all(sender.stop(timedelta(0)) for sender in senders)

    def finish(self, limit: timedelta) -> bool:
        """Wait until nothing that is due is left to send, at most for `limit`; whether that was enough.

        Channels that rest after failures are not waited for: their deliveries stay for the next run.
        """
        self.wake()
        deadline = time.monotonic() + limit.total_seconds()
        while time.monotonic() < deadline:
            paused = self.paused()
            awake = [
                name
                for name, running in self._running.items()
                if name not in paused and running.desk.quiet_until() is None
            ]
            is_settled = all(self._running[name].desk.is_settled for name in awake)
            if is_settled and not self._store.read(partial(outbox.has_work, channels=awake, now=self._now())):
                return True
            time.sleep(0.05)
        return False

    def breakers(self) -> Mapping[str, Breaker]:
        """Those channels that do not take messages at present, with the reason."""
        return {name: self._running[name].sender.breaker for name in self.paused() if name in self._running}

    def template_faults(self) -> Mapping[str, channels.TemplateFaults]:
        """How often the templates of channels failed; channels whose templates never did are left out."""
        running = list(self._running.items())
        return {
            name: one.channel.template_faults for name, one in running if one.channel.template_faults.count
        }

    def paused(self) -> list[str]:
        """The channels that do not take messages at present."""
        return [
            name
            for name, running in list(self._running.items())
            if running.sender.wedged or running.sender.breaker.until is not None
        ]

    def _run(self, spec: ChannelSpec) -> Running:
        desk = Desk(
            self._store,
            spec,
            others=lambda: self._recipients,
            owner=self._owner,
            installation=self._context.instance,
            now=self._now,
            random=self._random,
            wake=self.wake,
            named=lambda: self.named,
            specs=lambda: self.specs,
            lists=lambda: self.lists,
        )
        channel = channels.create(spec, self._context)
        sender = Sender(
            channel,
            desk.hooks(),
            deadline=spec.deadline,
            now=self._now,
            random=self._random,
        )
        return Running(spec, channel, desk, sender)


def _stop(senders: Iterable[Sender], drain: timedelta) -> None:
    """Stop them all at once; returns when all have stopped, or after `drain`."""
    stopping = [threading.Thread(target=sender.stop, args=(drain,), daemon=True) for sender in senders]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join(drain.total_seconds() + 1)
