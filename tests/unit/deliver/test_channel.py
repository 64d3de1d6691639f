"""Making channels from addresses, and saying what is wrong with an address."""

import subprocess
import sys

import pytest

from monitor.deliver import channel
from monitor.deliver.channel import Context, create, describe, validate
from monitor.errors import DeliveryError, DeliveryReason
from monitor.model import Outcome
from tests.support.messages import notification, spec

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
GOOD = [
    "console://",
    "file:///var/lib/news/alerts.jsonl",
    "webhook+https://example.org/hook",
    "webhook+http://user:pw@[::1]:8080/hook?a=b",
    "mailto://127.0.0.1:2525?from=a@news.example&to=b@reader.example",
    "mailtos://user:password@gmail.com",
    "mailtos://user%40a.example:p%40ss%2Fword%23@a.example:465?mode=ssl&to=b@reader.example&+X-Desk=night",
    "mailto://[::1]:25?from=a@news.example&to=b@reader.example&name=News&cc=c@reader.example&verify=no",
    "mailto://a.example:25/b@reader.example?from=a@news.example&user=me&password=p&format=text",
    "irc://bot@irc.example/%23news?join=yes",
    SLACK + "/%23general",
    "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "tgram://123456789:abcdefg_hijklmnop/12315544",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "json://localhost:8080/path",
]


@pytest.mark.parametrize("url", GOOD)
def test_good_addresses_have_nothing_wrong(url):
    """Our own kinds, Apprise's, and a service's own https address."""
    assert validate(spec(url)) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("slak://a/b/c", "unknown kind of channel slak://; did you mean slack://"),
        ("mailt://a.example", "did you mean mailto"),
        ("webhok+https://example.org", "did you mean webhook+https://"),
        ("consol://", "did you mean console://"),
        ("https://example.org/hook", "to post JSON to it use webhook+https://"),
        ("desk@example.org", "not a channel's address; expected scheme://"),
        ("", "not a channel's address"),
        ("slack://", "expected slack://{token_a}/{token_b}/{token_c}"),
        ("tgram://bad", "expected tgram://{bot_token}"),
        ("mailto://127.0.0.1?to=b@reader.example", "from=…&to=…"),
        ("mailto://a.example?from=a@news.example&to=nobody", "Dropped invalid To email (nobody)"),
        ("mailto://a.example?from=a@news.example&pgp=encrypt", "pgp= is not supported"),
        ("mailto://u:p@a.example?%2BMessage-ID=x", "the header 'Message-ID' cannot be set"),
        ("mailto://u:p@a.example?mode=nonsense", "secure mode"),
        ("mailto://u:p@a.example?form=x@a.example", "no parameter `form=`; did you mean `from=`?"),
        ("mailto://u:p@a.example?too=x@a.example", "no parameter `too=`; did you mean `to=`?"),
        ("mailto://u:p@a.example?zzz=1", "no parameter `zzz=`; known are to, from,"),
        ("mailtos://u:p@ss@a.example", "holds a bare @, which must be percent-encoded: write @ as %40"),
        ("mailtos://u@b.example:pw@a.example", "holds a bare @"),
        ("mailtos://u:p/ss@a.example?to=b@a.example", "holds a bare /"),
        ("mailtos://u:p#ss@a.example", "holds a bare #"),
        ("mailtos://u:p?ss@a.example", "holds a bare ?"),
        ("mailtos://u:p:ss@a.example", "holds a bare :"),
        ("smtp://u:p@a.example", "smtp:// is not a channel; for mail use mailtos://"),
        ("smtps://u:p@a.example", "for mail use mailtos://"),
        ("file://alerts.jsonl", "three slashes"),
        ("file:///", "three slashes"),
        ("file:///var/lib/", "three slashes"),
        ("webhook://example.org", "webhook+https://host/path"),
        ("webhook+ftp://example.org", "webhook+https://host/path"),
        ("webhook+https://", "webhook+https://host/path"),
        ("webhook+https://example.org:99999/", "not a web address"),
        ("slixmpp://x", "unknown kind of channel"),
    ],
)
def test_bad_addresses_are_explained(url, says):
    """What is wrong, and what was probably meant."""
    assert says in (validate(spec(url)) or "")


def test_a_missing_package_is_named():
    """A service that needs more than Apprise says which package."""
    reason = validate(spec("mqtt://broker.example/topic"))
    assert reason is None or "needs a package that is not installed: paho-mqtt" in reason


@pytest.mark.parametrize(
    "url", ["tgram://s3cr3t-t0ken-1234/1", "slack://s3cr3t-t0ken-1234/b", "xyz://s3cr3t-t0ken-1234"]
)
def test_the_explanation_does_not_repeat_the_secret(url):
    """A configuration check is often pasted into a chat."""
    reason = validate(spec(url))
    assert reason is not None
    assert "s3cr3t" not in reason


