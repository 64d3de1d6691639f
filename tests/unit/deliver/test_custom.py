"""A channel's own templates: what they can say, and that none of them can stop an alert."""

import io

import pytest

from monitor.deliver import chat, console, custom, sample, services
from monitor.deliver.channel import Context, Guarded, create, validate
from monitor.deliver.render import render
from monitor.deliver.view import view_of
from tests.support.messages import DECIDED_AT, alert, notification, rendered, spec

VIEW = view_of(sample.alert(), **sample.WHEN, repeat=False)


def sent(templates, **changes):
    return custom.apply(rendered(**changes), templates, channel="desk")


def test_each_form_can_be_written_anew():
    """What is not given stays built-in."""
    message = sent(
        {
            "title": "{{ rule }}: {{ headline }}",
            "text": "{{ headline }}\n{{ link }}",
            "html": "<p>{{ headline }}</p>",
        },
        title="Ferry &lt;b&gt; aground",
    )
    assert message.title == "ports: Ferry <b> aground"
    assert message.text == "Ferry <b> aground\nhttps://news.example/ferry?id=1"
    assert message.html == "<p>Ferry &lt;b&gt; aground</p>"
    assert message.payload["title"] == "Ferry <b> aground"
    assert sent({"title": "x"}).text == rendered().text


def test_a_chat_is_written_in_its_own_markup_with_values_escaped():
    """The template's stars are bold, those of a headline are not."""
    message = sent({"chat": "*{{ headline }}* {{ linked }}"}, title="Ferry &lt;!channel&gt; *aground*")
    text = chat.compose(message, chat.SLACK).text
    assert text.startswith("*Ferry &lt;\u2060!channel&gt; *\u2060aground*\u2060* ")
    assert text.endswith("<https://news.example/ferry?id=1|news.example>")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", "longer than 1 s"),
        ("{% for i in range(9999) %}{{ 'x' * 9999 }}{% endfor %}", "more than 500,000 characters"),
        ("{{ 'x' * 1000000000 }}", "takes numbers up to 10000"),
        ("{{ 9999 ** 9999999 }}", "takes numbers up to 10000"),
        ("{{ '%1000000000d' % 1 }}", "% is for numbers"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ '{:1000000000}'.format(1) }}", "unsafe"),
        ("{{ 'x'.center(1000000000) }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ rule.x.y }}", "no attribute 'x'"),
    ],
)
@pytest.mark.parametrize("form", ["text", "chat"])
def test_a_template_that_fails_leaves_the_built_in_form_with_a_remark(form, source, why):
    """The alert goes out, and its reader learns what is wrong."""
    message = sent({form: source})
    text = message.text if form == "text" else chat.compose(message, chat.PLAIN).text
    assert "Ferry runs aground off Trelleborg" in text
    assert "https://news.example/ferry?id=1" in text
    assert f"template for {form} failed" in text
    assert why in text


def test_a_chat_message_longer_than_the_service_takes_is_built_in():
    """It could only be cut in the middle of its markup."""
    message = sent({"chat": "{% for i in range(900) %}{{ headline }}{% endfor %}"})
    text = chat.compose(message, chat.DISCORD).text
    assert len(text) <= 2000
    assert "longer than the service takes" in text


def test_messages_without_an_alert_stay_as_they_are():
    """A message made by hand and a digest bring nothing for a template."""
    assert custom.apply(notification(), {"text": "x"}, channel="desk") == notification()


def test_the_channel_applies_them():
    """Whichever channel it is."""
    made = create(spec("console://", templates={"text": "only {{ headline }}"}), Context())
    assert made.preview(rendered(), "") == "only Ferry runs aground off Trelleborg"


@pytest.mark.parametrize("form", ["text", "chat"])
def test_the_channel_counts_their_failures(form):
    """So that they can be told once; those of another channel are not its own."""
    source = "{{ summary | int // (words | length - 2) }}"  # fails where two words made the match
    address = "slack+http://127.0.0.1:9/hook" if form == "chat" else "console://"
    context = Context(stream=io.StringIO(), post=lambda *_, **__: (_ for _ in ()).throw(ConnectionError("x")))
    good = alert(title="A ferry", summary="Ferry", content="Ferry")
    own = (services if form == "chat" else console).create(spec(address), context)
    made = Guarded(own, spec(address, templates={form: source}))
    other = create(spec(address), context)
    for message in (rendered(), rendered(), render(good, delivery_key="k", now=DECIDED_AT, time_zone="UTC")):
        made.send(message, "")
        other.send(message, "")
    assert made.template_faults.count == 2
    assert f"the template for {form} failed at alert 731: " in made.template_faults.last
    assert other.template_faults.count == 0


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("line\n{% if %}", "the template for text, line 2: "),
        ("{{ nosuch }}", "the template for text: 'nosuch' is undefined"),
        ("{% include 'x' %}", "the template for text: "),
    ],
)
def test_check_finds_what_is_wrong_before_anything_is_sent(source, fault):
    """Tried on a made-up alert when the configuration is read."""
    assert fault in str(validate(spec("console://", templates={"text": source})))
    assert validate(spec("console://", templates={"text": "{{ headline }}"})) is None


def test_every_name_that_the_page_lists_can_be_used():
    """And nothing fails on a notice, which has no article."""
    everything = " ".join(f"{{{{ {name} }}}}" for name in custom.names(VIEW))
    assert custom.fault_in({"text": everything, "html": everything}, VIEW) == ""
    message = sent({"text": everything}, article=None, headline="A feed is gone", detail="HTTP 410")
    assert "failed" not in message.text
