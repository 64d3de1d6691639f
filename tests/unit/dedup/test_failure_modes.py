"""Where deduplication of news is known to go wrong, and what happens here."""

import pytest

from monitor.dedup import Deduplicator, Finding
from monitor.dedup.versions import ChangeKind
from monitor.model import Article
from tests.support.newswire import article, first_words, prose

SUBSCRIBE = (
    "Subscribe now to read this article and thousands more from our award-winning newsroom.\n"
    "Already a subscriber? Log in with your account to continue where you have left off today.\n"
    "By continuing you agree to the terms of service and to the privacy policy of this website."
)


def kinds(*articles: Article) -> list[str]:
    """What each article is."""
    return [finding.kind.value for finding in findings(*articles)]


def findings(*articles: Article) -> list[Finding]:
    """The findings in order."""
    deduplicator = Deduplicator()
    return [deduplicator.add(item) for item in articles]


def test_a_live_blog_is_no_original() -> None:
    """It holds much of every report; none of them is its copy, and it is one article in many states."""
    reports = [prose(n, 120) for n in range(4)]
    blog = article(
        1, "Live updates: storm in Chile", "\n\n".join(reports[:3]), url="https://a.example/live/1"
    )
    grown = article(
        1, "Live updates: storm in Chile", "\n\n".join(reports), url="https://a.example/live/1", hours=1
    )
    later = [article(n + 2, f"Report number {n} from the coast", reports[n], hours=2) for n in range(3)]
    assert kinds(blog, grown, *later) == ["new", "update", "new", "new", "new"]


def test_a_daily_form_is_never_folded_into_yesterdays() -> None:
    """Weather, markets, central banks: each issue is news."""

    def issue(day: int) -> Article:
        text = (
            f"The Federal Reserve entered the U.S. Government securities market to arrange {day + 1}.5"
            " billion dollars of customer repurchase agreements, a spokesman said. Dealers said Federal"
            " funds were trading at"
            f" 6-{day + 1}/16 percent when the Fed began its temporary and indirect supply of reserves."
        )
        title = "Fed adds reserves via customer repurchases"
        return article(f"fed-{day}", title, text, source="Wire", hours=24.0 * day)

    found = kinds(*(issue(day) for day in range(6)))
    assert found[0] == "new"
    assert set(found) <= {"new", "series"}
    assert "series" in found


def test_a_daily_form_with_unchanged_text_is_a_series() -> None:
    """Even word for word the same: after two days it is the next issue, not a copy."""
    text = prose(1, 60)
    items = [article(n, "Pollen count for the city", text, source="Met", hours=72.0 * n) for n in range(3)]
    assert kinds(*items) == ["new", "series", "series"]


def test_a_correction_is_an_update_that_is_worth_telling() -> None:
    """It folds into the original, and is marked."""
    text = prose(1, 200)
    _, update = findings(
        article(1, "Minister resigns over report", text),
        article(
            1, "Minister resigns over report", f"{text}\n\nCorrection: it was the deputy minister.", hours=1
        ),
    )
    assert update.kind.value == "update"
    assert update.reason.change is not None
    assert update.reason.change.kind is ChangeKind.CORRECTION


def test_paywall_stubs_are_not_copies_of_each_other() -> None:
    """The frame of furniture is the same, the teasers are not."""
    stubs = [
        article(
            n, f"Headline number {n} of the day", f"{prose(n, 12)}\n{SUBSCRIBE}", source="Times", hours=n / 9
        )
        for n in range(8)
    ]
    assert kinds(*stubs) == ["new"] * 8


def test_paywall_stubs_without_numbers_are_no_copies_from_the_first_on() -> None:
    """Before the appeal to subscribe is known as furniture: what opens in other words is another article."""
    stubs = [
        article(
            n,
            f"Headline {prose(n + 70, 5)}",
            f"{prose(n + 80, 12)}\n\n{SUBSCRIBE}",
            source="Times",
            hours=n / 9,
        )
        for n in range(5)
    ]
    assert kinds(*stubs) == ["new"] * 5


def test_a_teaser_is_a_copy_of_the_full_text_in_either_order() -> None:
    """Sixty words of seven hundred are found from both ends."""
    text = prose(1, 700)
    full = article(1, "Storm hits the coast of Chile near Valparaiso", text)
    teaser = article(2, "Storm hits the coast of Chile near Valparaiso town", first_words(text, 70), hours=1)
    assert kinds(full, teaser) == ["new", "copy"]
    assert kinds(teaser, full) == ["new", "copy"]


