"""Words that turn a report into its opposite: "raises" in one, "cuts" in the other, and all else the same.

In a short text one such word is the news. Long ones have words of both sides, and nothing is concluded.
"""

import numpy as np

from monitor.dedup import sketch
from monitor.dedup.sketch import Marks
from monitor.dedup.words import hash_words

_HALF = np.uint64(32)
_SIDES = (
    (
        """raise raises raised raising increase increases increased hike hikes hiked up higher rise rises
        rose gain gains gained climbs climbed erhoht steigt stieg hoher augmente hausse sube subio aumenta
        sobe subiu повышает повысил повысила вырос выросла выросли растет""",
        """cut cuts cutting lower lowers lowered lowering reduce reduces reduced down fall falls fell drop
        drops dropped decline declines declined slips senkt sinkt sank niedriger baisse reduit baja bajo
        cai caiu снижает снизил снизила упал упала упали падает""",
    ),
    (
        "win wins won victory gewinnt gewann gagne gano vence venceu победил победила выиграл",
        "lose loses lost defeat verliert verlor perd perdio pierde perde perdeu проиграл проиграла",
    ),
    (
        "buy buys bought acquire acquires acquired kauft achete compra покупает купил",
        "sell sells sold selling divest divests verkauft vend vende vendeu продает продал",
    ),
    (
        "profit profits gewinn benefice beneficio lucro прибыль",
        "loss losses verlust perte perdida prejuizo убыток",
    ),
    (
        "acquit acquits acquitted freigesprochen acquitte absuelto assolto оправдал оправдали",
        "convict convicts convicted jailed verurteilt condamne condenado condannato осудил осудили",
    ),
    (
        """approve approves approved accept accepts accepted agree agrees agreed genehmigt approuve aprueba
        aprova одобрил""",
        """reject rejects rejected refuse refuses refused block blocks blocked lehnt rejette rechaza rejeita
        отклонил""",
    ),
)


def _marks(words: str) -> Marks:
    return sketch.marks(np.sort(hash_words(words.split())))


_PAIRS = tuple((_marks(one), _marks(other)) for one, other in _SIDES)


def are_opposed(ours: Marks, theirs: Marks) -> bool:
    """Whether one text has words of one side only, and the other text of the other; by distinct words."""
    for one, other in _PAIRS:
        we = _has(ours, one), _has(ours, other)
        if any(we) and not all(we) and (_has(theirs, one), _has(theirs, other)) == we[::-1]:
            return True
    return False


def _has(terms: Marks, wanted: Marks) -> bool:
    return bool(sketch.are_in(wanted, terms).any())
