"""Mermaid diagrams as SVG in the page, drawn when the site is built.

Rule: a page needs no script to show a diagram. The theme would load one from another host.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Final

import mmdr
from pymdownx.superfences import SuperFencesException

#: The id of every drawing and the prefix of the ids in it.
_ID: Final = re.compile(r"\bmerman\b")


def svg(source: str, _language: str, css_class: str, *_options: Any, **_more: Any) -> str:
    """The format of a fence of pymdownx.superfences: a diagram as an element of the page.

    Raises:
        SuperFencesException: the text is no diagram; the build ends.
    """
    try:
        drawn = mmdr.render(source).svg()
    except ValueError as problem:
        raise SuperFencesException(f"{problem}: {source}") from problem
    # Two diagrams of one page must not share the ids to which their styles apply.
    name = f"diagram-{sha256(source.encode()).hexdigest()[:8]}"
    return f'<figure class="{css_class}">{_ID.sub(name, drawn)}</figure>'
