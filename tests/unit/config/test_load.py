"""A directory of files becomes one configuration, or an error that says how to mend it."""

import os
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType

import pytest

from monitor import config
from monitor.config import reload
from monitor.errors import ConfigError, Problem
from monitor.model import Article

MINIMAL = """\
feeds: [https://example.org/world.rss]
channels: {desk: console://}
defaults: {channels: [desk]}
rules: {Oil: oil AND $names}
lists: {names: [opec]}
"""


def _write(directory: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def _problems(directory: Path, **environ: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        config.load(directory, environ=environ)
    return list(caught.value.problems)


def _messages(directory: Path) -> list[str]:
    return [problem.message for problem in _problems(directory)]


def test_minimal_configuration_is_whole(tmp_path: Path) -> None:
    """A feed, a channel and a rule are enough, and the rules are compiled."""
    loaded = config.load(_write(tmp_path, {"all.yaml": MINIMAL}), environ={})
    assert loaded.summary == "1 rule, 1 feed, 1 channel"
    assert repr(loaded) == "<Config: 1 rule, 1 feed, 1 channel>"
    assert [match.rule for match in loaded.ruleset.match(Article("1", title="Oil: OPEC meets"))] == ["Oil"]
    assert isinstance(loaded.lists, MappingProxyType)
    assert loaded.warnings == ()


def test_files_are_joined_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Rules keep the order of files and lines; sub-directories are not read."""
    _write(tmp_path, {"b.yaml": "rules: {B: b1, C: c1}", "a.yml": "rules: {A: a1}", "base.yaml": MINIMAL})
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "c.yaml").write_text("rules: {D: d1}")
    loaded = config.load(tmp_path, environ={})
    assert [rule.name for rule in loaded.rules] == ["A", "B", "C", "Oil"]


def test_settings_of_two_files_are_joined_key_by_key(tmp_path: Path) -> None:
    """A section may be split, a key may not."""
    _write(tmp_path, {"base.yaml": MINIMAL, "x.yaml": "settings: {contact: a@example.org}"})
    _write(tmp_path, {"y.yaml": "settings: {time_zone: Asia/Tokyo}"})
    settings = config.load(tmp_path, environ={}).settings
    assert (settings.contact, settings.time_zone) == ("a@example.org", "Asia/Tokyo")


def test_feeds_come_from_opml_too(tmp_path: Path) -> None:
    """A reader's export beside the YAML files adds its feeds; its folders are tags."""
    opml = """<opml version="2.0"><body><outline text="Agencies">
    <outline text="Example" type="rss" xmlUrl="https://example.net/a.rss"/></outline></body></opml>"""
    loaded = config.load(_write(tmp_path, {"base.yaml": MINIMAL, "reader.opml": opml}), environ={})
    assert [(feed.url, feed.tags) for feed in loaded.feeds] == [
        ("https://example.org/world.rss", ()),
        ("https://example.net/a.rss", ("Agencies",)),
    ]


def test_opml_feed_that_yaml_has_too_is_an_error(tmp_path: Path) -> None:
    """Neither of the two is silently left out."""
    opml = '<opml version="2.0"><body><outline xmlUrl="https://example.org/world.rss"/></body></opml>'
    (problem,) = _problems(_write(tmp_path, {"base.yaml": MINIMAL, "reader.opml": opml}))
    assert problem.message == "this feed is given twice"
    assert problem.file.endswith("reader.opml")
    assert "base.yaml:1:9" in problem.hint


def test_broken_opml_is_told_with_its_place(tmp_path: Path) -> None:
    """The XML reader's line and column are passed on, and its feeds are not called missing."""
    without_feeds = MINIMAL.partition("\n")[2]
    _write(tmp_path, {"base.yaml": without_feeds, "reader.opml": "<opml><body></opml>"})
    assert ["line 1, column" in message for message in _messages(tmp_path)] == [True]


def test_opml_address_that_is_no_web_address_is_refused(tmp_path: Path) -> None:
    """A list from somebody else cannot make the daemon open files."""
    opml = '<opml version="2.0"><body><outline text="Evil" xmlUrl="file:///etc/passwd"/></body></opml>'
    _write(tmp_path, {"base.yaml": MINIMAL, "reader.opml": opml})
    (problem,) = _problems(tmp_path)
    assert problem.message.startswith("the feed Evil: a feed's address begins with http")


def test_missing_directory_says_how_to_make_one(tmp_path: Path) -> None:
    """The error names the directory and `newsmonitor init`."""
    (problem,) = _problems(tmp_path / "nowhere")
    assert (problem.file, problem.message) == (str(tmp_path / "nowhere"), "there is no such directory")
    assert "newsmonitor init" in problem.hint


def test_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    """`--config rules.yaml` is a likely slip."""
    _write(tmp_path, {"all.yaml": MINIMAL})
    assert _messages(tmp_path / "all.yaml") == ["the configuration is a directory, and this is a file"]


def test_directory_without_configuration_files_is_an_error(tmp_path: Path) -> None:
    """An empty mount is not an empty configuration."""
    _write(tmp_path, {"schema.json": "{}"})
    assert _messages(tmp_path)[0].startswith("no configuration here")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("feeds", "no feeds: nothing would be polled"),
        ("rules", "no rules: nothing would be looked for"),
        ("channels", "no channels: nobody would be told"),
    ],
)
def test_missing_section_is_an_error(section: str, message: str, tmp_path: Path) -> None:
    """A daemon that would do nothing does not start."""
    kept = "".join(line for line in MINIMAL.splitlines(True) if not line.startswith(section))
    assert message in _messages(_write(tmp_path, {"all.yaml": kept}))


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    """A file that cannot be opened is an error; what it may define is not called missing."""
    _write(tmp_path, {"a.yaml": "rules: {Gas: gas AND $elsewhere}"})
    (tmp_path / "b.yaml").symlink_to(tmp_path / "gone")
    (problem,) = _problems(tmp_path)
    assert problem.message == "cannot be read: No such file or directory"
    assert problem.file.endswith("b.yaml")


