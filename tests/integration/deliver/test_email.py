"""E-mail against a real SMTP server: what arrives, and what each failure of the server means."""

import socket
import ssl
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
import trustme

from monitor.deliver.channel import Channel, Context, create
from monitor.deliver.render import render
from monitor.deliver.smtp import MAILS_A_CONNECTION
from monitor.errors import DeliveryReason
from monitor.model import Alert, AlertId, AlertKind, Article, Outcome, Priority
from tests.support.messages import DECIDED_AT, notification, spec
from tests.support.smtpserver import CUT, HANG, SmtpServer

TO = "desk@reader.example"


@pytest.fixture
def server():
    with SmtpServer() as running:
        yield running


OPEN: list[Channel] = []


@pytest.fixture(autouse=True)
def _hang_up():
    """Channels keep their connections until they are closed."""
    yield
    while OPEN:
        OPEN.pop().close()


def channel(server: SmtpServer, *, to=(TO,), more: str = "", **changes):
    context = Context(now=lambda: DECIDED_AT, instance=changes.pop("instance", "test"))
    OPEN.append(create(spec(server.url(to=to, more=more), **changes), context))
    return OPEN[-1]


def test_one_mail_arrives_with_both_parts_and_its_headers(server):
    """A notification becomes one message to one recipient, as text and as HTML."""
    assert channel(server).send(notification(), TO) == Outcome()
    (mail,) = server.wait_for(1)
    message = mail.message
    assert (mail.sender, mail.recipients) == ("monitor@news.example", (TO,))
    assert message["Subject"] == "[ports] Ferry runs aground off Trelleborg"
    assert message["To"] == TO
    assert message["From"] == "newsmonitor <monitor@news.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "newsmonitor desk <desk.newsmonitor.news.example>"
    assert parsedate_to_datetime(message["Date"]) == DECIDED_AT
    assert mail.text.startswith("Ferry runs aground")
    assert "<h1>Ferry" in mail.html


def test_a_repeat_carries_the_same_single_message_id(server):
    """Mail stores recognise a repeat, because the id comes from the delivery's key and nothing else."""
    for _ in range(2):
        channel(server).send(notification(first_of_thread=False), TO)
    first, second = (mail.message.get_all("Message-ID") for mail in server.wait_for(2))
    assert first == second
    assert len(first) == 1
    assert first[0].endswith("@news.example>")


def test_later_messages_of_a_thread_refer_to_the_first(server):
    """A follow-up stands under the first message in the reader's mail program."""
    sender = channel(server)
    sender.send(notification(key="a"), TO)
    sender.send(notification(key="b", first_of_thread=False), TO)
    sender.send(notification(key="c", first_of_thread=False), TO)
    first, second, third = (mail.message for mail in server.wait_for(3))
    assert "In-Reply-To" not in first
    for later in (second, third):
        assert later["In-Reply-To"] == later["References"] == first["Message-ID"]
    assert len({first["Message-ID"], second["Message-ID"], third["Message-ID"]}) == 3


def test_another_installation_or_recipient_has_other_ids(server):
    """Ids that came of equal numbers in another database would make mail stores drop real news."""
    channel(server, instance="one").send(notification(), TO)
    channel(server, instance="two").send(notification(), TO)
    channel(server, instance="two", to=(TO, "b@reader.example")).send(notification(), "b@reader.example")
    ids = {mail.message["Message-ID"] for mail in server.wait_for(3)}
    assert len(ids) == 3


def test_every_address_in_to_cc_and_bcc_is_a_recipient_of_its_own(server):
    """One refused address never repeats the message to the others."""
    sender = channel(
        server,
        to=(TO, "b@reader.example"),
        more="&cc=c@reader.example&bcc=d@reader.example,desk@reader.example",
    )
    assert sender.recipients == (TO, "b@reader.example", "c@reader.example", "d@reader.example")
    server.answer("RCPT", "550 5.1.1 no such user")
    outcomes = [sender.send(notification(), recipient) for recipient in sender.recipients[:2]]
    assert [outcome.reason for outcome in outcomes] == [DeliveryReason.PERMANENT, None]
    (mail,) = server.wait_for(1)
    assert mail.recipients == ("b@reader.example",)
    assert "Cc" not in mail.message


