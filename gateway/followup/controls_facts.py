"""What the facts themselves are asked before a figure is believed: flows, gaps, delays, identity.

1. Stock and flow: persons in interventions at the end of a month = before + starts - exits, where
   an exit is the closing that both agencies answer for. Beside it stands the stock as other facts
   show it: the intervention ended, the follow-up decided to end it, the status 90 days later was
   reported. Where exits are missing, as a third were in the years of SUS, the two part (P12).
2. From 2024 no closing is without its outcome (24 fn 13, BR-30).
3. Nobody without consent to statistics carries a pseudonym, and who withdrew it none any more. A
   case id that stands for several persons is told (contract-2 A 13).
4. Refusal, offer, answer, meeting and enrolment: how many of each step have the one before.
5. Told, not judged: late registrations by unit, refusals by reason, anonymous against personal.
Only facts with a pseudonym can be followed from one to the next; the rest is counted beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from gateway.followup import controls_sql as sql
from gateway.followup.controls import Apart, Control
from gateway.followup.labels import NOTHING, whole
from gateway.followup.periods import Period, months_of
from gateway.followup.query import FactReader
from schemas.reasons import CATALOGUE

LATE_DAYS: Final = 30
OUTCOME_SINCE: Final = date(2024, 1, 1)
FACTS: Final = "facts"


class QualityTable(NamedTuple):
    """A table about the facts: `head` and `lines`; the first column names the lines."""

    key: str
    title_sv: str
    note_sv: str
    head: tuple[str, ...]
    lines: Sequence[tuple[str, ...]]


class Findings(NamedTuple):
    """The controls over facts, and the tables beside them."""

    controls: list[Control]
    tables: list[QualityTable]


class _Asked(NamedTuple):
    """A store, a period as far as it is past, and a time."""

    reader: FactReader
    first: date
    last: date
    as_of: int

    def rows(self, sql: str, **values: object) -> list[tuple[object, ...]]:
        """The rows of a query over the period."""
        span: dict[str, object] = {}
        if "between $first and $last" in sql:
            span = {"first": self.first, "last": self.last}
        return self.reader.rows(sql, self.as_of, {**span, **values})


def examine(reader: FactReader, period: Period, as_of: int, today: date) -> Findings:
    """Asks the facts of a store.

    Args:
        reader: the store.
        period: of the events.
        as_of: ms since the epoch; what was registered later is not seen.
        today: the Swedish day of `as_of`: nothing is missing yet that is due later.
    """
    asked = _Asked(reader, period.first, min(period.last, today), as_of)
    found = Findings([], [])
    for part in (_stock, _outcomes, _identity, _chain, _delays, _rejected, _personal):
        controls, tables = part(asked, period)
        found.controls.extend(controls)
        found.tables.extend(tables)
    return found


def _stock(asked: _Asked, period: Period) -> Findings:
    months = [month for month in months_of(period) if month.first <= asked.last]
    firsts, lasts = [m.first for m in months], [min(m.last, asked.last) for m in months]
    counted = {row[0]: row[1:] for row in asked.rows(sql.STOCK, firsts=firsts, lasts=lasts)}
    lines = []
    flow = shown = 0
    for month in months:
        found = counted.get(month.first, (0, 0, 0, 0))
        before, starts, exits, shown = (int(str(number)) for number in found)
        flow = before + starts - exits
        lines.append((month.name, *map(whole, (before, starts, exits, flow, shown, flow - shown))))
    control = Control(
        "persons in interventions at the end: before + starts - exits = as other facts show",
        flow,
        shown,
        "bestånd i insats vid periodens slut: ingående + påbörjade - avslutade = det som andra "
        "fakta visar",
        FACTS,
    )
    table = QualityTable(
        "bestand",
        "Bestånd och flöde i insats",
        "Personer som kan följas. Skillnaden är avslut som inte har rapporterats, fast insatsen "
        f"slutat eller uppföljningen beslutat det för mer än {sql.GRACE_DAYS} dagar sedan.",
        ("Månad", "Ingående", "Påbörjade", "Avslutade", "Utgående", "Enligt andra fakta",
         "Skillnad"),
        lines,
    )  # fmt: skip
    return Findings([control], [table])


def _outcomes(asked: _Asked, _: Period) -> Findings:
    rows = asked.rows(sql.OUTCOMES)
    closed, missing = (sum(int(str(row[n])) for row in rows) for n in (1, 2))
    control = Control(
        "closings with their outcome = closings after an intervention",
        closed - missing,
        closed,
        "avslut med registrerat resultat = avslut efter insats",
        FACTS,
        "rule" if asked.first >= OUTCOME_SINCE else "note",
        Apart(
            "en del avslut efter insats saknar registrerat resultat", "{left} av {right} har det"
        ),
    )
    table = QualityTable(
        "resultat",
        "Avslut utan registrerat resultat",
        "Efter insats, per förmån vid avslutet. Från 2024 ska inget saknas.",
        ("Förmån", "Avslut", "Utan resultat"),
        [(str(row[0]) or NOTHING, *(whole(int(str(n))) for n in row[1:])) for row in rows],
    )
    return Findings([control], [table])


def _identity(asked: _Asked, _: Period) -> Findings:
    linked, withdrawn = (int(str(n)) for n in asked.rows(sql.IDENTITY, withdrawn=sql.WITHDRAWN)[0])
    cases, of_one = (int(str(n)) for n in asked.rows(sql.CASES_OF_PERSONS)[0])
    controls = [
        Control(
            "anonymous facts with a link to a person or a case = 0",
            linked,
            0,
            "fakta utan samtycke som ändå har en koppling till person eller ärende = 0",
            FACTS,
        ),
        Control(
            "withdrawals of the consent to statistics that carry a pseudonym = 0",
            withdrawn,
            0,
            "återkallade samtycken till statistik som ändå bär en pseudonym = 0",
            FACTS,
        ),
        Control(
            "cases of one person = cases that can be followed",
            of_one,
            cases,
            "ärenden med en person = ärenden som kan följas",
            FACTS,
            "note",
            Apart(
                "en del ärendenummer används för flera personer", "{left} av {right} har en person"
            ),
        ),
    ]
    return Findings(controls, [])


def _chain(asked: _Asked, _: Period) -> Findings:
    refused, met = asked.rows(sql.REFUSED), asked.rows(sql.MEETINGS)
    offered, followed = _sums(refused, 3, 2)
    answered, held = _sums(met, 4, 1)
    controls = [
        Control(
            "refusals with an offer = refusals that can be followed",
            offered,
            followed,
            "avslag med erbjudande om möte = avslag som kan följas",
            FACTS,
            "note",
            Apart(
                "en del avslag som kan följas saknar ett erbjudande om möte",
                "{left} av {right} har det",
            ),
        ),
        Control(
            "transition meetings with a yes before them = meetings that can be followed",
            answered,
            held,
            "omställningsmöten med ett ja före mötet = möten som kan följas",
            FACTS,
            "note",
            Apart(
                "en del omställningsmöten som kan följas saknar ett ja före mötet",
                "{left} av {right} har det",
            ),
        ),
    ]
    tables = [
        QualityTable(
            "avslag",
            "Från avslag till erbjudande",
            "Avslag som inte gäller en första ansökan; erbjudande inom 90 dagar. Målet är alla.",
            ("Förmån", "Avslag", "Kan följas", "Med erbjudande"),
            _lines(refused),
        ),
        QualityTable(
            "moten",
            "Från erbjudande till inskrivning",
            "Omställningsmöten som kan följas, och hur många som har varje steg registrerat.",
            ("Förmån", "Möten", "Erbjudna", "Besvarade", "Med ja", "Inskrivna efteråt"),
            _lines(met),
        ),
    ]
    return Findings(controls, tables)


def _lines(rows: Sequence[tuple[object, ...]]) -> list[tuple[str, ...]]:
    return [(str(row[0]) or NOTHING, *(whole(int(str(n))) for n in row[1:])) for row in rows]


def _sums(rows: Sequence[tuple[object, ...]], *columns: int) -> list[int]:
    return [sum(int(str(row[column])) for row in rows) for column in columns]


def _delays(asked: _Asked, _: Period) -> Findings:
    lines = [
        (str(unit) or NOTHING, whole(int(str(n))), whole(int(str(late))),
         f"{100 * int(str(late)) / int(str(n)):.1f}".replace(".", ",") + " %",
         whole(float(str(median))), whole(int(str(longest))))
        for unit, n, late, median, longest in asked.rows(sql.DELAYS, late=LATE_DAYS)
    ]  # fmt: skip
    table = QualityTable(
        "sena",
        "Sena registreringar per enhet",
        f"Sent är mer än {LATE_DAYS} dagar efter händelsen; de sämsta först.",
        ("Enhet", "Fakta", "Sena", "Andel sena", "Median, dagar", "Längst, dagar"),
        lines,
    )
    return Findings([], [table])


def _rejected(asked: _Asked, _: Period) -> Findings:
    lines = [
        (str(code), whole(int(str(count))), _reason(str(code)))
        for code, count in asked.rows(sql.REJECTED)
    ]
    table = QualityTable(
        "avvisade",
        "Avvisade meddelanden efter skäl",
        "Meddelanden som fick svaret REJECTED; ett kan ha flera skäl.",
        ("Skäl", "Antal", "Vad det betyder"),
        lines,
    )
    return Findings([], [table])


def _reason(code: str) -> str:
    reason = CATALOGUE.get(code)
    return NOTHING if reason is None else reason.text_sv


def _personal(asked: _Asked, _: Period) -> Findings:
    rows = asked.rows(sql.PERSONAL)
    table = QualityTable(
        "samtycke",
        "Fakta med och utan samtycke till statistik med personuppgifter",
        "De utan räknas med i antalen, men kan inte följas från ett faktum till nästa.",
        ("Faktum", "Med", "Utan"),
        _lines(rows),
    )
    return Findings([], [table])
