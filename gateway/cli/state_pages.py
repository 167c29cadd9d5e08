"""The page of the states of a case: diagrams made of the literal tables of the core."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from gateway.cli.message_pages import GENERATED
from gateway.domain.transitions import REHABILITATION, STATES, TRANSITION_MEETINGS, Table

#: What may happen in more states than this is said in words, so that the picture can be read.
_DRAWN_MAX: Final = 5


def states() -> str:
    """The whole page."""
    lines = [
        "# States of a case",
        "",
        "What the records of a round or a meeting add up to, in the order of what happened. States",
        "are derived, never stored; what a table does not list leaves the state as it is. Source:",
        "[gateway/domain/transitions.py](../gateway/domain/transitions.py).",
        "",
        *_part("Cooperation in rehabilitation", REHABILITATION),
        "",
        *_part("Meetings for transition", TRANSITION_MEETINGS),
    ]
    apart = STATES.keys() - _in(REHABILITATION) - _in(TRANSITION_MEETINGS)
    for state in sorted(apart):
        lines += ["", f"No step leads to {state} {STATES[state][0]} ({STATES[state][1]})."]
    return GENERATED + "\n".join(lines) + "\n"


def _part(title: str, table: Table) -> Iterator[str]:
    sources: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (state, word), following in table.items():
        if state != following:
            sources[word, following].append(state)
    yield f"## {title}"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from _names(table)
    edges: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (word, following), froms in sources.items():
        if len(froms) <= _DRAWN_MAX:
            for state in froms:
                edges[state, following].append(word)
    for (state, following), words in edges.items():
        yield f"    {state} --> {following}: {', '.join(words)}"
    yield "```"
    for (word, following), froms in sources.items():
        if len(froms) > _DRAWN_MAX:
            yield ""
            yield f"`{word}` leads from {', '.join(froms)} to {following}."


def _in(table: Table) -> set[str]:
    return {state for state, _ in table} | set(table.values())


def _names(table: Table) -> Iterator[str]:
    for state, (swedish, english) in STATES.items():
        if state in _in(table):
            yield f'    state "{state} {swedish} ({english})" as {state}'
