"""Function words: they tell which language a text is in, and nothing of what it is about."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain, repeat

_WORDS = {
    "en": """
        a about after again all also an and any are as at be because been before being but by
        can could did do does for from had has have he her him his how i if in into is it its
        just may more most no not now of off on one only or other our out over own said say says
        she should since so some such than that the their them then there these they this those
        through to too under until up was we were what when where which while who will with
        without would you your""",
    "de": """
        aber als am an auch auf aus bei bis das dass dem den der des die doch durch ein eine
        einem einen einer er es fur hat haben hatte ich ihr im in ins ist kann mit nach nicht
        noch nun nur oder sein seine seit sich sie sind so uber um und unter vom von vor war was
        wegen wenn werden wie wird wurde zu zum zur""",
    "fr": """
        a au aux avec ce cette ces dans de des du elle en entre est et il ils la le les leur
        lors mais ne ont ou par pas plus pour que qui sa sans se selon ses son sont sur un une""",
    "es": """
        a al como con contra de del desde dos el ella en entre es esta este fue ha han hasta la
        las lo los mas no o para pero por que se segun ser sin sobre son su sus tras un una y""",
    "pt": """
        a ao aos apos as com como contra da das de do dos e ela em entre foi ha mais mas na nas
        nao no nos o os ou para pela pelo por que se sem ser seu sua sobre sao um uma""",
    "it": """
        a ai al alla anche che ci come con da dal dalla dei del della delle di e ed gli ha hanno
        i il in la le lo ma nel nella non o per piu si sono su sul tra un una uno""",
    "nl": """
        aan als bij dat de deze die dit door een en er haar heeft het hij hun in is maar met
        naar niet nog of om ook op over te tegen tot uit van voor was wordt werd zich zijn ze""",
    "ru": """
        а без был была были было в во все для до его ее же за и из их к как ко на не но о об он
        она они от по под при с со также то у что это""",
    "uk": """
        а але без був була були в від він вона вони для до за з зі і із й на не ні о про по при
        та також те у що це як""",
    "pl": """
        a ale czy dla do go i ich jak jest jego na nie o od oraz po pod przez przed sie sa tak
        to w we z za ze""",
}
FUNCTION_WORDS = {language: frozenset(text.split()) for language, text in _WORDS.items()}
_LANGUAGES_OF = {
    word: tuple(language for language, known in FUNCTION_WORDS.items() if word in known)
    for word in frozenset[str]().union(*FUNCTION_WORDS.values())
}


def primary(tag: str) -> str:
    """The language of a tag: "en" for "en-GB", "" for none."""
    return tag.replace("_", "-").split("-")[0].strip().lower()


def guess(words: Sequence[str]) -> str:
    """The language with most function words among folded `words`; "" when none stands out."""
    counts = Counter(chain.from_iterable(map(_LANGUAGES_OF.get, words, repeat(()))))
    best = counts.most_common(2)
    if not best or best[0][1] < 3 or (len(best) > 1 and best[0][1] == best[1][1]):
        return ""
    return best[0][0]
