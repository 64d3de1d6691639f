"""The channels without a network: a stream and a file."""

import io
import json
import threading
from pathlib import Path

import pytest

from monitor.deliver.channel import Context, create
from monitor.errors import DeliveryReason
from monitor.model import Outcome
from tests.support.messages import notification, spec


def test_the_console_shows_the_text_without_control_characters():
    """A feed cannot clear the screen or ring the bell."""
    stream = io.StringIO()
    console = create(spec("console://"), Context(stream=stream))
    assert console.send(notification(text="Ferry\x1b[2J \x07aground\n\nmore"), "") == Outcome()
    assert stream.getvalue().endswith("Ferry[2J aground\n\nmore\n")


def test_a_stream_that_knows_no_unicode_gets_question_marks():
    """Output into an ASCII terminal does not fail."""
    raw = io.BytesIO()
    console = create(spec("console://"), Context(stream=io.TextIOWrapper(raw, encoding="ascii")))
    assert console.send(notification(text="Fähre"), "").sent
    assert b"F?hre" in raw.getvalue()


def test_a_closed_stream_is_a_failure_and_no_crash():
    """The alert stays in the outbox."""
    stream = io.StringIO()
    stream.close()
    outcome = create(spec("console://"), Context(stream=stream)).send(notification(), "")
    assert outcome.reason is DeliveryReason.TRANSIENT


class TestFile:
    """One JSON object a line."""

    def channel(self, path):
        return create(spec(f"file://{path}"), Context())

    def test_each_notification_is_one_line(self, tmp_path):
        """Directories are made, lines appended, text kept as it is."""
        path = tmp_path / "deep" / "alerts.jsonl"
        payloads = [{"id": 1, "title": "Fähre\nauf Grund"}, {"id": 2, "title": "日本"}]
        for payload in payloads:
            assert self.channel(path).send(notification(payload=payload), "") == Outcome()
        lines = path.read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == payloads
        assert "日本" in lines[1]

    def test_a_path_may_hold_any_characters(self, tmp_path):
        """Percent signs in the address are decoded."""
        assert self.channel(f"{tmp_path}/a%20b%C3%A4.jsonl").send(notification(), "").sent
        assert (tmp_path / "a bä.jsonl").exists()

    def test_a_rotated_file_is_begun_anew(self, tmp_path):
        """Moving it away loses no line."""
        path = tmp_path / "alerts.jsonl"
        channel = self.channel(path)
        channel.send(notification(), "")
        path.rename(tmp_path / "alerts.jsonl.1")
        channel.send(notification(), "")
        assert len(path.read_text().splitlines()) == 1

    def test_lines_of_several_writers_never_mix(self, tmp_path):
        """Two channels may share a file."""
        path = tmp_path / "alerts.jsonl"

        def write(number):
            channel = self.channel(path)
            for _ in range(20):
                channel.send(notification(payload={"n": number, "text": str(number) * 20_000}), "")

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert len(rows) == 80
        assert all(row["text"] == str(row["n"]) * 20_000 for row in rows)

    def test_a_directory_in_its_place_is_a_matter_of_configuration(self, tmp_path):
        """The operator has to mend it."""
        outcome = self.channel(tmp_path).send(notification(), "")
        assert outcome.reason is DeliveryReason.CONFIGURATION
        assert "is a directory" in outcome.detail

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_passes(self):
        """There will be room again."""
        outcome = self.channel("/dev/full").send(notification(), "")
        assert outcome.reason is DeliveryReason.TRANSIENT
        assert "No space left" in outcome.detail

    def test_a_file_where_a_directory_should_be_is_no_crash(self, tmp_path):
        """Nothing is written, and the reason says where."""
        (tmp_path / "log").write_text("")
        outcome = self.channel(tmp_path / "log" / "alerts.jsonl").send(notification(), "")
        assert outcome.reason is DeliveryReason.TRANSIENT
        assert str(tmp_path) in outcome.detail
