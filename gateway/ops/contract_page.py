"""The contract for people: one static HTML page made of the AsyncAPI document.

It has no script and loads nothing, so it can be read on a machine without the Internet and no
other site's code runs beside an installation.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Any, Final

from gateway.ops.contract_document import document
from gateway.web import POLICY

_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #767676;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "pre{overflow-x:auto;background:#f2f2f2;padding:.5rem}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: The page's own style sheet is known by its hash; everything else stays forbidden.
PAGE_POLICY: Final = f"{POLICY}; style-src 'sha256-{_HASH}'"
_ACTIONS: Final = {"receive": "to the gateway", "send": "from the gateway"}


@cache
def page() -> bytes:
    """The page, UTF-8."""
    contract = document()
    title = f"{contract['info']['title']} {contract['info']['version']}"
    body = "\n".join(_body(contract, title))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    ).encode()


def _body(contract: dict[str, Any], title: str) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield f"<p>{escape(contract['info']['description'])}</p>"
    yield '<p>The same for tools: <a href="/asyncapi.json">asyncapi.json</a> (AsyncAPI 3).</p>'
    yield "<h2>Topics</h2>"
    yield "<table><tr><th>topic</th><th>direction</th><th>messages</th></tr>"
    schemas = contract["components"]["schemas"]
    for operation in contract["operations"].values():
        channel = _at(contract, operation["channel"])
        names = sorted({name for m in channel["messages"].values() for name in _names(contract, m)})
        links = ", ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names)
        direction = _ACTIONS[operation["action"]]
        yield f"<tr><td>{escape(channel['address'])}</td><td>{direction}</td><td>{links}</td></tr>"
    yield "</table>"
    yield "<h2>Messages and their parts</h2>"
    for name, schema in schemas.items():
        if "properties" in schema:
            text = escape(json.dumps(schema, indent=1, ensure_ascii=False))
            yield (
                f'<details id="{escape(name)}"><summary>{escape(name)}</summary>'
                f"<pre>{text}</pre></details>"
            )


def _names(contract: dict[str, Any], message: dict[str, Any]) -> Iterator[str]:
    """The named schemas that a message can be."""
    payload = _at(contract, message)["payload"]
    choice = _at(contract, payload)
    for item in choice.get("oneOf", [payload]):
        yield item["$ref"].rpartition("/")[2]


def _at(contract: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the document stands for; anything else as it is."""
    if "$ref" not in item:
        return item
    found: Any = contract
    for part in item["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return _at(contract, found)