@pytest.mark.parametrize(
    ("command", "answer", "reason"),
    [
        ("RCPT", "550 5.1.1 no such user", DeliveryReason.PERMANENT),
        ("RCPT", "451 4.7.1 greylisted", DeliveryReason.TRANSIENT),
        ("RCPT", "421 4.3.2 going down", DeliveryReason.TRANSIENT),
        ("RCPT", CUT, DeliveryReason.TRANSIENT),
        ("MAIL", "550 5.7.1 sender not allowed", DeliveryReason.CONFIGURATION),
        ("MAIL", "452 4.3.1 out of room", DeliveryReason.TRANSIENT),
        ("DATA", "554 5.6.0 refused", DeliveryReason.PERMANENT),
        ("DATA", "451 4.3.0 later", DeliveryReason.TRANSIENT),
        ("DATA", CUT, DeliveryReason.UNKNOWN),
    ],
)
def test_the_servers_answer_decides(server, command, answer, reason):
    """5xx is for good, 4xx passes; without an answer after the message it may have arrived."""
    server.answer(command, answer)
    outcome = channel(server).send(notification(), TO)
    assert outcome.reason is reason
    if answer is not CUT:
        assert answer[4:] in outcome.detail
        assert f"SMTP {answer[:3]}" in outcome.detail
    assert channel(server).send(notification(), TO).sent


@pytest.mark.parametrize(
    ("command", "reason"), [("RCPT", DeliveryReason.TRANSIENT), ("DATA", DeliveryReason.UNKNOWN)]
)
def test_a_silent_server_is_left_in_time(server, command, reason):
    """Silence before the message is a failure that passes, after it nobody knows."""
    server.answer(command, HANG)
    sender = channel(server, deadline=timedelta(seconds=0.5))
    assert sender.send(notification(), TO).reason is reason


def test_nobody_listening_is_transient():
    """A mail server that is down is tried again."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    sender = create(spec(f"mailto://127.0.0.1:{port}?from=a@news.example&to={TO}"), Context())
    outcome = sender.send(notification(), TO)
    assert outcome.reason is DeliveryReason.TRANSIENT
    assert outcome.detail == f"no connection to 127.0.0.1:{port}: connection refused"


def test_a_server_without_tls_is_named_with_its_port(server):
    """`mode=ssl` where the server begins in the clear is said in words, with what to look at."""
    url = f"mailtos://localhost:{server.port}?mode=ssl&from=a@news.example&to={TO}"
    outcome = create(spec(url), Context()).send(notification(), TO)
    assert outcome.reason is DeliveryReason.TRANSIENT
    assert outcome.detail.startswith(f"no connection to localhost:{server.port}: no TLS there")
    assert "Error" not in outcome.detail


class TestTls:
    """STARTTLS and login, with a certificate that the test may or may not trust."""

    LOGIN = ("monitor", "s3cret-pass/word")

    @pytest.fixture
    def tls_server(self):
        authority = trustme.CA()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(context)
        with SmtpServer(tls=context, login=self.LOGIN) as running:
            running.authority = authority
            yield running

    @pytest.fixture
    def trusted(self, tls_server, tmp_path, monkeypatch):
        file = tmp_path / "authority.pem"
        tls_server.authority.cert_pem.write_to_path(str(file))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        return tls_server

    def test_mail_goes_out_after_starttls_and_login(self, trusted):
        """`mailtos://` secures the connection and logs in with the address's user and password."""
        assert channel(trusted).send(notification(), TO) == Outcome()
        assert len(trusted.wait_for(1)) == 1

    def test_a_wrong_password_is_a_matter_of_configuration(self, trusted):
        """The operator is told; the password is not."""
        url = trusted.url(to=[TO]).replace("s3cret-pass", "wr0ng-pass")
        OPEN.append(create(spec(url), Context()))
        outcome = OPEN[-1].send(notification(), TO)
        assert outcome.reason is DeliveryReason.CONFIGURATION
        assert "SMTP 535" in outcome.detail
        assert "wr0ng" not in outcome.detail

    def test_an_unknown_certificate_is_refused(self, tls_server):
        """Mail never goes over a connection whose other end is not proven."""
        outcome = channel(tls_server).send(notification(), TO)
        assert outcome.reason is DeliveryReason.CONFIGURATION
        assert "certificate" in outcome.detail
        assert tls_server.mails == []

    def test_login_is_never_sent_in_the_clear(self, server):
        """A server without STARTTLS gets neither login nor mail from `mailtos://`."""
        url = f"mailtos://monitor:s3cret@localhost:{server.port}?from=a@news.example&to={TO}"
        OPEN.append(create(spec(url), Context()))
        outcome = OPEN[-1].send(notification(), TO)
        assert outcome.reason is DeliveryReason.CONFIGURATION
        assert server.mails == []


