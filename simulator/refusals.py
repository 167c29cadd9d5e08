"""All refusals of the year: those of the printed shares (2024-T4), and those that they leave out.

Left out are refusals of a first application (fn 15), of aktivitetsersättning for prolonged
schooling (fn 19) and of sjukersättning, which the tables of 2024 do not name; and refusals that
were registered by mistake and taken back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator import changes
from simulator.bookings import RefusalBook, SgiBook
from simulator.cases import DISABILITY, SICKNESS
from simulator.cast import count_of
from simulator.days import YEAR, earlier
from simulator.ledger import Contact
from simulator.persons import Population
from simulator.printed import SEXES, Cell, Printed
from simulator.rates import Rates
from simulator.story import Story
from simulator.transition import (
    CODES,
    MEETING_DAYS,
    SCHOOL,
    person_of,
    write_contact,
    write_declined,
    write_meeting,
    write_unoffered,
)

_SCHOOL_SHARE: Final = 0.0008  # of the refusals of the printed shares, as the next
_DISABILITY_SHARE: Final = 0.008


class Refusals:
    """The stories of part 2 in the making; `met` have an offer, the others a decision alone."""

    def __init__(self, people: Population, printed: Printed, rates: Rates) -> None:
        self.people, self.printed, self.rates = people, printed, rates
        self.met: list[Story] = []
        self.decided: list[Story] = []
        self.books: list[RefusalBook] = []
        self.sgi: list[SgiBook] = []
        self.contacts: list[Contact] = []

    def write(self) -> None:
        """Everything of part 2."""
        for cell, count in self.printed.refusals.items():
            self._write_cell(cell, count)
        self._write_others()
        for cell, count in self.printed.contact_meetings.items():
            declined = count_of(self.rates.contact_declined, count)
            for place in range(count + declined):
                self._write_contact(cell, held=place < count)

    def _write_cell(self, cell: Cell, count: int) -> None:
        rates = self.rates
        meetings, enrolled = self.printed.transition_meetings[cell], self.printed.enrolled[cell]
        for place in range(meetings):
            # 2024-T5 tells of every person with a meeting whether she enrolled: all are known
            story = self._story(cell, self.met, keeps=True)
            enrols = place < enrolled
            self._book(*write_meeting(story, cell, rates, enrols=enrols))
        offered = round(rates.offered * (count - meetings))
        for _ in range(offered):
            self._book(*write_declined(self._story(cell, self.met), cell, rates))
        for _ in range(count - meetings - offered):
            story = self._story(cell, self.decided)
            self._book(*write_unoffered(story, cell.benefit, cell.sex, rates))

    def _write_others(self) -> None:
        rates = self.rates
        sick = sum(n for cell, n in self.printed.refusals.items() if cell.benefit == SICKNESS)
        for benefit, share in (
            (SICKNESS, rates.first_application),
            (SCHOOL, _SCHOOL_SHARE),
            (DISABILITY, _DISABILITY_SHARE),
        ):
            for place in range(count_of(share, sick)):
                cell = Cell(benefit, tuple(SEXES)[place % len(SEXES)])
                story = self._story(cell, self.decided)
                first = benefit == SICKNESS
                self._book(*write_unoffered(story, benefit, cell.sex, rates, first=first))
        alone = replace(rates, sgi_without_offer=0.0)
        for cell, count in self.printed.refusals.items():
            for _ in range(count_of(rates.refusal_voided, count)):
                story = self._story(cell, self.decided)
                book, _ = write_unoffered(story, cell.benefit, cell.sex, alone)
                changes.voided(story, book.decision, "hande_inte")
                self._book(book)

    def _write_contact(self, cell: Cell, *, held: bool) -> None:
        rng = self.people.rng
        day = rng.choice(MEETING_DAYS)
        story = self._story(cell, self.met)
        contact = write_contact(story, cell.sex, day if held else None, earlier(rng, day, 8, 20))
        if contact is not None:
            self.contacts.append(contact)

    def _story(self, cell: Cell, among: list[Story], *, keeps: bool | None = None) -> Story:
        if keeps is None:
            keeps = self.people.rng.random() >= self.rates.statistics_refused_elsewhere
        person = person_of(self.people, cell.benefit, cell.sex, keeps=keeps)
        number = len(self.met) + len(self.decided) + 1
        case_id = f"M-{YEAR}-{number:06d}"
        story = Story(self.people.rng, person, case_id, benefit=CODES[cell.benefit])
        among.append(story)
        return story

    def _book(self, book: RefusalBook, sgi: SgiBook | None = None) -> None:
        self.books.append(book)
        if sgi is not None:
            self.sgi.append(sgi)
