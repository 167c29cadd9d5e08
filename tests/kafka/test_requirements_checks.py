"""Acceptance checks 3 to 9 and 11 of the requirements (section 9), on a running gateway.

One log holds every situation, each about a person of its own; one gateway process answers it, and
every check reads receipts, notices and facts from the topics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from stdnum import luhn

from gateway.broker import BrokerInfo
from gateway.domain.days import DAY_MS
from gateway.followup.controls import Control
from gateway.followup.controls_facts import examine
from gateway.followup.periods import parse_as_of, parse_period
from gateway.followup.query import FactReader
from schemas.registry import BY_NAME
from schemas.topics import FOLLOWUP, NOTICE_TOPICS, RECEIPT_TOPICS
from simulator.wire import SimRecord
from tests.dsl import CONTENT_TYPE, KEYS, Gateway, instant
from tests.faults.checker import violations
from tests.followup.followup_dsl import store_of
from tests.kafka.agencies import closing_records
from tests.kafka.live import Log, installation

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("topics")]

BELOW = {"extent_fraction": 0.2, "hours_per_week": 8}
AE = "aktivitetsersattning_nedsatt_arbetsformaga"
SUPPORTED = {"enrol_support_offered": True}
#: n joint assessments of which r persons refuse registration for statistics (check 8).
REFUSALS = [(1, 0), (1, 1), (4, 0), (4, 1), (4, 3), (4, 4)]
#: Persons who leave an intervention in each of the two years of check 9.
LEAVING = 6


def synthetic(n: int) -> str:
    """The n-th synthetic personal number (birth numbers 980-989)."""
    day = f"80{1 + n // 280 % 12:02}{1 + n // 10 % 28:02}98{n % 10}"
    return f"19{day}{luhn.calc_check_digit(day)}"


@dataclass
class Story:
    """What the agencies write; the label of a message finds its receipt and fact again."""

    records: list[SimRecord] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    fact_ids: dict[str, str] = field(default_factory=dict)
    persons: int = 0

    def somebody(self, day: str, label: str, **consent: Any) -> Gateway:
        """A new person who consents on a day; used only to write events."""
        self.persons += 1
        writer = Gateway(person=synthetic(self.persons), case_id=f"S-{self.persons}")
        self.say(writer, "consent.recorded", day, f"{label}/consent", **consent)
        writer.consent = self.ids[f"{label}/consent"]
        return writer

    def opened(self, day: str, label: str, **consent: Any) -> Gateway:
        """A new person with an open case."""
        writer = self.somebody(day, label, **consent)
        self.say(writer, "referral.initiated", day, f"{label}/opened")
        return writer

    def assessed(self, day: str, label: str) -> Gateway:
        """A new person with a joint assessment."""
        writer = self.opened(day, label)
        self.say(writer, "meeting.assessment_completed", day, f"{label}/assessed")
        return writer

    def say(
        self,
        writer: Gateway,
        name: str,
        day: str,
        label: str,
        agency: str | None = None,
        registered: str | None = None,
        **data: Any,
    ) -> None:
        """Write a message about something that happened on a day."""
        at = registered or day
        # Nine o'clock and one millisecond per message: the log is in the order of the story.
        writer.now = instant(f"{at}T09:00") + len(self.records)
        event = writer.event(name, agency, day=day, **data)
        event["id"] = str(event["id"])[:-8] + f"{len(self.records):08x}"
        topic = f"{event['source'].split(':')[2]}.out.{BY_NAME[name].family}"
        key = event["partitionkey"].encode()
        value = orjson.dumps(event)
        self.ids[label] = event["id"]
        self.fact_ids[label] = KEYS.fact_id(event["partitionkey"], event["source"], event["id"])
        self.records.append(
            SimRecord(topic, None, key, value, CONTENT_TYPE, writer.now, None, name)
        )


@dataclass
class Outcome:
    """What stands in the topics when everything is answered."""

    story: Story
    log: Log

    def __post_init__(self) -> None:
        self.receipts = self._by_id(RECEIPT_TOPICS, "message_id")
        self.facts = self._by_id((FOLLOWUP,), "fact_id")
        self.notices = [
            orjson.loads(record.value or b"")
            for (topic, _), records in sorted(self.log.items())
            if topic in NOTICE_TOPICS
            for record in records
        ]

    def _by_id(self, topics: tuple[str, ...], name: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for (topic, _), records in sorted(self.log.items()):
            if topic in topics:
                for record in records:
                    data = orjson.loads(record.value or b"")["data"]
                    found.setdefault(data[name], []).append(data)
        return found

    def answer(self, label: str) -> str:
        """Status and codes of a message's one receipt."""
        (receipt,) = self.receipts[self.story.ids[label]]
        codes = sorted(reason["code"] for reason in receipt["reasons"])
        return " ".join((receipt["status"], *codes))

    def fact(self, label: str) -> dict[str, Any] | None:
        """The fact of a message, None when there is none."""
        facts = self.facts.get(self.story.fact_ids[label], [])
        assert len(facts) <= 1
        return facts[0] if facts else None

    def told(self, kind: str, case_id: str) -> int:
        """How many agencies were told of something about a case."""
        name = f"se.samverkan.notice.{kind}.v1"
        return sum(n["type"] == name and n["data"]["case_id"] == case_id for n in self.notices)