def test_mistakes_beside_a_broken_file_are_told_too(tmp_path: Path) -> None:
    """One file that is no YAML does not hide the mistakes of the others."""
    _write(
        tmp_path,
        {"a.yaml": "rules: [a: b: c]", "b.yaml": "rules: {Gas: gas and oil}\nsettings: {time_zone: X}"},
    )
    assert [message[:20] for message in _messages(tmp_path)] == [
        "a `:` followed by a ",
        "`and` in lower case",
        "not a time zone",
    ]


def test_secrets_of_files_and_environment_are_known(tmp_path: Path) -> None:
    """All that must not be printed: values filled in, passwords, and whole addresses of channels."""
    secret = tmp_path / "token"
    secret.write_text("swordfish\n")
    channels = f"""
channels:
  a: mailto://user:${{env:PASSWORD}}@example.org
  b: slack://${{file:{secret}}}/general
  c: json://user:p%40ss1@example.org
settings: {{contact: "${{env:ZONE}}"}}
feeds: ["https://user:feedpass@example.org/a.rss"]
"""
    _write(tmp_path, {"all.yaml": MINIMAL, "channels.yaml": channels})
    loaded = config.load(tmp_path, environ={"PASSWORD": "hunter2", "ZONE": "UTC"})
    assert {"hunter2", "swordfish", "p%40ss1", "p@ss1", "feedpass"} <= loaded.secrets
    assert "mailto://user:hunter2@example.org" in loaded.secrets
    assert "console://" not in loaded.secrets
    assert loaded.hide_secrets("to slack://swordfish/general!") == "to ***!"
    for secret_value in loaded.secrets:
        assert secret_value not in f"{loaded!r} {loaded.channels!r} {loaded.settings!r}"


def test_database_address_does_not_show(tmp_path: Path) -> None:
    """The address of the database may hold a password."""
    _write(tmp_path, {"all.yaml": MINIMAL, "s.yaml": 'settings: {database: "sqlite:///secret-place.db"}'})
    loaded = config.load(tmp_path, environ={})
    assert loaded.settings.database == "sqlite:///secret-place.db"
    assert "secret-place" not in repr(loaded.settings)


def test_environment_is_that_of_the_process_unless_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`environ` stands in for the process's environment."""
    monkeypatch.setenv("NEWSMONITOR_TEST_CONTACT", "ops@example.org")
    contact = "settings: {contact: '${env:NEWSMONITOR_TEST_CONTACT}'}"
    _write(tmp_path, {"all.yaml": MINIMAL, "s.yaml": contact})
    assert config.load(tmp_path).settings.contact == "ops@example.org"
    with pytest.raises(ConfigError, match="NEWSMONITOR_TEST_CONTACT is not set"):
        config.load(tmp_path, environ={})