@pytest.mark.parametrize(
    "title",
    [
        "Überschwemmung in Lübeck: Pegel über 6 m, Straßen gesperrt — was jetzt für Pendler gilt",
        "Паром сел на мель у Треллеборга: пассажиров эвакуируют вертолётами",
        "x" * 200,
        "台風接近で全便欠航" * 22,
    ],
)
def test_long_titles_in_any_script_arrive_whole_in_short_lines(server, title):
    """The subject is folded, so that no server refuses the mail for its line length."""
    assert channel(server).send(notification(title=title), TO).sent
    (mail,) = server.wait_for(1)
    assert mail.message["Subject"] == title
    assert max(len(line) for line in mail.content.splitlines()) <= 998


def test_a_dot_on_its_own_line_does_not_end_the_message(server):
    """Lines that begin with dots arrive as they were."""
    text = "before\n.\n..two\nafter\n"
    channel(server).send(notification(text=text), TO)
    (mail,) = server.wait_for(1)
    assert mail.text.replace("\r\n", "\n") == text


def test_an_urgent_alert_is_marked_as_such(server):
    """Mail programs show what a rule calls urgent."""
    channel(server).send(notification(priority=Priority.HIGH), TO)
    assert server.wait_for(1)[0].message["Importance"] == "high"


def test_headers_given_in_the_address_are_added(server):
    """`+X-Desk=…` in the address sets a header; one that would double ours is refused by `validate`."""
    assert channel(server, more="&%2BX-Desk=night").send(notification(), TO).sent
    assert server.wait_for(1)[0].message["X-Desk"] == "night"


def test_a_hostile_headline_arrives_as_a_harmless_mail(server):
    """Rendered and sent: one subject line, escaped HTML, no second recipient."""
    article = Article(
        id="1",
        title="ferry\r\nBcc: all@evil.example\r\n\r\n&lt;script&gt;" + "x" * 3_000,
        url="javascript:alert(1)",
    )
    alert = Alert(AlertId(1), "ports", AlertKind.STORY, DECIDED_AT, article=article)
    message = render(alert, delivery_key="k", now=DECIDED_AT, time_zone="UTC")
    assert channel(server).send(message, TO).sent
    (mail,) = server.wait_for(1)
    assert mail.recipients == (TO,)
    assert mail.message["Bcc"] is None
    assert len(mail.message["Subject"]) <= 200
    assert mail.message["Subject"].startswith("[ports] ferry Bcc: all@evil.example <script>xxx")
    assert "<script>" not in mail.html
    assert "javascript:" not in mail.html + mail.text