def check_3(story: Story) -> None:
    for label, day, registered in (
        ("3/last day", "2019-05-14", None),
        ("3/first day without", "2019-05-15", None),
        ("3/late", "2019-05-14", "2019-06-03"),
    ):
        person = story.somebody("2019-05-10", label)
        story.say(
            person,
            "referral.initiated",
            day,
            label,
            "af",
            registered,
            initiating_path="af_initiated",
        )


def check_4(story: Story) -> None:
    for label, benefit, held in (
        ("4/AE before", AE, "2023-03-09"),
        ("4/SP after", "sjukpenning", "2023-03-11"),
        ("4/AE after", AE, "2023-03-11"),
        ("4/SP before", "sjukpenning", "2023-03-09"),
    ):
        person = story.somebody("2023-03-01", label)
        story.say(
            person,
            "meeting.transition_held",
            held,
            label,
            registered="2023-03-12",
            benefit=benefit,
            refusal_decided_at="2023-03-10",
            birth_year_month="2000-01",
        )


def check_5(story: Story) -> None:
    for label, day in (("5/day 25", "2024-03-26"), ("5/day 26", "2024-03-27")):
        person = story.somebody("2024-03-01", label)
        story.say(person, "sgi.opened", "2024-03-01", f"{label}/opened")
        story.say(
            person,
            "sgi.enrolment_answered",
            day,
            label,
            active_seeking={"value": True},
            willing_extent_percent=100,
        )


def check_6(story: Story) -> None:
    proposed, decided = "plan.intervention_proposed", "plan.intervention_decided"
    for label, day, name, more in (
        ("6/2018-10", "2018-10-01", proposed, {}),
        ("6/2018-05", "2018-05-15", proposed, {}),
        ("6/2017", "2017-05-15", proposed, {}),
        ("6/decided", "2019-03-01", decided, {}),
        ("6/AE", "2019-03-01", proposed, {"benefit_during": AE}),
    ):
        person = story.assessed(day, label)
        story.say(person, name, day, label, **BELOW, **more)


def check_7(story: Story) -> None:
    for day in ("2023-12-31", "2024-01-01"):
        person = story.assessed(day, f"7/{day}")
        story.say(person, "plan.closed", day, f"7/{day}", outcome=None)


def check_8(story: Story) -> None:
    for n, r in REFUSALS:
        for i in range(n):
            status = "refused" if i < r else "given"
            purposes = [
                {"purpose": "information_exchange", "status": "given"},
                {"purpose": "statistics_personal_data", "status": status},
            ]
            label, unit = f"8/{n}/{r}/{i}", f"n{n}-r{r}"
            person = story.opened("2024-02-01", label, purposes=purposes, unit=unit)
            story.say(person, "meeting.assessment_completed", "2024-02-02", label, unit=unit)


