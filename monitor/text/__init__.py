"""From what feeds send to what people read: visible text, words with offsets, folding, excerpts.

Knows no rule. A blank line in a visible text is the edge of a block that no phrase crosses.
"""

from monitor.text.excerpt import excerpt
from monitor.text.fields import field_text, fields
from monitor.text.fold import fold, fold_symbols, plain
from monitor.text.markup import Visible, clean, visible, visible_text
from monitor.text.tokens import Token, tokenize

__all__ = [
    "Token",
    "Visible",
    "clean",
    "excerpt",
    "field_text",
    "fields",
    "fold",
    "fold_symbols",
    "plain",
    "tokenize",
    "visible",
    "visible_text",
]
