"""Articles that tell one event share a story; ids are stable; memory is bounded."""

from datetime import timedelta

import pytest

from monitor.dedup import Deduplicator
from monitor.dedup.lead import Lead, lead
from monitor.dedup.stories import Merge, Stories
from monitor.dedup.storynames import StoryNames
from monitor.dedup.weighing import Weighing
from monitor.model import Article, ArticleKind
from tests.support.newswire import NOON, prose

QUAKE = [
    "Strong earthquake hits southern Peru near Arequipa",
    "Earthquake near Arequipa in Peru damages homes",
    "Peru quake: rescuers reach villages near Arequipa after earthquake",
]
OTHERS = [
    "Central bank of Norway raises its interest rate",
    "Striking pilots of Lufthansa ground hundreds of flights",
    "Court in Nairobi acquits former minister of fraud",
    "Archaeologists find Roman mosaic beneath vineyard in Verona",
]


def numbers(titles: list[str], *, hours: float = 1, stories: Stories | None = None) -> list[int]:
    """The story of each headline, when they come so many hours apart."""
    stories = Stories() if stories is None else stories
    return [
        stories.assign(n, stories.look(lead(title, ""), NOON + timedelta(hours=n * hours))).story
        for n, title in enumerate(titles)
    ]


def test_reports_of_one_event_share_its_story_and_others_do_not() -> None:
    """The story has the number of the article that began it."""
    assert numbers([QUAKE[0], *OTHERS, QUAKE[1], QUAKE[2]]) == [0, 1, 2, 3, 4, 0, 0]


def test_a_story_closes_after_36_hours_of_silence() -> None:
    """The same words two days later are another event."""
    assert numbers([QUAKE[0], QUAKE[1]], hours=35) == [0, 0]
    assert numbers([QUAKE[0], QUAKE[1]], hours=37) == [0, 1]


def test_a_story_closes_after_seven_days_at_the_latest() -> None:
    """A subject that is written about every day is not one event."""
    found = numbers([QUAKE[0]] * 9, hours=24)
    assert found[:8] == [0] * 8
    assert found[8] == 8


def test_without_times_the_window_is_open() -> None:
    """An archive without dates is still grouped."""
    stories = Stories()
    found = [stories.assign(n, stories.look(lead(title, ""), None)).story for n, title in enumerate(QUAKE)]
    assert found == [0, 0, 0]


def test_languages_are_kept_apart() -> None:
    """The same name in another language is no evidence; an unknown language goes with any."""
    stories = Stories()
    tags = ["en", "de", "", "EN-gb"]
    found = [
        stories.assign(n, stories.look(lead(QUAKE[0], "", tag), NOON)).story for n, tag in enumerate(tags)
    ]
    assert found[:2] == [0, 1]
    assert found[2] in (0, 1)
    assert found[3] == found[0]


def test_stories_to_stay_apart_from_are_not_joined() -> None:
    """What a person has said is not the same is not put together again."""
    stories = Stories()
    stories.assign(0, stories.look(lead(QUAKE[0], ""), NOON))
    assert stories.assign(1, stories.look(lead(QUAKE[0], ""), NOON), apart_from={0}).story == 1


STORM = "Storm Ylva floods Bergen harbour"
FERRY = "Ferry with nine aboard sinks near Askoy"
BRIDGES = [
    "Ferry with nine aboard sinks near Askoy in storm Ylva off Bergen harbour",
    "Storm Ylva sinks ferry near Bergen harbour",
]


def take(
    titles: list[str], stories: Stories, *, first: int = 0, apart_from: dict[int, set[int]] | None = None
) -> list[Merge]:
    """The merges that are found when these headlines come in turn; each is carried out."""
    found = []
    for n, title in enumerate(titles, first):
        look = stories.look(lead(title, ""), NOON)
        stories.assign(n, look, apart_from=(apart_from or {}).get(n, ()))
        found += (merges := stories.find_merges(n, look))
        for merge in merges:
            stories.merge(merge.kept, merge.absorbed)
    return found


