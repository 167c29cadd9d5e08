"""The last of `sgi_missed` and `sgi_missed_withdrawn` is what is known of the protection."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import sgi
from gateway.domain.days import as_date, day_at
from gateway.domain.person import Person
from tests.dsl import Answer, Gateway

LAST = "2024-03-01"  # to enrol by 2024-03-26
KINDS = ("sgi_missed", "sgi_missed_withdrawn")


def opened() -> Gateway:
    gateway = Gateway().on(LAST)
    gateway.consented()
    gateway.send("sgi.opened", last_day_with_sp=LAST)
    return gateway


def missed() -> Gateway:
    """Both have been told that the protection is missed."""
    gateway = opened().on("2024-03-28")
    assert gateway.tick().told("sgi_missed") == ["fk", "af"]
    return gateway


def told(answer: Answer) -> list[str]:
    """What both agencies were told of the pair, in order."""
    of_fk, of_af = (
        [kind for to, kind in answer.notices if kind in KINDS and to == agency]
        for agency in ("fk", "af")
    )
    assert of_fk == of_af
    return of_fk


def answered(gateway: Gateway, day: str = "2024-03-20", **data: Any) -> Answer:
    return gateway.send("sgi.enrolment_answered", enrolled_at=day, **data)


def enrolled(gateway: Gateway, day: str = "2024-03-20") -> Answer:
    return gateway.send("status.enrolled", enrolled_at=day, day=day)


def test_an_enrolment_in_time_that_is_told_late_takes_the_notice_back():
    """Case 19: AF's nightly batch tells on day 26 of an enrolment on day 25."""
    gateway = missed()
    answer = answered(gateway, "2024-03-26")
    assert told(answer) == ["sgi_missed_withdrawn"]
    assert answer.notice("sgi_missed_withdrawn", "fk") == {
        "case_id": "S-1",
        "sgi_case_id": "G-1",
        "last_day_with_sp": LAST,
        "enrol_by": "2024-03-26",
    }
    assert told(gateway.on("2024-12-01").tick()) == []


def test_an_enrolment_by_status_takes_it_back_too():
    assert told(enrolled(missed())) == ["sgi_missed_withdrawn"]


@pytest.mark.parametrize("name", ["answered", "enrolled"])
def test_an_enrolment_that_was_too_late_takes_nothing_back(name: str):
    gateway = missed()
    enrol = answered if name == "answered" else enrolled
    assert told(enrol(gateway, "2024-03-27")) == []


def test_when_the_enrolment_is_void_both_are_told_again_that_it_is_missed():
    gateway = missed()
    enrolment = answered(gateway)
    voided = gateway.void(enrolment)
    assert told(voided) == ["sgi_missed"]
    assert told(answered(gateway)) == ["sgi_missed_withdrawn"]


def test_when_the_day_of_enrolment_is_corrected_it_is_told_each_way():
    gateway = missed()
    answer = answered(gateway)
    late, early = {"enrolled_at": "2024-03-27"}, {"enrolled_at": "2024-03-19"}
    assert told(gateway.correct(answer, changes=late)) == ["sgi_missed"]
    assert told(gateway.correct(answer, changes=early)) == ["sgi_missed_withdrawn"]


def test_a_deregistration_that_is_void_takes_it_back():
    gateway = opened()
    enrolled(gateway.on("2024-03-10"), "2024-03-10")
    over = {"af_category": "avaktualiserad", "from": "2024-03-12"}
    left = gateway.on("2024-03-12").send("status.category_changed", **over)
    assert told(gateway.on("2024-03-28").tick()) == ["sgi_missed"]
    assert told(gateway.void(left)) == ["sgi_missed_withdrawn"]


def test_a_later_last_day_takes_it_back_and_counts_anew():
    gateway = Gateway().on(LAST)
    gateway.consented()
    opening = gateway.send("sgi.opened", last_day_with_sp=LAST)
    gateway.on("2024-03-28").tick()
    later = gateway.correct(opening, changes={"last_day_with_sp": "2024-03-20"})
    assert told(later) == ["sgi_missed_withdrawn"]
    assert told(gateway.on("2024-04-15").tick()) == ["sgi_missed"]