def check_11(story: Story) -> None:
    met = "meeting.assessment_completed"
    person = story.opened("2024-02-01", "11/both")
    story.say(person, met, "2024-02-05", "11/both/fk")
    story.say(person, met, "2024-02-05", "11/both/af", "af", gk_id="AF-1")
    person = story.opened("2024-02-01", "11/rounds")
    story.say(person, met, "2024-02-05", "11/rounds/1")
    story.say(person, "plan.closed", "2024-02-10", "11/rounds/closed", last_insats_category="none")
    story.say(person, "referral.initiated", "2024-03-01", "11/rounds/again", round_no=2)
    story.say(person, met, "2024-03-20", "11/rounds/2", round_no=2, gk_id="GK-2")
    story.say(person, met, "2024-03-27", "11/rounds/3", round_no=2, gk_id="GK-3")


def check_9(story: Story) -> None:
    """In 2022 everybody's closing is reported, in 2023 that of two in three."""
    for year in (2022, 2023):
        for n in range(LEAVING):
            person = story.assessed(f"{year}-02-01", f"9/{year}/{n}")
            decided, started = f"9/{year}/{n}/decided", f"9/{year}/{n}/started"
            story.say(person, "plan.intervention_decided", f"{year}-02-04", decided)
            story.say(person, "plan.intervention_started", f"{year}-02-05", started)
            story.say(person, "plan.intervention_ended", f"{year}-06-03", f"9/{year}/{n}/ended")
            if year == 2022 or n % 3 > 0:
                story.say(person, "plan.closed", f"{year}-06-10", f"9/{year}/{n}/closed")


