"""The one writer: functions queue up and are committed together, each inside its own savepoint.

    queue → BEGIN → (SAVEPOINT, function, RELEASE) for each → COMMIT → wake the waiters

One disk flush serves everybody who waits, so full durability costs next to nothing, and nobody is
told "done" before the flush. A function that fails is rolled back alone. When the transaction as a
whole fails, nothing of it was acknowledged, and it is run again: together after a lost connection or
a lock held elsewhere, one by one when a single function brought it down. A function may therefore
run more than once: it must touch nothing but its connection.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction, text
from sqlalchemy.exc import SQLAlchemyError

from monitor.errors import StoreError
from monitor.store import engine as engines
from monitor.store import faults
from monitor.store.address import Address
from monitor.store.faults import Fault
from monitor.telemetry import logs

T = TypeVar("T")
BATCH = 256  # functions per transaction: enough to share a flush, few enough to keep waits short
TRIES = 5  # of one function that runs into other transactions, or brings its own down
PATIENCE = timedelta(seconds=60)  # with a server that is away or a file that is locked
_WAIT_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)
_AGAIN = {Fault.LOST, Fault.BUSY, Fault.CONFLICT}

log = logs.get(__name__)


@dataclass(slots=True, eq=False)
class _Job:
    function: Callable[[Connection], Any]
    future: Future[Any] = field(default_factory=Future)
    tries: int = 0


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: BaseException | None = None


class _Vanished(Exception):
    """The transaction ended under a function; `__cause__` says why."""

    def __init__(self, job: _Job) -> None:
        super().__init__()
        self.job = job


class _InDoubt(Exception):
    """The connection was cut while COMMIT was under way; `__cause__` is the driver's error."""

    def __init__(self, mark: int) -> None:
        super().__init__()
        self.mark = mark


