"""What MkDocs does not find in docs/: the readme and its kind, and the files that pages link to.

Rules: every link of the repository's Markdown also works on the site, which has no other host to
refer to. A link to a file or folder outside docs/ leads to a page under `source/` that shows it.
A link that leads nowhere is left alone, so that MkDocs reports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]
#: Files at the top of the repository and the pages that they become.
TOP: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
ASSETS: Final = Path(__file__).parent / "assets"
SOURCE: Final = "source"
_LINK: Final = re.compile(r"\]\((?!https?://|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_LANGUAGES: Final = {
    ".css": "css", ".html": "html", ".java": "java", ".json": "json", ".md": "markdown",
    ".py": "python", ".rs": "rust", ".sh": "sh", ".sql": "sql", ".toml": "toml", ".yml": "yaml",
}  # fmt: skip
_HEAD: Final = "---\nsearch:\n  exclude: true\n---\n\n# `{name}`\n\n"


def on_config(config: MkDocsConfig) -> None:
    """Puts every decision into the navigation, after their list."""
    folder = ROOT / "docs/decisions"
    section = next(part for part in config.nav or [] if "Decisions" in part)
    section["Decisions"] += [f"decisions/{file.name}" for file in sorted(folder.glob("0*.md"))]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Adds the pages of the top of the repository, the assets, and a page for every linked file."""
    for name, uri in TOP.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, uri, content=text))
    for file in sorted(ASSETS.iterdir()):
        files.append(File.generated(config, f"assets/{file.name}", abs_src_path=str(file)))
    linked = {target for name in _markdown() for target in _targets(name)}
    for target in sorted(linked):
        files.append(
            File.generated(
                config,
                _uri(target),
                content=_shown(target, linked),
                inclusion=InclusionLevel.NOT_IN_NAV,
            )
        )


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - called by name
    """The text of a page with its links to files outside docs/ as links to their pages."""
    uri = page.file.src_uri
    if uri.startswith(f"{SOURCE}/"):
        return markdown
    names = {made: name for name, made in TOP.items()}
    name = names.get(uri, f"docs/{uri}")

    def rewritten(link: re.Match[str]) -> str:
        target = _resolved(name, link["path"])
        if target is None:
            return link[0]
        to = relpath(_uri(target), PurePosixPath(uri).parent)
        return f"]({to}{link['anchor'] or ''})"

    return _LINK.sub(rewritten, markdown)


def _markdown() -> Iterator[str]:
    """The names of the files that become pages with links."""
    yield from TOP
    for file in sorted((ROOT / "docs").rglob("*.md")):
        yield file.relative_to(ROOT).as_posix()


def _targets(name: str) -> Iterator[str]:
    """What a file links to that has to get a page under `source/`."""
    for link in _LINK.finditer((ROOT / name).read_text(encoding="utf-8")):
        target = _resolved(name, link["path"])
        if target is not None and _uri(target).startswith(f"{SOURCE}/"):
            yield target


def _resolved(name: str, path: str) -> str | None:
    """The target of a link in a file, from the top of the repository; None where there is none."""
    target = (ROOT / name).parent.joinpath(path).resolve()
    if not target.exists() or not target.is_relative_to(ROOT):
        return None
    return target.relative_to(ROOT).as_posix()


def _uri(target: str) -> str:
    """The place of a file or folder of the repository on the site."""
    if target in TOP:
        return TOP[target]
    if (ROOT / target).is_dir():
        return f"{SOURCE}/{target}/index.md"
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    return f"{SOURCE}/{target}.md"


def _shown(target: str, linked: set[str]) -> str:
    """A page for a file, as it is, or for a folder: the names in it."""
    path, head = ROOT / target, _HEAD.format(name=target)
    if path.is_dir():
        rows = [_row(f"{target}/{entry.name}", linked) for entry in sorted(path.iterdir())
                if not entry.name.startswith((".", "__")) and entry.suffix != ".so"]  # fmt: skip
        return head + "\n".join(rows) + "\n"
    text = path.read_text(encoding="utf-8").rstrip("\n")
    return f"{head}````{_LANGUAGES.get(path.suffix, 'text')}\n{text}\n````\n"


def _row(target: str, linked: set[str]) -> str:
    path = PurePosixPath(target)
    if target not in linked:
        return f"- `{path.name}`"
    folder = PurePosixPath(_uri(path.parent.as_posix())).parent
    return f"- [`{path.name}`]({relpath(_uri(target), folder)})"
