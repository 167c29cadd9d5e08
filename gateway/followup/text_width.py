"""How much room a text needs in the widest font that a reader's browser may choose.

The machine that makes the report lays a figure out, and the reader's browser draws its text. The
browser takes another font when Arial is missing. The widths here are upper bounds for DejaVu Sans,
which is a fifth wider than Arial; `tests/followup/test_page.py` compares them in a browser.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

#: Width by character as a part of the font size; `_OTHER` for every other one.
_WIDTHS: Final = (
    ("ijl.,:;'|!I ()[]/\u00a0", 0.46),
    ("ABCDEFGHJKLNOPQRSTUVXYZÅÄÖ\u2013\u2212", 0.86),
    ("abcdefghknopqrstuvxyzåäöé0123456789-", 0.66),
)
_OTHER: Final = 1.1
_WIDTH_OF: Final = {one: width for those, width in _WIDTHS for one in those}


def width(text: str, size: int) -> float:
    """The room for one line of text, in px of a font size in px."""
    return size * sum(_WIDTH_OF.get(one, _OTHER) for one in text)


def widest(texts: Iterable[str], size: int) -> float:
    """The room for the widest line of several texts, in px; 0 for none."""
    return max((width(line, size) for text in texts for line in text.split("\n")), default=0)


def wrapped(text: str, size: int, room: float) -> str:
    """The text in lines that fit into `room` px; a longer word stays whole."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