def test_in_title_only_feeds_equal_headlines_of_two_outlets_are_copies() -> None:
    """For less than a day; the outlet's name at the end is no part of the headline."""
    ours = article(1, "Storm hits the coast of Chile", source="A")
    theirs = article(2, "Storm hits the coast of Chile - The Daily Post", source="B", hours=2)
    tomorrow = article(3, "Storm hits the coast of Chile", source="C", hours=25)
    assert kinds(ours, theirs, tomorrow) == ["new", "copy", "new"]


def test_title_only_feeds_are_grouped_by_headline() -> None:
    """Other headlines about the same event join its story."""
    found = findings(
        article(1, "Storm hits the coast of Chile near Valparaiso"),
        article(2, "Storm on Chile coast near Valparaiso kills two", hours=2),
        article(3, "Norway raises interest rates again", hours=3),
    )
    assert [item.story for item in found] == ["1", "1", "3"]


def test_a_roundup_is_attached_to_no_article() -> None:
    """The morning briefing quotes five articles and is a copy of none."""
    texts = [prose(n, 90) for n in range(9)]
    items = [article(n, f"Headline of article number {n}", texts[n], hours=n / 9) for n in range(5)]
    briefing = article("b", "Morning briefing for Monday", "\n\n".join(texts), hours=2)
    found = findings(*items, briefing)
    assert (found[5].kind.value, found[5].of, found[5].story) == ("roundup", None, "b")


@pytest.mark.parametrize("hours", [1, 10])
def test_look_alike_events_are_no_copies(hours: float) -> None:
    """Two quakes in one form of words: the numbers and the names tell them apart."""

    def quake(number: int, place: str, size: str, depth: int, *, after: float) -> Article:
        text = (
            f"An earthquake of magnitude {size} struck {depth} km beneath {place}, the geological survey said"
            " on Monday. There were no immediate reports of casualties or damage, and no tsunami warning was"
            " issued."
        )
        return article(number, f"Magnitude {size} quake strikes {place}", text, source="Survey", hours=after)

    found = kinds(
        quake(1, "Arequipa in southern Peru", "6.1", 35, after=0),
        quake(2, "Honshu island in Japan", "5.8", 60, after=hours),
    )
    assert found == ["new", "new"]


def test_a_redated_item_is_a_duplicate() -> None:
    """Feeds that put today's date on old items bring nothing new."""
    items = [article(1, "Storm hits the coast of Chile", prose(1), hours=24.0 * n) for n in range(3)]
    assert kinds(*items) == ["new", "duplicate", "duplicate"]


def test_an_item_with_a_new_guid_is_a_duplicate() -> None:
    """Its address is the same."""
    text = prose(1)
    items = [
        article(f"guid-{n}", "Storm hits the coast of Chile", text, source="A", url="https://a.example/1")
        for n in range(3)
    ]
    assert kinds(*items) == ["new", "duplicate", "duplicate"]


def test_html_alone_makes_no_update() -> None:
    """New classes, scripts and wrappers around the same words are no change."""
    text = prose(1)
    marked = "<div class='v2'><p>" + text.replace("\n\n", "</p><script>track()</script><p>") + "</p></div>"
    first, second = (article(1, "Storm hits the coast of Chile", body) for body in (text, marked))
    assert kinds(first, second) == ["new", "duplicate"]


def test_an_error_page_does_not_swallow_articles() -> None:
    """An address that three differently headed articles share stops being a key."""
    page = "https://a.example/not-found"
    items = [
        article(n, f"Headline about subject {prose(n, 4)}", prose(n), source=f"S{n}", url=page, hours=n / 9)
        for n in range(6)
    ]
    found = kinds(*items)
    assert found[:2] == ["new", "copy"]
    assert found[2:] == ["new"] * 4


def test_outlet_furniture_makes_no_copies() -> None:
    """Long boxes at the end of every article of a site are left out once they are known."""
    box = prose(99, 120, paragraph=30)
    items = [
        article(n, f"Headline about {prose(n, 3)}", f"{prose(n, 60)}\n\n{box}", source="Site", hours=n)
        for n in range(5)
    ]
    elsewhere = article(
        "z", "Entirely other headline here", f"{prose(77, 60)}\n\n{box}", source="Site", hours=6
    )
    assert kinds(*items, elsewhere) == ["new"] * 6


def test_a_chain_of_write_throughs_merges_no_groups() -> None:
    """Each version goes to the text it is most like; groups that exist stay apart."""
    one, two = prose(1, 200), prose(2, 200)
    found = findings(
        article(1, "First subject of the day", one),
        article(2, "Second subject of the day", two),
        article(3, "Both subjects in one text", f"{one}\n\n{first_words(two, 110)}", hours=1),
    )
    assert [item.story for item in found] == ["1", "2", "1"]