def test_two_stories_that_further_reports_show_to_be_one_are_merged() -> None:
    """The older goes on, and what comes later joins it."""
    stories = Stories()
    (merge,) = take([STORM, FERRY, *BRIDGES], stories)
    assert (merge.kept, merge.absorbed, merge.by) == (0, 1, 3)
    assert 0.25 <= merge.likeness <= 1
    assert stories.assign(9, stories.look(lead(FERRY, ""), NOON)).story == 0


def test_a_report_that_is_like_two_different_stories_merges_neither() -> None:
    """One article that speaks of two events does not make them one."""
    titles = [QUAKE[0], QUAKE[1], OTHERS[1], f"{OTHERS[1]} after {QUAKE[1]}"]
    assert take(titles, Stories()) == []


def test_stories_begun_apart_are_never_merged() -> None:
    """What a person split, and issues of one series, stay apart."""
    assert take([STORM, FERRY, *BRIDGES], Stories(), apart_from={1: {0}}) == []


def test_a_story_stays_apart_from_what_takes_in_the_one_it_was_kept_from() -> None:
    """Otherwise a merge would undo the split."""
    stories = Stories()
    take([STORM, OTHERS[0], FERRY], stories, apart_from={2: {1}})
    stories.merge(0, 1)
    assert take(BRIDGES, stories, first=3) == []


def test_a_stream_names_merged_stories_by_the_older() -> None:
    """Findings given before the merge are told by `story_now`; copies follow their original."""
    deduplicator = Deduplicator()
    found = [
        deduplicator.add(Article(id=str(n), title=title, source=f"outlet {n}", published_at=NOON))
        for n, title in enumerate([STORM, FERRY, *BRIDGES, FERRY])
    ]
    assert [item.story for item in found[:2]] == ["0", "1"]
    assert {deduplicator.story_now(item.story) for item in found} == {"0"}
    assert (found[4].kind, found[4].of, found[4].story) == (ArticleKind.COPY, "1", "0")


def test_articles_said_to_be_apart_stay_apart_when_stories_merge() -> None:
    """The saying of a person outweighs what further reports make likely."""
    deduplicator = Deduplicator(apart=[("0", "1")])
    for n, title in enumerate([STORM, FERRY, *BRIDGES]):
        deduplicator.add(Article(id=str(n), title=title, source=f"outlet {n}", published_at=NOON))
    assert deduplicator.story_now("1") == "1"
    assert deduplicator.story_now("nobody's") == "nobody's"


def test_the_names_of_stories_are_bounded() -> None:
    """A story that was forgotten keeps its name, and so does what took it in."""
    names = StoryNames(capacity=2)
    assert [names.begin(article, n) for n, article in enumerate("aba")] == ["a", "b", "a#2"]
    names.merge(1, 2)
    assert (names.now("a#2"), names.now("a"), names.number(2)) == ("b", "a", 1)
    for n in (3, 4):
        names.begin(str(n), n)
    assert names.now("a#2") == "a#2"


def test_merging_an_unknown_story_changes_nothing() -> None:
    """Stories may have been forgotten meanwhile."""
    stories = Stories()
    take(QUAKE[:1], stories)
    for kept, absorbed in ((0, 7), (7, 0), (0, 0)):
        stories.merge(kept, absorbed)
    assert stories.assign(1, stories.look(lead(QUAKE[1], ""), NOON)).story == 0


def test_a_merged_story_ends_with_the_last_of_its_articles() -> None:
    """Forgetting works across a merge."""
    stories = Stories()
    take([STORM, FERRY, *BRIDGES], stories)
    stories.drop([0, 1, 2, 3])
    assert len(stories) == 0
    assert stories.assign(5, stories.look(lead(FERRY, ""), NOON)).story == 5