class Writer:
    """A thread that owns the writing connection."""

    def __init__(self, engine: Engine, address: Address, *, patience: timedelta = PATIENCE) -> None:
        self.broken: StoreError | None = None  # set for good once the data cannot be trusted
        self._engine = engine
        self._address = address
        self._patience = patience.total_seconds()
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closing = threading.Event()
        self._waiting = False  # for the server, or a lock; told once
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[[Connection], T]) -> Future[T]:
        """Queue a function; its future is done when its effect is durable, or has failed whole."""
        job = _Job(function)
        with self._gate:
            if self._closing.is_set():
                raise StoreError(f"the database {self._address} was closed: nothing more is written")
            self._queue.put(job)
        return job.future

    def is_current_thread(self) -> bool:
        """Whether the caller runs inside a function of this writer."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Finish what is queued, then stop. May be called twice."""
        with self._gate:
            if not self._closing.is_set():
                self._closing.set()
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            jobs, more = self._take()
            try:
                self._settle(jobs, time.monotonic() + self._patience)
            except Exception as error:  # the one loop of this thread: whatever happens, nobody waits for ever
                log.exception("store.writer_failed", database=str(self._address))
                _fail([job for job in jobs if not job.future.done()], error)

    def _take(self) -> tuple[list[_Job], bool]:
        """The next batch, and whether more may come."""
        queued = [self._queue.get()]
        try:
            while queued[-1] is not None and len(queued) < BATCH:
                queued.append(self._queue.get_nowait())
        except Empty:
            pass
        jobs = [job for job in queued if job is not None]
        return [job for job in jobs if job.future.set_running_or_notify_cancel()], queued[-1] is not None

    def _settle(self, jobs: list[_Job], deadline: float) -> None:
        """Commit the jobs and tell their futures; again and again until all are told or time is up."""
        round_ = 0
        while jobs:
            if self.broken is not None:
                return _fail(jobs, self.broken)
            try:
                outcomes = self._transact(jobs)
            except _Vanished as vanished:
                jobs = self._after_vanishing(jobs, vanished, deadline)
            except (SQLAlchemyError, StoreError) as error:
                jobs = self._after_failure(jobs, error, deadline)
            else:
                jobs = self._tell(jobs, outcomes)
            if jobs:
                self._closing.wait(_WAIT_SECONDS[min(round_, len(_WAIT_SECONDS) - 1)])
            round_ += 1
        return None

    def _transact(self, jobs: list[_Job]) -> list[_Outcome]:
        """One transaction. Raises when it failed as a whole; then nothing of it was kept."""
        try:
            with self._engine.connect() as connection:
                transaction = connection.begin()
                outcomes = [_attempt(connection, job) for job in jobs]
                _commit(connection, transaction)
        except _InDoubt as doubt:
            if not self._was_committed(doubt.mark):
                raise doubt.__cause__ or doubt from None
        return outcomes

    def _was_committed(self, mark: int) -> bool:
        """Ask PostgreSQL what became of a transaction whose COMMIT got no answer."""
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            try:
                with self._engine.connect() as connection:
                    status = connection.scalar(text("SELECT txid_status(:mark)"), {"mark": mark})
            except SQLAlchemyError:
                status = "in progress"  # not reachable: ask again
            if status != "in progress":
                return bool(status == "committed")
            time.sleep(_WAIT_SECONDS[1])  # even when closing: the answer is still worth having
        raise StoreError(
            f"the connection to {self._address} was cut during a commit and the server stays away: "
            "the last changes may or may not be stored"
        )

    def _tell(self, jobs: list[_Job], outcomes: list[_Outcome]) -> list[_Job]:
        """Tell the futures of a committed transaction; returns the jobs that are worth another try."""
        if self._waiting:
            self._waiting = False
            log.info("store.back", database=str(self._address))
        again = []
        for job, outcome in zip(jobs, outcomes, strict=True):
            if outcome.error is None:
                job.future.set_result(outcome.value)
            elif faults.classify(outcome.error) is Fault.CONFLICT and self._may_try(job):
                again.append(job)
            else:
                self._refuse([job], outcome.error)
        return again

    def _after_vanishing(self, jobs: list[_Job], vanished: _Vanished, deadline: float) -> list[_Job]:
        cause = vanished.__cause__ or vanished
        fault = faults.classify(cause)
        if fault is Fault.BROKEN:
            self._refuse(jobs, cause)
        elif len(jobs) > 1:
            for job in jobs:
                self._settle([job], deadline)
        elif fault is Fault.LOST and time.monotonic() < deadline and self._may_try(vanished.job):
            return jobs
        else:
            self._refuse(jobs, cause)
        return []

    def _after_failure(self, jobs: list[_Job], error: Exception, deadline: float) -> list[_Job]:
        """BEGIN or COMMIT failed."""
        fault = faults.classify(error)
        if fault in _AGAIN and time.monotonic() < deadline and not self._closing.is_set():
            self._say_waiting(error)
            return jobs
        if fault in {Fault.FULL, Fault.REFUSED} and len(jobs) > 1 and not isinstance(error, StoreError):
            for job in jobs:
                self._settle([job], deadline)
        else:
            self._refuse(jobs, error)
        return []

    def _say_waiting(self, error: BaseException) -> None:
        """One line when an outage begins and, from `_tell`, one when it ends."""
        if not self._waiting:
            log.warning("store.waiting", database=str(self._address), reason=str(self._explain(error)))
        self._waiting = True

    def _may_try(self, job: _Job) -> bool:
        job.tries += 1
        return job.tries < TRIES and not self._closing.is_set()

    def _refuse(self, jobs: list[_Job], error: BaseException) -> None:
        if faults.classify(error) is Fault.BROKEN:
            self.broken = faults.explain(error, self._address)
        _fail(jobs, self._explain(error))

    def _explain(self, error: BaseException) -> BaseException:
        if not faults.is_ours(error):
            return error
        explained = faults.explain(error, self._address)
        explained.__cause__ = error
        return explained


def _fail(jobs: list[_Job], error: BaseException) -> None:
    for job in jobs:
        job.future.set_exception(error)


def _attempt(connection: Connection, job: _Job) -> _Outcome:
    """Run one function in its savepoint. Raises _Vanished when the transaction did not survive it."""
    savepoint = connection.begin_nested()
    try:
        value = job.function(connection)
    except BaseException as error:  # even SystemExit belongs to whoever waits, not to this thread
        if not engines.in_transaction(connection):
            raise _Vanished(job) from error
        savepoint.rollback()
        return _Outcome(error=error)
    try:
        savepoint.commit()
    except SQLAlchemyError as error:
        # The function swallowed a failure that spoilt its savepoint.
        raise _Vanished(job) from error
    return _Outcome(value=value)


def _commit(connection: Connection, transaction: RootTransaction) -> None:
    mark = None
    if connection.dialect.name == "postgresql":
        mark = connection.scalar(text("SELECT txid_current_if_assigned()"))
    try:
        transaction.commit()
    except SQLAlchemyError as error:
        if mark is not None and faults.classify(error) is Fault.LOST:
            raise _InDoubt(mark) from error
        raise