class TestReuse:
    """One connection for many mails, and what happens when it dies."""

    def test_mails_in_a_row_share_a_connection(self, server):
        """Connecting, TLS and login are paid for once."""
        sender = channel(server)
        assert all(sender.send(notification(key=str(n)), TO).sent for n in range(5))
        assert len(server.wait_for(5)) == 5
        assert server.connections == 1

    def test_after_a_hundred_mails_it_goes_by_itself(self, server):
        """Many servers hang up then; better not to run into it."""
        sender = channel(server)
        for n in range(MAILS_A_CONNECTION + 1):
            assert sender.send(notification(key=str(n)), TO).sent
        assert server.connections == 2

    def test_a_connection_that_died_meanwhile_is_replaced_without_a_failure(self, server):
        """Nothing was sent on it, so the mail goes out once, on a new one."""
        sender = channel(server)
        assert sender.send(notification(key="a"), TO).sent
        server.hang_up()
        assert sender.send(notification(key="b"), TO).sent
        assert len(server.wait_for(2)) == 2
        assert server.connections == 2

    def test_a_server_that_has_had_enough_of_a_connection_gets_another(self, server):
        """4xx to MAIL on a kept connection is often a limit; on a new one it counts."""
        sender = channel(server)
        assert sender.send(notification(key="a"), TO).sent
        server.answer("MAIL", "421 4.7.0 too many messages in this connection")
        assert sender.send(notification(key="b"), TO).sent
        server.answer("MAIL", "451 4.3.0 later", "451 4.3.0 later")
        assert sender.send(notification(key="c"), TO).reason is DeliveryReason.TRANSIENT
        assert len(server.wait_for(2)) == 2

    def test_a_cut_after_the_message_is_unknown_and_never_sent_again_from_here(self, server):
        """The outbox decides about repeats, not the connection."""
        sender = channel(server)
        assert sender.send(notification(key="a"), TO).sent
        server.answer("DATA", CUT)
        assert sender.send(notification(key="b"), TO).reason is DeliveryReason.UNKNOWN
        assert sender.send(notification(key="c"), TO).sent
        assert len(server.wait_for(2)) == 2

    def test_a_refused_recipient_leaves_the_connection_in_order(self, server):
        """The next recipient's mail goes over the same connection."""
        sender = channel(server, to=(TO, "b@reader.example"))
        server.answer("RCPT", "550 5.1.1 no such user")
        assert sender.send(notification(key="a"), TO).reason is DeliveryReason.PERMANENT
        assert sender.send(notification(key="b"), "b@reader.example").sent
        assert server.connections == 1

    def test_at_rest_it_says_goodbye(self, server):
        """An idle connection is not left standing; the next mail opens another."""
        sender = channel(server)
        assert sender.send(notification(key="a"), TO).sent
        sender.rest()
        assert sender.send(notification(key="b"), TO).sent
        assert server.connections == 2


@pytest.mark.parametrize(
    ("command", "answer", "reason"),
    [
        ("RCPT", "550 5.7.1 relaying denied", DeliveryReason.CONFIGURATION),
        ("RCPT", "530 5.7.0 must issue a STARTTLS command first", DeliveryReason.CONFIGURATION),
        ("RCPT", "552 5.2.2 mailbox full", DeliveryReason.TRANSIENT),
        ("RCPT", "450 4.7.28 our system has detected an unusual rate", DeliveryReason.THROTTLED),
        ("DATA", "452 4.5.3 too many recipients", DeliveryReason.THROTTLED),
        ("DATA", "450 4.2.1 receiving mail too quickly", DeliveryReason.THROTTLED),
        ("DATA", "552 5.3.4 message too big", DeliveryReason.PERMANENT),
    ],
)
def test_enhanced_codes_tell_whose_fault_it_is(server, command, answer, reason):
    """A denied relay stops the channel, a full mailbox may empty, a rate is kept to."""
    server.answer(command, answer)
    assert channel(server).send(notification(), TO).reason is reason


def test_the_way_out_of_the_list_stands_in_the_header(server):
    """An address becomes a mailto: link, a page stays what it is."""
    channel(server, unsubscribe="ops@news.example").send(notification(key="a"), TO)
    channel(server, unsubscribe="https://news.example/leave").send(notification(key="b"), TO)
    by_mail, by_page = (mail.message["List-Unsubscribe"] for mail in server.wait_for(2))
    assert by_mail == "<mailto:ops@news.example?subject=unsubscribe%20desk>"
    assert by_page == "<https://news.example/leave>"
