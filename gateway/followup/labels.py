"""How rows, measures and figures are called and written in Swedish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.followup.names import name_of
from gateway.followup.report import Row
from gateway.followup.tables import TABLES

SEX_SV: Final[Mapping[str, str]] = {
    "women": "Kvinnor",
    "men": "Män",
    "total": "Totalt",
    "unknown": "Uppgift saknas",
}
UNIT_SV: Final[Mapping[str, str]] = {
    "count": "antal",
    "percent": "procent",
    "percentage_points": "procentenheter",
    "days": "dagar",
    "days_mean": "dagar, medelvärde",
    "days_median": "dagar, median",
    "months": "månader",
    "years": "år",
}
KEY_SV: Final[Mapping[str, str]] = {
    "age": "ålder",
    "country_of_birth": "födelseland",
    "disability": "funktionsnedsättning",
    "education": "utbildning",
    "insats": "typ av insats",
    "month": "månad",
    "occupation": "sysselsättning",
    "outcome": "resultat",
    "path": "vägen in",
    "program": "program",
    "queue_reason": "köorsak",
    "reason": "orsak",
    "region": "region",
    "state": "utfall",
    "status_group": "statusgrupp",
    "step": "steg",
    "timing": "tidpunkt",
    "unit": "enhet",
}
NO_BREAK_SPACE: Final = "\u00a0"
NOTHING: Final = "–"


class DefinitionText(NamedTuple):
    """A definition for readers."""

    id: str
    title_sv: str
    formula_sv: str
    formula_en: str
    source: str

    @property
    def text_sv(self) -> str:
        """All of it as one paragraph."""
        return f"{self.title_sv}. {self.formula_sv} Källa: {self.source}."


def title_of(table: str) -> str:
    """The title of a table as printed."""
    return TABLES[table].title_sv


def definition_of(row: Row) -> DefinitionText:
    """The definition that a row was computed by."""
    one = next(one for one in TABLES[row["table"]].indicators if one.id == row["definition"])
    return DefinitionText(one.id, one.title_sv, one.formula_sv, one.formula_en, one.source.sv)


def measure_title(table: str, definition: str) -> str:
    """What a measure is called by its definition; its key where no table has it."""
    found = TABLES[table].indicators if table in TABLES else ()
    title = next((one.title_sv for one in found if one.id == definition), None)
    return title or definition.partition("/")[0]


def label_of(row: Row) -> str:
    """What a row is called: as the report prints it, with the line where that does not say it."""
    return name_of(row).whole_sv


def short_label_of(row: Row) -> str:
    """What a row is called where its measure is already said."""
    return name_of(row).short_sv


def whole(number: float) -> str:
    """A whole number in Swedish: 8 886."""
    return f"{round(number):,}".replace(",", NO_BREAK_SPACE).replace("-", "\u2212")


def figure(row: Row) -> str:
    """The figure of a row with its unit where it needs one: 8 886, 37,8 %, 848."""
    value = row["value"]
    if value is None:
        return NOTHING
    if row["unit"].startswith("percent"):
        shown = f"{value:.1f}" if isinstance(value, float) else str(value)
        return shown.replace(".", ",").replace("-", "\u2212") + NO_BREAK_SPACE + "%"
    return whole(value)


def behind(row: Row) -> str:
    """Numerator and denominator of a share, or of how many a mean is; empty for a count."""
    part, all_of_them = row["numerator"], row["denominator"]
    if all_of_them is None or row["unit"] == "count":
        return ""
    if row["unit"].startswith("days"):
        return f"n{NO_BREAK_SPACE}={NO_BREAK_SPACE}{whole(all_of_them)}"
    return f"{whole(part or 0)} av {whole(all_of_them)}"


def is_small(row: Row, limit: int) -> bool:
    """Whether a row shows a count of so few that it may point at a person."""
    counts = [row["numerator"], row["denominator"] if row["unit"] != "count" else None]
    if row["unit"].startswith("days"):
        counts = [row["denominator"]]
    return any(count is not None and 0 < count < limit for count in counts)
