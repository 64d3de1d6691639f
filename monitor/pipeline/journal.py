"""Tells the log what a poll brought. Decides nothing; what the lines mean is in docs/operations.md."""

from monitor.pipeline.ingest import PollReport
from monitor.telemetry import logs

log = logs.get(__name__)


def tell(report: PollReport) -> None:
    """A line for each decision and event, and one for the poll."""
    for decision in report.decisions:
        log.info(
            "decision",
            feed=report.feed,
            rule=decision.rule,
            article=decision.article,
            story=decision.story,
            decision="suppress" if decision.alert is None else "alert",
            reason=str(decision.reason),
            alert=decision.alert,
        )
    for event in report.events:
        log.warning(
            "feed", feed=event.subject, kind=str(event.kind), detail=event.detail, facts=dict(event.facts)
        )
    if not logs.is_told("info") and report.reason is None and report.kept:
        return  # most polls: even to leave a line out takes its time
    line = log.bind(
        feed=report.feed, next_poll_at=report.next_poll_at.isoformat() if report.next_poll_at else None
    )
    if report.reason is not None or not report.kept:
        line.warning("poll", outcome=report.outcome, reason=report.reason, detail=report.detail)
        return
    line.info(
        "poll",
        outcome=report.outcome,
        entries=report.entries,
        new=report.new,
        updated=report.updated,
        copies=report.copies,
        skipped=report.skipped,
        matches=report.matches,
        alerts=report.alerts,
    )
