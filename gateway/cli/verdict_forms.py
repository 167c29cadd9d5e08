"""The forms of `samverkan check`: text for people, JSON and JUnit XML for programs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

import orjson
from rich.console import Console
from rich.text import Text

from gateway.cli.verdicts import Later, Verdict, as_json, reasons_in_words
from gateway.languages import Speech
from schemas.reasons import Texts

_STYLE: Final = {
    "ACCEPTED": "green",
    "ACCEPTED_WITH_WARNING": "yellow",
    "HELD": "cyan",
    "REJECTED": "red",
    "EXPIRED": "red",
    "WITHHELD": "red",
}
#: What a status means for the sender.
_MEANS: Final = {
    "ACCEPTED": Texts("godtas", "accepted"),
    "ACCEPTED_WITH_WARNING": Texts("godtas, med anmärkning", "accepted, with remarks"),
    "HELD": Texts("väntar", "waits"),
    "REJECTED": Texts("avvisas: rätta och skicka igen", "refused: correct it and send it again"),
    "EXPIRED": Texts("för gammalt för att avgöras", "too old to be decided"),
    "WITHHELD": Texts("stoppas, samtycket är återkallat", "withheld, the consent is withdrawn"),
}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_text(verdicts: Sequence[Verdict], speech: Speech) -> str:
    """A line with status and file for each message, and below it why and what to do."""
    out = io.StringIO()
    terminal = Console().is_terminal
    console = Console(file=out, soft_wrap=True, force_terminal=terminal)
    for verdict in verdicts:
        for line in _lines(verdict, speech):
            console.print(line)
    return out.getvalue()


def _lines(verdict: Verdict, speech: Speech) -> Iterator[Text]:
    if verdict.own is None:  # its one sentence is on standard error
        return
    data = verdict.own.data
    status = data["status"]
    yield Text.assemble((status, _STYLE[status]), f" {verdict.label}")
    until = (
        ""
        if data["held_until"] is None
        else f" {speech.short('till', 'until')} {data['held_until']}"
    )
    yield Text(f"    {speech.of(_MEANS[status])}{until}")
    if verdict.repeats is not None:
        yield Text(f"    {speech.short('upprepar', 'repeats')}: {verdict.repeats}")
    yield from (Text(f"    {line}") for line in reasons_in_words(data, speech))
    yield from map(Text, _ground(data, speech))
    for topic, kind in verdict.notices:
        yield Text(f"    {speech.short('notis', 'notice')} on {topic}: {kind}")
    if verdict.differs is not None:
        unlike = speech.short("inte som väntat", "not as expected")
        yield Text(f"    {unlike}: {verdict.differs}", "red")
    for later in verdict.later:
        yield from _later(verdict, later, speech)


def _ground(data: dict[str, Any], speech: Speech) -> Iterator[str]:
    ground = data["ground"]
    if ground is not None:
        reference = f" {ground['reference']}" if ground["reference"] else ""
        yield f"    {speech.short('grund', 'ground')}: {ground['kind']}{reference}"
    for topic in data["delivered_to"]:
        yield f"    -> {topic}"


def _later(verdict: Verdict, later: Later, speech: Speech) -> Iterator[Text]:
    data = later.data
    whose = "" if later.of == verdict.label else f" ({later.of}, {data['message_id']})"
    yield Text.assemble(
        f"  {speech.short('senare', 'later')}: ", (data["status"], _STYLE[data["status"]]),
        f" {data['decided_at']}, {speech.short('vid', 'when taking')} {later.because}{whose}",
    )  # fmt: skip
    yield Text(f"      {speech.of(_MEANS[data['status']])}")
    yield from (Text(f"      {line}") for line in reasons_in_words(data, speech))
    yield from (Text(f"  {line}") for line in _ground(data, speech))


def render_json(verdicts: Sequence[Verdict], speech: Speech) -> str:  # noqa: ARG001 - both always
    """An object with the verdicts in order; its members are named in docs/check.md."""
    failed = sum(one.fails for one in verdicts)
    document = {"failed": failed, "verdicts": [as_json(one) for one in verdicts]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def render_junit(verdicts: Sequence[Verdict], speech: Speech) -> str:
    """One test case for each message: a failure when it makes the command fail."""
    counts = {"tests": str(len(verdicts)), "failures": str(sum(one.fails for one in verdicts))}
    suite = ET.Element("testsuite", {"name": "samverkan check", **counts})
    for verdict in verdicts:
        data = {} if verdict.own is None else verdict.own.data
        case = ET.SubElement(
            suite,
            "testcase",
            {"classname": data.get("message_type") or "unreadable", "name": _xml(verdict.label)},
        )
        if verdict.fails:
            failure = ET.SubElement(case, "failure", {"message": _xml(_short(verdict))})
            failure.text = _xml(
                "\n".join(reasons_in_words(data, speech)) if data else _short(verdict)
            )
    ET.indent(suite)
    return ET.tostring(suite, "unicode", xml_declaration=False) + "\n"


def _short(verdict: Verdict) -> str:
    if verdict.own is None:
        return verdict.problem or ""
    if verdict.differs is not None:
        return verdict.differs
    codes = (reason["code"] for reason in verdict.own.data["reasons"])
    return " ".join((verdict.own.data["status"], *codes))


def _xml(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("?", text)


FORMS: Final[Mapping[str, Callable[[Sequence[Verdict], Speech], str]]] = {
    "text": render_text,
    "json": render_json,
    "junit": render_junit,
}