@pytest.fixture(scope="module")
def outcome(kafka: BrokerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Everything said, answered by one process."""
    story = Story()
    for check in (check_3, check_4, check_5, check_6, check_7, check_8, check_9, check_11):
        check(story)
    in_order = sorted(story.records, key=lambda record: record.timestamp_ms)
    with installation(kafka, tmp_path_factory.mktemp("checks")) as live:
        live.prefill([*in_order, *closing_records(in_order[-1].timestamp_ms + DAY_MS)])
        live.start_ready(1)
        live.wait_drained()
        assert live.stop() == [0]
        yield Outcome(story, live.log())


def test_check_3_afs_own_path_ends_by_the_day_of_the_event(outcome: Outcome) -> None:
    assert outcome.answer("3/last day") == "ACCEPTED"
    assert outcome.answer("3/first day without") == "REJECTED BR-01"
    assert outcome.answer("3/late") == "ACCEPTED"
    assert outcome.fact("3/first day without") is None


def test_check_4_a_meeting_in_the_wrong_order_is_warned_of_and_counted(outcome: Outcome) -> None:
    for label in ("4/AE before", "4/SP after"):
        assert outcome.answer(label) == "ACCEPTED_WITH_WARNING BR-16"
        fact = outcome.fact(label)
        assert fact is not None
        assert fact["flags"] == ["BR-16"]
    for label in ("4/AE after", "4/SP before"):
        assert outcome.answer(label) == "ACCEPTED"


def test_check_5_day_25_protects_and_day_26_does_not(outcome: Outcome) -> None:
    assert outcome.answer("5/day 25") == "ACCEPTED"
    assert outcome.answer("5/day 26") == "ACCEPTED_WITH_WARNING BR-22"
    cases = {label: _case(outcome, f"{label}/opened") for label in ("5/day 25", "5/day 26")}
    assert outcome.told("sgi_missed", cases["5/day 25"]) == 0
    assert outcome.told("sgi_missed", cases["5/day 26"]) == 2


def _case(outcome: Outcome, label: str) -> str:
    (receipt,) = outcome.receipts[outcome.story.ids[label]]
    return str(receipt["case_id"])


def test_check_6_a_fifth_in_a_programme_is_judged_by_date_kind_and_benefit(
    outcome: Outcome,
) -> None:
    assert outcome.answer("6/2018-10") == "REJECTED BR-08"
    assert outcome.answer("6/2018-05") == "ACCEPTED_WITH_WARNING BR-08"
    assert outcome.answer("6/2017") == "ACCEPTED"
    assert outcome.answer("6/decided") == "ACCEPTED_WITH_WARNING BR-08"
    assert outcome.told("intervention_below_quarter", _case(outcome, "6/decided")) == 2
    assert outcome.told("intervention_below_quarter", _case(outcome, "6/2018-10")) == 0
    assert outcome.answer("6/AE") == "ACCEPTED"


def test_check_7_a_closing_needs_an_outcome_from_2024(outcome: Outcome) -> None:
    assert outcome.answer("7/2024-01-01") == "REJECTED BR-30"
    assert outcome.answer("7/2023-12-31") == "ACCEPTED_WITH_WARNING BR-30"


@pytest.mark.parametrize(("n", "r"), REFUSALS)
def test_check_8_refusals_are_counted_without_identity(outcome: Outcome, n: int, r: int) -> None:
    """All n assessments count, n - r of them with a person; r refusals name nobody."""
    facts = [fact for found in outcome.facts.values() for fact in found]
    here = [fact for fact in facts if fact["unit"] == f"n{n}-r{r}"]
    assessments = [fact for fact in here if fact["fact"] == "meeting.assessment_completed"]
    assert len(assessments) == n
    assert sum(fact["unit_key"] is not None for fact in assessments) == n - r
    refusals = [
        fact
        for fact in here
        if fact["fact"] == "consent.recorded" and "refused" in str(fact["fields"]["purposes"])
    ]
    assert len(refusals) == r
    assert all(fact["unit_key"] is None and fact["unit_case"] is None for fact in refusals)


@pytest.mark.parametrize(("year", "unreported"), [("2022", 0), ("2023", LEAVING // 3)])
def test_check_9_stock_and_flow_close_unless_exits_are_missing(
    outcome: Outcome, tmp_path: Path, year: str, unreported: int
) -> None:
    for n in range(LEAVING):
        assert outcome.answer(f"9/{year}/{n}/started") == "ACCEPTED"
        assert outcome.answer(f"9/{year}/{n}/ended") == "ACCEPTED"
    control = _stock_and_flow(outcome, tmp_path, year)
    assert (control.left - control.right, control.fails) == (unreported, unreported > 0)


def _stock_and_flow(outcome: Outcome, store: Path, year: str) -> Control:
    """The first control of the extract of a year from the facts in the topic."""
    values = [
        record.value
        for (topic, _), records in sorted(outcome.log.items())
        if topic == FOLLOWUP
        for record in records
    ]
    last = date(int(year), 12, 31)
    with FactReader(store_of(store, values)) as reader:
        found = examine(reader, parse_period(year), parse_as_of(last.isoformat()), last)
    return found.controls[0]


def test_check_11_one_assessment_of_both_agencies_counts_once(outcome: Outcome) -> None:
    first, second = outcome.fact("11/both/fk"), outcome.fact("11/both/af")
    assert first is not None
    assert second is not None
    assert "confirms" not in first["fields"]
    assert second["fields"]["confirms"] == first["fact_id"]
    assert second["flags"] == ["BR-35"]


def test_check_11_two_rounds_count_twice_and_time_goes_to_the_latest_rounds_first(
    outcome: Outcome,
) -> None:
    """The sick case began 2023-05-02; the second assessment of round 2 is not its first."""
    facts = [outcome.fact(f"11/rounds/{n}") for n in (1, 2, 3)]
    assert all(fact is not None for fact in facts)
    one, two, three = (fact or {} for fact in facts)
    assert [fact["round_no"] for fact in (one, two, three)] == [1, 2, 2]
    assert not any("confirms" in fact["fields"] for fact in (one, two, three))
    assert one["unit_case"] == two["unit_case"]
    assert [f["fields"]["first_in_round"] for f in (one, two, three)] == [True, True, False]
    assert two["fields"]["benefit_days"] == 323
    assert three["flags"] == ["BR-39"]


def test_the_whole_log_keeps_the_laws(outcome: Outcome) -> None:
    assert violations(outcome.log) == []