def test_fingerprint_is_that_of_the_reload_watch(tmp_path: Path) -> None:
    """What was loaded is what a later look is compared with."""
    loaded = config.load(_write(tmp_path, {"all.yaml": MINIMAL, "b.yaml": "# nothing"}), environ={})
    assert loaded.fingerprint == reload.fingerprint(tmp_path)


def test_rules_file_needs_no_feeds_and_no_channels(tmp_path: Path) -> None:
    """Rules alone can be tried; names of channels are not checked where none are defined."""
    path = _write(tmp_path, {"rules.yaml": "lists: {l: [opec]}\nrules: {Oil: {match: $l, channels: [desk]}}"})
    loaded = config.load_rules(path / "rules.yaml", environ={})
    assert [rule.name for rule in loaded.rules] == ["Oil"]
    assert [match.rule for match in loaded.ruleset.match(Article("1", title="OPEC"))] == ["Oil"]
    assert loaded.warnings == ()


def test_rules_file_is_checked_like_any_other(tmp_path: Path) -> None:
    """Its mistakes have places, and channels it defines are checked."""
    text = "channels: {desk: console://}\nrules:\n  Oil: {match: oil or gas, channels: [dsk]}\n"
    path = _write(tmp_path, {"rules.yaml": text}) / "rules.yaml"
    with pytest.raises(ConfigError) as caught:
        config.load_rules(path, environ={})
    assert [(found.line, found.column) for found in caught.value.problems] == [(3, 20), (3, 39)]


def test_rules_may_come_from_a_directory(tmp_path: Path) -> None:
    """`match --rules config` reads the rules and lists of a whole configuration."""
    _write(tmp_path, {"lists.yaml": "lists: {l: [opec]}", "rules.yaml": "rules: {Oil: $l}"})
    assert len(config.load_rules(tmp_path, environ={}).rules) == 1


def test_missing_rules_file_is_an_error(tmp_path: Path) -> None:
    """A path that is not there is told by its name."""
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        config.load_rules(tmp_path / "rules.yaml")


def test_rule_can_say_that_it_wants_no_throttle(tmp_path: Path) -> None:
    """`0s` in a rule undoes what the defaults ask for."""
    rules = "defaults: {throttle: 1h, hold: 5m}\nrules: {Gas: {match: gas, throttle: 0s, hold: 0s}}"
    base = MINIMAL.replace("defaults: {channels: [desk]}\n", "")
    _write(tmp_path, {"all.yaml": base, "r.yaml": rules})
    by_name = {rule.name: rule for rule in config.load(tmp_path, environ={}).rules}
    assert (by_name["Gas"].throttle, by_name["Gas"].hold) == (None, None)
    assert by_name["Oil"].throttle is not None


def test_selectors_do_not_mind_case(tmp_path: Path) -> None:
    """Tags and names are compared as matching compares them."""
    more = """
feeds: [{url: "https://example.net/a", name: Example, tags: [Agency]}]
rules: {Gas: {match: gas, feeds: {tags: [agency], feeds: [EXAMPLE, "https://example.org/world.rss"]}}}
"""
    assert config.load(_write(tmp_path, {"all.yaml": MINIMAL, "m.yaml": more}), environ={}).warnings == ()


def test_lists_that_use_each_other_are_refused(tmp_path: Path) -> None:
    """A circle of lists has no meaning."""
    _write(tmp_path, {"all.yaml": MINIMAL, "l.yaml": "lists: {a: [$b], b: [$a]}"})
    assert any("lists within lists" in message for message in _messages(tmp_path))


@pytest.mark.parametrize("query", [r"/(a+)+$/", r"/(a|aa)+$/"])
def test_catastrophic_regular_expression_is_harmless(query: str, tmp_path: Path) -> None:
    """What backtracking engines choke on takes no time."""
    _write(tmp_path, {"all.yaml": MINIMAL, "r.yaml": f"rules:\n  Regex: |\n    {query}\n"})
    assert config.load(tmp_path, environ={}).ruleset.match(Article("1", title="a" * 5000 + "!")) == []


@pytest.mark.parametrize("query", [r"/(x{1,100}){1,100}{1,100}/", r"/(a)\1/", "/(?=a)b/", "/a*/"])
def test_regular_expression_beyond_re2_is_refused_plainly(query: str, tmp_path: Path) -> None:
    """What RE2 lacks, what is too large and what matches nothing at all is an error at its place."""
    _write(tmp_path, {"all.yaml": MINIMAL, "r.yaml": f"rules:\n  Regex: |\n    {query}\n"})
    (problem,) = _problems(tmp_path)
    assert (problem.line, problem.column) >= (3, 5)
    assert problem.hint


