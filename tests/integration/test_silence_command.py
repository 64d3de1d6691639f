"""`silence add|list|expire`, `alerts ack` and `deliveries list --dead` on a real database."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.errors import DecisionReason, DeliveryReason
from monitor.model import AlertId, DeliveryState, Match
from monitor.store import Store, alerts, open_store, outbox, silences
from tests.support import archived
from tests.support.stored import add_alert, add_article, add_delivery, claim

NOW = datetime.now(UTC)


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> Path:
    return archived.write_config(tmp_path, sqlite_url, "rules:\n  Floods: flood*\n")


@pytest.fixture
def opened(sqlite_url: str):
    with open_store(sqlite_url) as store:
        yield store


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(config), *arguments])


def test_a_rule_is_silenced_listed_and_let_speak_again(config: Path, opened: Store) -> None:
    """By its name; the list says until when and why."""
    added = run(config, "silence", "add", "Floods", "--for", "3d", "--reason", "holiday")
    assert added.exit_code == 0, added.output
    assert "silence 1: the rule Floods, until" in added.output
    (held,) = opened.read(lambda conn: silences.active(conn, now=NOW))
    assert (held.rule, held.query, held.reason) == ("Floods", "", "holiday")
    assert timedelta(days=2, hours=23) < held.until_at - NOW < timedelta(days=3, hours=1)
    (row,) = [json.loads(line) for line in run(config, "silence", "list", "--json").output.splitlines()]
    assert (row["state"], row["what"], row["reason"]) == ("active", "rule Floods", "holiday")
    assert "ended" in run(config, "silence", "expire", "1").output
    assert "was over already" in run(config, "silence", "expire", "1").output
    assert "over" in run(config, "silence", "list").output
    later = datetime.now(UTC)
    assert opened.read(lambda conn: silences.active(conn, now=later)) == []


def test_a_query_is_silenced(config: Path, opened: Store) -> None:
    """What is no rule's name is a query."""
    assert run(config, "silence", "add", "title:football AND cup", "--for", "12h").exit_code == 0
    (held,) = opened.read(lambda conn: silences.active(conn, now=NOW))
    assert (held.rule, held.query) == ("", "title:football AND cup")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "flood* AND (", "--for", "1d"), "neither a rule nor a query"),
        (("add", "Floods", "--for", "soon"), "not a duration"),
        (("add", "Floods", "--for", "0s"), "more than nothing"),
        (("add", "Floods"), "Missing option '--for'"),
        (("expire", "7"), "there is no silence 7"),
    ],
)
@pytest.mark.usefixtures("opened")
def test_what_cannot_be_silenced_is_refused(config: Path, arguments: tuple[str, ...], message: str) -> None:
    """With what is wrong."""
    shown = run(config, "silence", *arguments)
    assert shown.exit_code == 2
    assert message in shown.output


def test_an_alert_is_acknowledged_once(config: Path, opened: Store) -> None:
    """The escalation is called off; a second acknowledgement says who was first."""
    number = add_alert(opened, now=NOW)
    opened.write(
        lambda conn: outbox.add(
            conn, alert_id=number, channel="phone", recipient="", key="e", now=NOW,
            due_at=NOW + timedelta(hours=1), reason=DeliveryReason.ESCALATION, escalates=True,
        )
    )  # fmt: skip
    assert "1 escalation called off" in run(config, "alerts", "ack", str(number), "--by", "ada").output
    (spared,) = opened.read(lambda conn: outbox.of_alert(conn, number))
    assert spared.state is DeliveryState.CANCELLED
    alert = opened.read(lambda conn: alerts.get(conn, AlertId(number)))
    assert alert is not None
    assert alert.acknowledged_by == "ada"
    assert "was acknowledged by ada" in run(config, "alerts", "ack", str(number), "--by", "bob").output
    assert "there is no alert 99" in run(config, "alerts", "ack", "99").output


def test_the_tally_sums_up(config: Path, opened: Store) -> None:
    """Each match in one line of it, all of them in the last."""
    ref = add_article(opened, now=NOW)
    number = add_alert(opened, "told", rule="Floods", now=NOW)
    add_delivery(opened, alert_id=number, now=NOW, due_at=NOW)
    told = (("alert", DecisionReason.NEW_STORY, number), ("suppress", DecisionReason.SILENCED, None))
    for decision, reason, alert_id in told:
        opened.write(
            lambda conn, decision=decision, reason=reason, alert_id=alert_id: alerts.record_match(
                conn, article_id=ref.id, match=Match("Floods"), decision=decision, reason=reason,
                alert_id=alert_id, now=NOW,
            )
        )  # fmt: skip
    rows = [json.loads(row) for row in run(config, "alerts", "tally", "--json").output.splitlines()]
    assert {row["what"]: row["matches"] for row in rows} == {
        "pending": 1, "suppressed silenced": 1, "all matches": 2,
    }  # fmt: skip
    assert "no matches" in run(config, "alerts", "tally", "--rule", "Nonesuch").output


def test_the_dead_are_listed(config: Path, opened: Store) -> None:
    """Those given up, and no others."""
    add_delivery(opened, "lost", now=NOW, due_at=NOW)
    add_delivery(opened, "kept", now=NOW, due_at=NOW + timedelta(days=1))
    (held,) = claim(opened, now=NOW)
    opened.write(
        lambda conn: outbox.finish(
            conn, held.id, owner="me", state=DeliveryState.DEAD, reason=DeliveryReason.PERMANENT,
            detail="550", due_at=None, now=NOW,
        )
    )  # fmt: skip
    rows = run(config, "deliveries", "list", "--dead", "--json").output.splitlines()
    assert [json.loads(row)["id"] for row in rows] == [held.id]