def test_the_opposite_is_no_copy() -> None:
    """A price is raised and, in the same form of words, cut."""

    def post(number: int, verb: str, *, hours: float) -> Article:
        text = (
            f"Sun Refining said it {verb} the contract price it will pay for crude oil by 50 cts a barrel,"
            " effective today. The change brings the posting for West Texas Intermediate to 17 dlrs a barrel."
            " Light Louisiana Sweet is now at 17.35 dlrs a barrel."
        )
        return article(number, f"Sun {verb} crude price", text, source="Wire", hours=hours)

    assert kinds(post(1, "raised", hours=0), post(2, "cut", hours=6)) == ["new", "new"]
    assert kinds(post(1, "raised", hours=0), post(2, "raised", hours=6)) == ["new", "copy"]


def test_a_translation_is_neither_copy_nor_part_of_the_story() -> None:
    """Names and numbers in common do not make it one; languages are kept apart."""
    found = findings(
        article(1, "Storm hits the coast of Chile", "The storm has hit the coast of Chile near Valparaiso."),
        article(2, "Sturm trifft Chiles Küste", "Der Sturm hat die Küste Chiles bei Valparaiso erreicht."),
    )
    assert [(item.kind.value, item.story) for item in found] == [("new", "1"), ("new", "2")]


def test_the_shells_of_an_aggregator_are_no_copies_of_each_other() -> None:
    """Pages that are all frame and one sentence: the frame is furniture after three of them."""
    frame = "\n".join(f"{prose(90 + n, 25)}" for n in range(4))
    shells = [
        article(
            n,
            f"Headline of shell number {n}",
            f"{prose(n, 30)}\n{frame}",
            url=f"https://hub.example/{n}",
            hours=n,
        )
        for n in range(6)
    ]
    assert kinds(*shells)[3:] == ["new"] * 3


def test_characters_without_spaces_are_not_counted_as_words() -> None:
    """Two Thai headlines of twenty characters are too short to be judged by their wording."""
    found = findings(
        article(1, "แผ่นดินไหวรุนแรงในกรุงเทพ", source="A"),
        article(2, "แผ่นดินไหวรุนแรงที่กรุงเทพ", source="B", hours=1),
    )
    assert [(item.kind.value, item.story) for item in found] == [("new", "1"), ("new", "1")]


@pytest.mark.parametrize("hours", [-40, 40])
def test_an_item_that_is_dated_out_of_order_is_judged_by_the_distance(hours: float) -> None:
    """The same headline nearly two days before is no more a copy than two days after."""
    ours = article(1, "Storm hits the coast of Chile", source="A")
    theirs = article(2, "Storm hits the coast of Chile", source="B", hours=hours)
    assert kinds(ours, theirs) == ["new", "new"]


FORMS = {
    "sister funds": (
        "{0} fund sets dividend",
        """Franklin {0} Tax-Free Income Fund declared a monthly dividend of {1} cents per share, payable
         May 15 to shareholders of record at the close of business on the last day of the month. The net
         asset value of the {0} fund stood at {2} dollars per share. The fund, which is managed by
         Franklin Advisers, invests at least 80 percent of its assets in municipal securities that are
         exempt from federal and state income taxes. Investors should consider the charges and risks of
         the fund carefully before they invest.""",
        [("Massachusetts", "5.1", "11.32"), ("Minnesota", "4.9", "12.07"), ("Ohio", "5.1", "11.32")],
    ),
    "quarters of companies": (
        "{0}: Q3 earnings snapshot",
        """On Tuesday {0} Corp reported third-quarter profit of {1} million dollars. The results surpassed
         the expectations of Wall Street. The average estimate of five analysts was for earnings of {2}
         cents per share. The company posted revenue of {1}0 million in the period, which also topped the
         forecasts of the Street. This story was generated automatically from data of the agency. A
         report on the company can be had there.""",
        [("Acme", "23.4", "37"), ("Boltex", "8.1", "10"), ("Cyrano", "102.7", "55")],
    ),
    "results of matches": (
        "{0} win in the league",
        """On Saturday {0} won by {1} goals in the regional league. The first goal came in minute {2} and
         the second shortly after the break. The home side had the better chances throughout the first
         half but failed to convert them, and the visitors grew into the game after the interval. The
         result leaves {0} in the upper half of the table with seven games of the season left to play.
         Both teams are back in action next weekend.""",
        [("Halden", "2", "23"), ("Sarpsborg", "3", "9"), ("Drammen", "2", "23")],
    ),
    "forecasts of places": (
        "Weather today",
        """The forecast: mostly cloudy on Monday with a chance of light rain in the morning and sunny
         spells in the afternoon. Highs around {1} degrees, lows near {2}, with winds from the west in
         {0}. The outlook for the following days remains unsettled, with showers likely on Tuesday and
         Wednesday before high pressure brings drier conditions towards the end of the week. Drivers
         should expect wet roads in the early hours.""",
        [("Leeds", "14", "6"), ("Hull", "12", "5"), ("York", "9", "3")],
    ),
}


