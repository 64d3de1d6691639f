"""The outbox against a model of it in a few lines, over random lives of deliveries."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from monitor.errors import DeliveryReason
from monitor.model import Alert, AlertId, AlertKind, Delivery, DeliveryState
from monitor.store import address, alerts, engine, migrate, outbox
from tests.support.stored import NOW

CHANNELS = st.sampled_from(["mail", "chat"])
OWNERS = st.sampled_from(["one", "two"])
SECONDS = st.integers(0, 100).map(lambda n: timedelta(seconds=n))
LEASE = timedelta(seconds=60)
OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)
ENDS = [state for state in DeliveryState if state is not DeliveryState.SENDING]

_ready: list[Path] = []


def ready() -> Path:
    """A migrated database file, made once."""
    if not _ready:
        path = Path(tempfile.mkdtemp(prefix="nm-outbox-")) / "ready.db"
        migrate.upgrade(f"sqlite:///{path}")
        _ready.append(path)
    return _ready[0]


@dataclass(frozen=True)
class Modelled:
    """What the model knows of a delivery beyond the row itself."""

    row: Delivery
    owner: str | None = None
    lease_until: datetime | None = None
    finished: int = 0  # attempts on record


class OutboxMachine(RuleBasedStateMachine):
    """Random enqueues, claims, outcomes, deaths and retries, in one uncommitted transaction."""

    keys = Bundle("keys")

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.model: dict[str, Modelled] = {}
        self.engine = engine.build(address.parse(f"sqlite:///{ready()}"), engine.Role.WRITE)
        self.conn = self.engine.connect()
        self.transaction = self.conn.begin()
        alert = Alert(AlertId(0), "r", AlertKind.NOTICE, NOW)
        alert_id = alerts.insert(self.conn, alert, unique_key="only")
        assert alert_id is not None
        self.alert_id = alert_id

    def teardown(self) -> None:
        if hasattr(self, "conn"):
            self.transaction.rollback()
            self.conn.close()
            self.engine.dispose()

    @rule(by=SECONDS)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(target=keys, key=st.integers(0, 8).map(str), channel=CHANNELS, wait=SECONDS)
    def enqueue(self, key: str, channel: str, wait: timedelta) -> object:
        added = outbox.enqueue(
            self.conn,
            alert_id=self.alert_id,
            channel=channel,
            recipient="r",
            key=key,
            now=self.now,
            due_at=self.now + wait,
        )
        assert added == (key not in self.model)
        if not added:
            return multiple()
        row = self.stored()[key]
        expected = Delivery(
            row.id, self.alert_id, channel, "r", key, DeliveryState.PENDING, self.now, self.now + wait
        )
        assert row == expected
        self.model[key] = Modelled(row)
        return key

    @rule(channel=CHANNELS, owner=OWNERS, limit=st.integers(0, 4))
    def claim(self, channel: str, owner: str, limit: int) -> None:
        claimed = outbox.claim(
            self.conn, channel=channel, now=self.now, limit=limit, owner=owner, lease=LEASE
        )
        due = [
            m.row
            for m in self.model.values()
            if m.row.state is DeliveryState.PENDING and m.row.channel == channel and m.row.due_at <= self.now
        ]
        due.sort(key=lambda row: (row.due_at, row.id))
        expected = [replace(r, state=DeliveryState.SENDING, attempts=r.attempts + 1) for r in due[:limit]]
        assert claimed == expected
        for row in expected:
            changes = {"row": row, "owner": owner, "lease_until": self.now + LEASE}
            self.model[row.key] = replace(self.model[row.key], **changes)

    @rule(
        key=keys,
        owner=OWNERS,
        state=st.sampled_from(ENDS),
        reason=st.none() | st.sampled_from(DeliveryReason),
        wait=st.none() | SECONDS,
    )
    def finish(
        self,
        key: str,
        owner: str,
        state: DeliveryState,
        reason: DeliveryReason | None,
        wait: timedelta | None,
    ) -> None:
        known = self.model[key]
        due_at = None if wait is None else self.now + wait
        finished = outbox.finish(
            self.conn,
            known.row.id,
            owner=owner,
            state=state,
            reason=reason,
            detail="why",
            due_at=due_at,
            now=self.now,
        )
        assert finished == (known.row.state is DeliveryState.SENDING and known.owner == owner)
        if finished:
            row = replace(
                known.row,
                state=state,
                reason=reason,
                detail="why",
                due_at=due_at or known.row.due_at,
                sent_at=self.now if state is DeliveryState.SENT else known.row.sent_at,
                maybe_sent=known.row.maybe_sent or reason is DeliveryReason.UNKNOWN,
            )
            self.model[key] = Modelled(row, finished=known.finished + 1)

    @rule()
    def sweep(self) -> None:
        over = [m for m in self.model.values() if m.lease_until is not None and m.lease_until <= self.now]
        assert outbox.sweep(self.conn, now=self.now) == len(over)
        for known in over:
            row = replace(
                known.row,
                state=DeliveryState.PENDING,
                reason=DeliveryReason.UNKNOWN,
                detail=outbox.ABANDONED,
                due_at=self.now,
                maybe_sent=True,
            )
            self.model[row.key] = Modelled(row, finished=known.finished + 1)

    @rule(chosen=st.lists(keys, max_size=3), dead=st.booleans(), channel=st.none() | CHANNELS)
    def retry(self, chosen: list[str], dead: bool, channel: str | None) -> None:
        ids = [self.model[key].row.id for key in chosen]
        number = outbox.retry(self.conn, ids=ids, dead=dead, channel=channel, now=self.now)
        given_up = {DeliveryState.DEAD, DeliveryState.EXPIRED}
        retried = given_up if dead else {DeliveryState.PENDING, DeliveryState.UNKNOWN, *given_up}
        hit = [
            m
            for key, m in self.model.items()
            if key in chosen and m.row.state in retried and channel in (None, m.row.channel)
        ]
        assert number == len(hit)
        for known in hit:
            row = replace(
                known.row,
                state=DeliveryState.PENDING,
                due_at=self.now,
                created_at=self.now if known.row.state in given_up else known.row.created_at,
                attempts=0,
                maybe_sent=known.row.maybe_sent or known.row.state is DeliveryState.UNKNOWN,
            )
            self.model[row.key] = replace(known, row=row)

    @invariant()
    def rows_are_as_modelled(self) -> None:
        if hasattr(self, "conn"):
            assert self.stored() == {key: known.row for key, known in self.model.items()}

    @invariant()
    def what_is_derived_agrees(self) -> None:
        if not hasattr(self, "conn"):
            return
        rows = [known.row for known in self.model.values()]
        assert outbox.channels_pending(self.conn) == {row.channel for row in rows if row.state in OPEN}
        counts = outbox.counts(self.conn)
        assert {state: n for state, n in counts.items() if n} == {
            state: n for state in DeliveryState if (n := sum(row.state is state for row in rows))
        }
        for channel in ("mail", "chat"):
            waiting = [r.due_at for r in rows if r.state is DeliveryState.PENDING and r.channel == channel]
            assert outbox.next_due_at(self.conn, channel) == min(waiting, default=None)
        for known in self.model.values():
            assert len(outbox.attempts(self.conn, known.row.id)) == known.finished

    def stored(self) -> dict[str, Delivery]:
        return {row.key: row for row in outbox.recent(self.conn, limit=99)}


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def teardown_module() -> None:
    """Remove the database that the examples shared."""
    for path in _ready:
        shutil.rmtree(path.parent)
    _ready.clear()
