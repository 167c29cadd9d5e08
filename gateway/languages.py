"""The languages in which commands speak: Swedish for case officers, English for engineers.

A text for both kinds of readers is a pair. With `both` they are printed one after the other.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from schemas.reasons import Texts

Language = Literal["sv", "en", "both"]


class Speech(NamedTuple):
    """Chooses from pairs of texts what a reader of a language sees."""

    language: Language = "both"

    def lines(self, sv: str, en: str) -> tuple[str, ...]:
        """Return one line for each language, named where there are two."""
        if self.language == "both":
            return (f"sv: {sv}", f"en: {en}")
        return (sv,) if self.language == "sv" else (en,)

    def short(self, sv: str, en: str) -> str:
        """Return a word or heading on one line; the same word in both languages stands once."""
        if self.language == "both":
            return sv if sv == en else f"{sv} / {en}"
        return sv if self.language == "sv" else en

    def one(self, sv: str, en: str) -> str:
        """Return a sentence about the machinery: Swedish where only Swedish is wanted."""
        return sv if self.language == "sv" else en

    def of(self, texts: Texts) -> str:
        """Return a pair as one line."""
        return self.short(*texts)


BOTH: Final = Speech()