@pytest.mark.parametrize("source", ["Wire", None])
@pytest.mark.parametrize("form", FORMS)
def test_texts_of_one_form_about_other_things_are_neither_copies_nor_one_story(
    form: str, source: str | None
) -> None:
    """Whether one outlet brings them within the hour or each its own."""
    title, text, fillings = FORMS[form]
    text = " ".join(text.split())
    rest = {"source": source} if source else {}
    items = [
        article(
            n,
            title.format(*values) + f" {n}" * (source is not None),
            text.format(*values),
            hours=n / 5,
            **rest,
        )
        for n, values in enumerate(fillings)
    ]
    found = findings(*items)
    assert [item.kind.value for item in found] == ["new"] * 3
    assert len({item.story for item in found}) == 3


def test_a_later_version_with_one_figure_or_verb_changed_is_no_look_alike() -> None:
    """Another outlet prints the agency's next version: the toll has risen."""
    title, text = (
        "Quake in {0} kills {1}",
        (
            """An earthquake that shook southern {0} on Monday has killed {1} people, the government in Lima
             said. Rescuers were digging through the ruins of houses in three villages near the epicentre,
             and the army had sent helicopters with water and blankets. Roads into the mountains were blocked
             by landslides. The president was on his way to the region and called on people to stay calm.
             Schools remain closed."""
        ),
    )
    found = findings(
        article(1, title.format("Peru", 12), text.format("Peru", 12)),
        article(2, title.format("Peru", 15), text.format("Peru", 15), hours=1),
    )
    assert [(item.kind.value, item.story) for item in found] == [("new", "1"), ("copy", "1")]


def test_a_copy_with_a_local_passage_is_no_look_alike() -> None:
    """Each outlet adds what concerns its own town, and names it in the headline."""
    wire = prose(5, 200)
    found = findings(
        article(1, "Storm reaches Salem", f"{wire}\n\nThe mayor of Salem said {first_words(prose(6), 40)}."),
        article(
            2,
            "Storm reaches Dover",
            f"{wire}\n\nThe mayor of Dover said {first_words(prose(7), 40)}.",
            hours=1,
        ),
    )
    assert [item.kind.value for item in found] == ["new", "copy"]


def test_opposite_headlines_are_two_stories() -> None:
    """Who has only headlines has nothing else to tell them apart by."""
    found = findings(
        article(1, "Sweden wins ice hockey final against Canada"),
        article(2, "Sweden loses ice hockey final against Canada", hours=1),
        article(3, "Sweden wins hockey final over Canada", hours=2),
    )
    assert [item.story for item in found] == ["1", "2", "1"]


def test_one_host_that_carries_many_outlets_hides_no_copy() -> None:
    """An aggregator brings the same report of three outlets within a day."""
    text = prose(1)
    items = [
        article(n, title, body, source=f"Outlet {n}", url=f"https://hub.example/read/{n}", hours=n * 5)
        for n, (title, body) in enumerate(
            [
                ("Storm hits the coast of Chile", text),
                ("Chile's coast is hit by storm", f"{text} More to come."),
                ("Heavy storm in Chile", first_words(text, 150)),
            ]
        )
    ]
    assert kinds(*items) == ["new", "copy", "copy"]


def test_shortened_addresses_of_one_service_say_nothing() -> None:
    """Only the same short address is the same article; the host and the box around it make no copies."""
    box = prose(50, 60)
    items = [
        article(n, f"Headline about {prose(n, 4)}", f"{prose(n, 60)}\n\n{box}", url=f"https://bit.ly/3xYz{n}")
        for n in range(5)
    ]
    again = article("z", "Headline of another outlet", prose(0, 60), url="http://bit.ly/3xYz0", hours=1)
    found = findings(*items, again)
    assert [item.kind.value for item in found] == ["new"] * 5 + ["copy"]
    assert found[5].of == "0"
