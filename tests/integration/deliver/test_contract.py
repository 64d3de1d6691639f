"""Our own kinds of channel keep what the sender relies on: the test kit for plugins, on real servers."""

import pytest

from monitor.deliver.channel import Channel, Context, create
from monitor.deliver.testing import NOW, ChannelContract, spec
from monitor.pipeline.surroundings import channel_context
from tests.support.httpsink import Answer, HttpSink
from tests.support.smtpserver import SmtpServer


class TestConsole(ChannelContract):
    """The terminal."""

    address = "console://"


class InFolder(ChannelContract):
    """Channels that write into a folder."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def make(self) -> Channel:
        return create(spec(self.address.format(folder=self.folder)), Context(now=lambda: NOW))


class TestFile(InFolder):
    """Lines of JSON."""

    address = "file://{folder}/alerts.jsonl"


class TestFeed(InFolder):
    """Atom and JSON Feed."""

    address = "feed://{folder}?items=5"


class TestCommand(ChannelContract):
    """A program."""

    address = "command:///bin/cat"


class OverHttp(ChannelContract):
    """Channels that post."""

    @pytest.fixture(autouse=True)
    def _sink(self):
        with HttpSink() as self.sink:
            yield

    def make(self) -> Channel:
        address = self.address.format(host=f"127.0.0.1:{self.sink.port}")
        return create(spec(address), channel_context())


class TestWebhook(OverHttp):
    """Our JSON."""

    address = "webhook+http://{host}/hook"


class TestSlack(OverHttp):
    """mrkdwn."""

    address = "slack+http://{host}/services/T/B/X"


class TestDiscord(OverHttp):
    """Markdown."""

    address = "discord+http://{host}/api/webhooks/1/t"


class TestTelegram(OverHttp):
    """HTML."""

    address = "telegram+http://{host}/bot1:a?chat=-1,-2"


class TestTeams(OverHttp):
    """Cards."""

    address = "teams+http://{host}/workflows/1"


class TestNtfy(OverHttp):
    """Push."""

    address = "ntfy+http://{host}/a,b"


class TestGotify(OverHttp):
    """Push."""

    address = "gotify+http://{host}?token=abcdef"


class TestMattermost(OverHttp):
    """Markdown."""

    address = "mattermost+http://{host}/hooks/k"


class TestRocketChat(OverHttp):
    """Its own Markdown."""

    address = "rocketchat+http://{host}/hooks/k"


class TestGoogleChat(OverHttp):
    """Like Slack."""

    address = "googlechat+http://{host}/v1/spaces/x/messages?key=k"


class TestMatrix(OverHttp):
    """HTML, in rooms."""

    address = "matrix+http://:syt_token@{host}/!room:example.org"

    def make(self) -> Channel:
        self.sink.answer(Answer(body=b'{"room_id": "!room:example.org"}'))
        return super().make()


class TestApprise(OverHttp):
    """A service through Apprise."""

    address = "mmost://{host}/3ccdd113474722377935511fc85d3dd4"


class TestMail(ChannelContract):
    """SMTP."""

    @pytest.fixture(autouse=True)
    def _server(self):
        with SmtpServer() as self.server:
            yield

    def make(self) -> Channel:
        return create(
            spec(self.server.url(to=["a@reader.example", "b@reader.example"])), Context(now=lambda: NOW)
        )