def test_a_channel_that_cannot_be_made_raises_with_the_reason():
    """The caller gets name, reason and text."""
    with pytest.raises(DeliveryError, match="channel desk: configuration: unknown kind") as caught:
        create(spec("slak://a"), Context())
    assert caught.value.reason is DeliveryReason.CONFIGURATION
    assert not caught.value.recoverable


def test_without_an_http_client_there_are_no_webhooks():
    """The channel says so when it is made, not when it should send."""
    with pytest.raises(DeliveryError, match="no HTTP client"):
        create(spec("webhook+https://example.org"), Context())


@pytest.mark.parametrize(
    ("url", "recipients"),
    [
        ("console://", ("",)),
        (
            "mailto://h.example?from=a@news.example&to=b@reader.example,c@reader.example",
            ("b@reader.example", "c@reader.example"),
        ),
        ("mailto://user:pw@news.example", ("user@news.example",)),
        (SLACK, ("",)),
        (SLACK + "/%23general/%23ops", ("#general", "#ops")),
        ("irc://bot@irc.example/%23a/%23b", ("#a", "#b")),
        ("irc://bot@irc.example/?to=%23a,%23b", ("#a", "#b")),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/12315545", ("12315544", "12315545")),
        ("pover://user@token/device1/device2", ("",)),  # one request for both
    ],
)
def test_recipients_are_those_that_can_fail_alone(url, recipients):
    """Each target that costs a request of its own is a recipient of its own."""
    assert create(spec(url), Context()).recipients == recipients


def test_the_shown_address_hides_everything_but_the_server():
    """`channels list` may be shown to anybody."""
    assert describe(spec(SLACK)) == "slack://***/***"
    assert describe(spec("mailtos://me:pw@example.org?to=a@b.example")) == "mailtos://***@example.org"
    assert describe(spec("file:///var/lib/alerts.jsonl")) == "file:///var/lib/alerts.jsonl"


def test_apprise_is_imported_only_when_a_service_needs_it():
    """Console, file and webhook channels do not pay for loading it."""
    code = (
        "import sys; from monitor.deliver.channel import *; from monitor.model import ChannelSpec;"
        "create(ChannelSpec('a', 'console://'), Context());"
        "create(ChannelSpec('b', 'file:///tmp/x'), Context());"
        "assert 'apprise' not in sys.modules;"
        "create(ChannelSpec('c', 'json://localhost'), Context()); assert 'apprise' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


class TestPlugins:
    """Channels that other packages bring."""

    @pytest.fixture
    def installed(self, tmp_path, monkeypatch):
        """A package with three entry points, as pip would have put it there."""
        (tmp_path / "pager_channel.py").write_text(
            "class Pager:\n"
            "    recipients = ('on-call',)\n"
            "    def __init__(self, spec): self.name = spec.name; self.url = spec.url\n"
            "    def send(self, notification, recipient): raise RuntimeError('no line to ' + self.url)\n"
            "    def close(self): pass\n"
            "def create(spec, context): return Pager(spec)\n"
            "def broken(spec, context): raise ValueError('bad token ' + spec.url.rpartition('/')[2])\n"
        )
        info = tmp_path / "pager_channel-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pager-channel\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            "[newsmonitor.channels]\npager = pager_channel:create\nbroken = pager_channel:broken\n"
            "gone = no_such_module:create\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        channel._plugins.cache_clear()
        yield
        channel._plugins.cache_clear()
        sys.modules.pop("pager_channel", None)

    def test_a_plugin_serves_its_own_scheme(self, installed):
        """With and without a second scheme behind a plus."""
        for url in ("pager://desk", "pager+https://pager.example/"):
            made = create(spec(url), Context())
            assert (made.name, made.recipients) == ("desk", ("on-call",))

    def test_a_plugin_that_raises_is_a_failure_that_passes(self, installed):
        """It neither ends the thread nor shows the address."""
        outcome = create(spec("pager://h.example/t0p-secret"), Context()).send(notification(), "on-call")
        assert outcome == Outcome(DeliveryReason.TRANSIENT, "RuntimeError: no line to ***")

    def test_a_plugin_that_cannot_be_loaded_says_so(self, installed):
        """The operator hears of the broken package when the configuration is checked."""
        reason = validate(spec("gone://x"))
        assert reason is not None
        assert "the plugin no_such_module:create for gone:// cannot be loaded" in reason

    def test_a_plugin_that_refuses_its_address_says_why(self, installed):
        """Without the secret part."""
        assert validate(spec("broken://h.example/t0p-secret")) == "ValueError: bad token ***"

    def test_a_plugins_scheme_is_suggested(self, installed):
        """A typing error in it is recognised like any other."""
        assert "did you mean pager://" in (validate(spec("pagr://x")) or "")