def test_names_weigh_more_than_other_words() -> None:
    """Who it is about says more than what: two shared names outweigh two other words as rare."""
    stories = Stories()
    texts = [
        "Last evening Tara Reid was seen dancing with unknown friends on the harbour promenade of Boston",
        "Last winter a rehab clinic was shut after inspectors found mouldy kitchens in the cellar of Dover",
        "According to her agent Tara Reid has checked into a rehab clinic near the beaches of Malibu",
    ]
    looks = []
    for n, text in enumerate(texts):
        looks.append(stories.look(lead("", text), NOON))
        stories.keep(n, n, looks[-1])
    likeness = {number: value for pairs in looks[-1].likenesses.values() for value, number in pairs}
    assert likeness[0] > 1.3 * likeness.get(1, 0.0), "or not even looked at"


def test_common_words_weigh_little_from_the_first_article_on() -> None:
    """What is common in a language is known before anything has been read."""
    weights = [
        Stories()
        .look(lead("Government today says Valparaiso volcano", "", language), NOON)
        .vector.weights.max()
        for language in ("en", "xx")
    ]
    assert weights[0] > 1.1 * weights[1]


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Governo anuncia reforma fiscal para o ano", "pt"),
        ("Merkel reist nach Washington zu Gesprächen", "de"),
        ("الحكومة تعلن عن إصلاحات", "ar"),
        ("東京で地震", ""),
    ],
)
def test_a_headline_is_counted_with_its_most_likely_language(title: str, language: str) -> None:
    """Where function words are too few to be sure; that keeps nothing apart."""
    assert lead(title, "").vocabulary == language
    assert lead(title, "").language == ""


def test_an_empty_lead_begins_a_story_of_its_own() -> None:
    """Nothing is like nothing."""
    assert numbers(["", "", "!!!"]) == [0, 1, 2]


def test_memory_is_bounded_and_ids_stay() -> None:
    """What is forgotten is forgotten whole; a story outlives the article that began it."""
    stories = Stories(capacity=3)
    titles = [QUAKE[0], QUAKE[1], QUAKE[2], QUAKE[0], *OTHERS, QUAKE[0]]
    found = numbers(titles, stories=stories, hours=0.1)
    assert found[:4] == [0, 0, 0, 0]
    assert found[-1] == len(titles) - 1
    assert len(stories) == 3


def test_a_crowd_of_languages_shares_one_count() -> None:
    """Made-up language tags do not fill the memory."""
    weighing = Weighing()
    for n in range(60):
        weighing.weigh(lead(QUAKE[0], "", f"x{n}"), None)
    assert len(weighing) <= 33


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The president said that he will not go to the summit", "en"),
        ("Der Präsident hat gesagt, dass er nicht auf den Gipfel fährt", "de"),
        ("Президент сказал, что он не поедет на саммит и что это", "ru"),
        ("Peru", ""),
        ("東京で地震", ""),
    ],
)
def test_function_words_tell_the_language(text: str, language: str) -> None:
    """Where the feed does not say it, and only where they are clear."""
    assert lead(text, "").language == language


def read(title: str, body: str = "") -> Lead:
    """The lead of an English article."""
    return lead(title, body, "en")


def test_endings_do_not_matter() -> None:
    """Words are compared by their first six letters."""
    assert read("earthquake").terms.tolist() == read("Earthquakes").terms.tolist()


def test_capitals_of_headlines_are_no_names() -> None:
    """In title case every word has one, and at the beginning of a sentence too."""
    assert len(read("Storm Hits Coast Of Chile Tonight").capitals) == 0
    assert len(read("Storms hit. Chile waits").capitals) == 0
    assert len(read("Storms hit Chile").capitals) == 1


def test_scripts_without_spaces_are_read_by_pairs() -> None:
    """One character says too little."""
    assert len(read("東京で地震").terms) == 4


def test_a_lead_is_bounded() -> None:
    """Only the first sentences are read, however long the text."""
    assert len(read("", prose(1, 3000)).terms) <= 50
    assert len(read("", "x" * 1_000_000).terms) == 1