def test_an_earlier_last_day_is_missed_anew_and_not_taken_back():
    gateway = Gateway().on(LAST)
    gateway.consented()
    opening = gateway.send("sgi.opened", last_day_with_sp=LAST)
    gateway.on("2024-03-28").tick()
    earlier = gateway.correct(opening, changes={"last_day_with_sp": "2024-02-20"})
    assert told(earlier) == ["sgi_missed"]
    assert told(answered(gateway, "2024-03-16")) == ["sgi_missed_withdrawn"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("missed", []),
        ("protected", ["sgi_missed_withdrawn"]),
        ("not_applicable", ["sgi_missed_withdrawn"]),
    ],
)
def test_what_fk_decides_is_the_last_word(state: str, said: list[str]):
    gateway = missed()
    decided = {"protection_state": state, "decided_at": "2024-03-28"}
    assert told(gateway.send("sgi.closed", **decided)) == said


def test_fk_may_decide_that_it_is_missed_after_the_notice_was_taken_back():
    gateway = missed()
    answered(gateway)
    decided = {"protection_state": "missed", "decided_at": "2024-03-28"}
    closing = gateway.send("sgi.closed", **decided)
    assert told(closing) == ["sgi_missed"]
    assert told(gateway.void(closing)) == ["sgi_missed_withdrawn"]


def test_a_new_opening_takes_it_back():
    gateway = missed()
    assert told(gateway.send("sgi.opened", last_day_with_sp="2024-03-28")) == [
        "sgi_missed_withdrawn"
    ]


def test_a_void_of_the_opening_takes_it_back():
    gateway = Gateway().on(LAST)
    gateway.consented()
    opening = gateway.send("sgi.opened", last_day_with_sp=LAST)
    gateway.on("2024-03-28").tick()
    assert told(gateway.void(opening)) == ["sgi_missed_withdrawn"]


def test_each_case_has_its_own_word():
    gateway = missed()
    gateway.send("sgi.opened", sgi_case_id="G-2", last_day_with_sp="2024-02-01")
    gateway.send("sgi.enrolment_answered", sgi_case_id="G-2", enrolled_at="2024-02-20")
    names = [name.partition("|")[0] for name in gateway.state().said if "missed" in name]
    assert names == ["sgi_missed:G-1", "sgi_missed_withdrawn:G-2"]


def test_it_is_remembered_over_a_restart():
    gateway = missed().restart()
    assert told(answered(gateway)) == ["sgi_missed_withdrawn"]
    assert told(enrolled(gateway.restart())) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["answered", "enrolled", "left", "closed", "opened", "void", "correct"]),
        st.integers(0, 40),
        st.integers(0, 12),
    ),
    max_size=8,
)
FIRST = day_at(Gateway().on(LAST).now)


def step(  # noqa: PLR0911 - one return for each thing that can become known
    gateway: Gateway, sent: list[Answer], what: str, offset: int, days: int
) -> Answer:
    """Something that becomes known; dates lie in the past of the day on which it does."""
    gateway.later(days=days)
    day = as_date(min(FIRST + offset, day_at(gateway.now))).isoformat()
    match what:
        case "answered":
            return answered(gateway, day)
        case "enrolled":
            return enrolled(gateway, day)
        case "left":
            gone = {"af_category": "avaktualiserad", "from": day}
            return gateway.send("status.category_changed", day=day, **gone)
        case "closed":
            state = ("protected", "missed", "at_risk")[offset % 3]
            return gateway.send("sgi.closed", day=day, protection_state=state, decided_at=day)
        case "opened":
            return gateway.send("sgi.opened", day=day, last_day_with_sp=day)
        case "void":
            return gateway.void(sent[offset % len(sent)])
        case _:
            target = sent[offset % len(sent)]
            body = gateway.sent[target.message_id][1]["data"]
            dated = {"last_day_with_sp", "enrolled_at"} & set(body)
            return gateway.correct(target, changes=dict.fromkeys(dated, day))


@given(STEPS)
def test_the_last_word_is_what_the_protection_is(steps: list[tuple[str, int, int]]):
    """Whatever becomes known, in whatever order; and it is never taken back twice in a row."""
    gateway = Gateway().on(LAST)
    gateway.consented()
    sent = [gateway.send("sgi.opened", last_day_with_sp=LAST)]
    words: list[str] = []
    for what, offset, days in steps:
        before = len(gateway.log)
        answer = step(gateway, sent, what, offset, days)
        if not what.startswith(("void", "correct")) and answer.status.startswith("ACCEPTED"):
            sent.append(answer)
        words += told(Answer("", tuple(gateway.log[before:])))
        words += told(gateway.tick())
        now = day_at(gateway.now)
        state = sgi.protection(Person(gateway.state()), "G-1", now, 25)
        assert not words or (words[-1] == "sgi_missed") is (state == "missed")
        assert all(pair != ("sgi_missed_withdrawn",) * 2 for pair in pairwise(words))
