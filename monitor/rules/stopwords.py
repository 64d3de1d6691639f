"""Words so common that alone they say nothing, folded, of the languages most often monitored."""

NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "pl": "Polish", "tr": "Turkish", "ru": "Russian", "uk": "Ukrainian", "ar": "Arabic",
}  # fmt: skip
_WRITTEN = {
    "en": """
        a about after all also an and any are as at be been but by can could did do for from had has
        have he her his how i if in into is it its just me more most my no not now of on one only or
        other our out over she so some than that the their them then there they this to up us was we
        were what when which who will with would you your
    """,
    "de": """
        aber als am an auch auf aus bei bis das dass dem den der des die doch durch ein eine einem
        einen einer er es fur hat im ist ja mit nach nicht noch nur oder sich sie sind so uber um
        und von vor war wie wird zu zum zur
    """,
    "fr": """
        au aux avec ce ces dans de du elle en est et il ils je la le les leur lui mais ne nous ou
        par pas plus pour qu que qui sa se ses son sont sur un une vous
    """,
    "es": """
        al con como del el ella entre esta este fue ha han hasta la las lo los mas muy nos para pero
        por porque se ser si sin sobre su sus tambien un una y ya
    """,
    "it": """
        alla che chi ci col da dai dal degli dei della delle di gli ho il nel nella non per piu sono
        sul una uno
    """,
    "pt": """
        ao aos com da das do dos e ela ele em foi isso mais na nas no nos o os pela pelo por quando
        sao sem tem um uma
    """,
    "nl": """
        een en het hij ik maar met niet nog of ook op te van voor wat ze zijn
    """,
    "pl": """
        nie na jest sie w z do od po za przez oraz dla jak ze
    """,
    "tr": """
        bir bu da de ile icin ve ya
    """,
    "ru": """
        в на и не что с по к о из за от для у а но как его это то же он она они мы вы так было был
        быть бы до при
    """,
    "uk": """
        та що як від з із про або
    """,
    "ar": """
        في من على عن ان الى هذا هذه التي الذي كان ما لا
    """,
}
STOP_WORDS = {language: frozenset(words.split()) for language, words in _WRITTEN.items()}


def languages_of(words: list[str]) -> tuple[str, ...]:
    """The languages in which all of these words are stop words."""
    return tuple(language for language, known in STOP_WORDS.items() if known.issuperset(words))