def test_number_of_a_million_digits_is_an_ordinary_mistake(tmp_path: Path) -> None:
    """It is refused without being read, and not printed."""
    _write(
        tmp_path, {"all.yaml": MINIMAL, "s.yaml": f"settings: {{poll: {{concurrency: {'9' * 1_000_000}}}}}"}
    )
    (problem,) = _problems(tmp_path)
    assert problem.message == "not a whole number of at most 18 digits"
    assert len(str(problem)) < 500


def test_configuration_imports_nothing_slow() -> None:
    """`check` never pays for the database, the network or the channels."""
    slow = ("sqlalchemy", "httpx", "apprise", "feedparser", "apscheduler", "jinja2")
    code = f"import sys, monitor.config; print([m for m in {slow} if m in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_unlistable_directory_is_an_error(tmp_path: Path) -> None:
    """A directory that may not be read is told as such."""
    if os.geteuid() == 0:
        loop = tmp_path / "loop"
        loop.symlink_to(loop)
        assert _messages(loop)[0].startswith("cannot be read")
        return
    tmp_path.chmod(0)
    try:
        assert _messages(tmp_path)[0].startswith("cannot be read")
    finally:
        tmp_path.chmod(0o700)


# --- reading again ------------------------------------------------------------------------------

RULES = """\
rules:
  Mixed: oil OR gas AND iran
  Plain: opec
  Score: {score: {threshold: 2, terms: {oil OR gas AND iran: 1, $names: 2}}}
"""


@pytest.mark.parametrize(
    "changed",
    [
        RULES,
        RULES.replace("opec", "opec OR oil AND gas"),
        RULES.replace("Mixed: oil OR gas AND iran", "Mixed: oil OR (gas AND iran)"),
        RULES.replace("Mixed: oil OR gas AND iran", "Mixed: {match: oil OR gas AND Россия, language: ru}"),
        RULES + "lists: {more: [a]}\n",
        "rules: {New: oil OR gas AND iran}\n",
    ],
)
def test_reading_again_gives_what_reading_anew_gives(tmp_path: Path, changed: str) -> None:
    """Rules and warnings are those of the files, whatever was kept from before."""
    _write(tmp_path, {"base.yaml": MINIMAL, "rules.yaml": RULES})
    before = config.load(tmp_path, environ={})
    (tmp_path / "rules.yaml").write_text(changed)
    again, anew = config.load(tmp_path, environ={}, before=before), config.load(tmp_path, environ={})
    assert again.warnings == anew.warnings
    assert [(name, rule) for name, rule in again.ruleset.rules.items()] == list(anew.ruleset.rules.items())
    article = Article("1", title="opec cuts oil in iran")
    assert again.ruleset.match(article) == anew.ruleset.match(article)


def test_queries_that_stay_are_not_read_again(tmp_path: Path) -> None:
    """One changed rule leaves the others' compiled forms alone; changed lists only those without `$`."""
    _write(tmp_path, {"base.yaml": MINIMAL, "rules.yaml": RULES})
    before = config.load(tmp_path, environ={})
    (tmp_path / "rules.yaml").write_text(RULES.replace("opec", "sport"))
    after = config.load(tmp_path, environ={}, before=before)
    kept = [name for name, rule in after.ruleset.rules.items() if rule is before.ruleset.rules.get(name)]
    assert kept == ["Oil", "Mixed", "Score"]
    (tmp_path / "base.yaml").write_text(MINIMAL.replace("[opec]", "[opec, aramco]"))
    other = config.load(tmp_path, environ={}, before=after)
    kept = [name for name, rule in other.ruleset.rules.items() if rule is after.ruleset.rules.get(name)]
    assert kept == ["Mixed", "Plain"]


def test_a_key_of_another_section_is_told_with_that_section(tmp_path: Path) -> None:
    """`full_text` is a feed's, wherever it was put."""
    (problem,) = _problems(_write(tmp_path, {"c.yaml": MINIMAL + "settings: {full_text: true}"}))
    assert problem.message == "unknown key `full_text`"
    assert problem.hint.startswith("`full_text` belongs to `feeds`. Known here: database")
