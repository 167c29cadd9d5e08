"""One person's life as a state machine: every law after every step, ten thousand steps and more.

What agencies say is queued on its topic and arrives later, in any interleaving of the topics, each
topic's own order kept; in between messages are repeated, corrected, voided, consents withdrawn, the
process is killed, and time passes. The language of the tests holds laws 1, 2, 3, 6 and 7 for every
record (`gateway.domain.invariants`). The machine adds, after every step: what the statistics would
count is what the gateway remembers (8), rounds begun less rounds ended are those that are open (9),
nothing is delivered on a consent that was withdrawn (6); and at the end of a life: every record has
its final receipt (1), and the same records give the same bytes, however they are split (5).
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.domain.context import Tick
from gateway.domain.decide import decide
from gateway.domain.decision import Decision
from gateway.domain.records import Amendment, Closed, Initiated
from gateway.domain.state import EMPTY, Entry
from schemas.record import Record
from schemas.registry import BY_NAME
from tests.defaults import DEFAULTS
from tests.dsl import KEYS, Answer, Gateway
from tests.properties.messages import CHANGES

pytestmark = pytest.mark.unmeasured

#: Steps by Hypothesis profile: what CI and every `make test` runs, and what a night runs.
STEPS = {"dev": 10_000, "ci": 10_000, "long": 1_000_000}
STEPS_OF_A_LIFE = 100
TYPES = tuple(name for name in DEFAULTS if name != "consent.refusal_counted")
#: What is said otherwise than usual, where the type has the field.
SAID: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"outcome": None},
    {"outcome": "kvar_sp"},
    {"program": "none", "extent_fraction": 0.1},
    {"gk_id": "GK-2"},
    {"insats_id": "I-2", "category": "arbetsforberedande"},
    {"meeting_id": "O-2", "meeting_form": "overlamningsmote"},
    {"benefit": "sjukersattning", "decision": "avslag"},
    {"af_category": "arbetssokande_med_forhinder"},
    {"has_sgi": False, "last_day_with_sp": None},
    {"sgi_case_id": "G-2"},
    {"sex": None, "birth_year_month": None},
    {
        "attendees": ["individ"],
        "meetings": [{"held_at": "DAY", "channel": "okand", "attendees": []}],
    },
    {"event_at": "2024-01-02"},
    {"event_at": "2030-01-01"},
)
STATUSES = ("given", "given", "refused")
FINAL = {"ACCEPTED", "ACCEPTED_WITH_WARNING", "REJECTED", "EXPIRED", "WITHHELD"}


class Steps:
    """How many steps all lives of this run have taken."""

    taken = 0


class OnePerson(RuleBasedStateMachine):
    """The agencies, what is under way on their topics, and the gateway."""

    @initialize(consented=st.booleans(), opened=st.booleans())
    def begin(self, consented: bool, opened: bool) -> None:
        """A gateway that knows nobody; mostly something is under way already."""
        self.gateway = Gateway()
        self.topics: dict[str, deque[dict[str, Any]]] = {}
        self.answers: list[Answer] = []
        self.consents: list[str] = []
        self.withdrawn: set[str] = set()
        self.moments: list[tuple[str, Any]] = []
        self.latest: dict[str, dict[str, Any]] = {}
        self.read = 0
        if consented:
            self._consent("fk", "given", "given")
        if opened:
            self._say("referral.initiated", None, {}, 0, 1)
            self._say("meeting.assessment_completed", None, {}, 0, 1)

    # -- what is said is under way on its topic

    def _queue(self, event: dict[str, Any]) -> None:
        agency = event["source"].split(":")[2]
        family = event["type"].split(".")[2]
        self.topics.setdefault(f"{agency}.out.{family}", deque()).append(event)

    def _consent(self, agency: str, exchange: str, statistics: str) -> None:
        purposes = [
            {"purpose": "information_exchange", "status": exchange},
            {"purpose": "statistics_personal_data", "status": statistics},
        ]
        event = self.gateway.event("consent.recorded", agency, purposes=purposes)
        self.consents.append(event["id"])
        self._queue(event)

    def _say(
        self, name: str, agency: str | None, said: dict[str, Any], consent: int, round_no: int
    ) -> None:
        fields = BY_NAME[name].model.model_fields
        known = {field.alias or field_name for field_name, field in fields.items()}
        data = {field: value for field, value in said.items() if field in known}
        self.gateway.consent = (
            self.consents[consent % len(self.consents)] if self.consents else None
        )
        self._queue(self.gateway.event(name, agency, round_no=round_no, **data))

    @rule(agency=st.sampled_from(["fk", "af"]), exchange=st.sampled_from(STATUSES))
    def consent(self, agency: str, exchange: str) -> None:
        """The person says something of the exchange."""
        Steps.taken += 1
        self._consent(agency, exchange, "given" if exchange == "given" else "refused")

    @rule(
        name=st.sampled_from(TYPES),
        agency=st.sampled_from([None, None, None, "fk", "af"]),
        said=st.sampled_from(SAID),
        consent=st.integers(0, 3),
        round_no=st.sampled_from([1, 1, 1, 2]),
    )
    def say(
        self, name: str, agency: str | None, said: dict[str, Any], consent: int, round_no: int
    ) -> None:
        """An agency says something; it is under way."""
        Steps.taken += 1
        self._say(name, agency, said, consent, round_no)

    @precondition(lambda self: self.answers)
    @rule(
        place=st.integers(0, 40),
        amends=st.sampled_from(["void", "void", *CHANGES]),
        agency=st.sampled_from([None, None, "fk", "af"]),
    )
    def amend(self, place: int, amends: Any, agency: str | None) -> None:
        """A correction or void of what was said; it is under way."""
        Steps.taken += 1
        target = self.answers[place % len(self.answers)].message_id
        topic, original = self.gateway.sent[target]
        if "case_id" not in original["data"]:
            return
        body: dict[str, Any] = {"case_id": original["data"]["case_id"]}
        if amends == "void":
            name, more = "voided", {"voids": target, "reason": "hande_inte"}
        else:
            changed = {**original["data"], **amends}
            replacement = {field: value for field, value in changed.items() if value is not None}
            name = "corrected"
            more = {"corrects": target, "reason": "fel_uppgift", "replacement": replacement}
        family = topic.rpartition(".")[2]
        if family != "consent":
            self._queue(self.gateway.event(f"{family}.{name}", agency or topic[:2], **body, **more))

    # -- it arrives

    @precondition(lambda self: any(self.topics.values()))
    @rule(place=st.integers(0, 11), count=st.sampled_from([1, 1, 2, 4]))
    def arrive(self, place: int, count: int) -> None:
        """The next records of one of the topics arrive, whatever is under way on the others."""
        Steps.taken += 1
        waiting = sorted(topic for topic, queue in self.topics.items() if queue)
        topic = waiting[place % len(waiting)]
        for _ in range(min(count, len(self.topics[topic]))):
            self.gateway.later(seconds=1)
            self._took(self.gateway.put(topic, self.topics[topic].popleft()))

    def _took(self, answer: Answer) -> None:
        self.answers.append(answer)
        self.moments.append(("record", self.gateway.records[-1]))
        ground = answer.receipt["ground"]
        assert ground is None or ground["reference"] not in self.withdrawn, "law 6"

    @rule(agency=st.sampled_from(["fk", "af"]))
    def withdraw(self, agency: str) -> None:
        """The consent is withdrawn, at once; nothing may be delivered on an earlier one."""
        Steps.taken += 1
        answer = self.gateway.consents("withdrawn", agency=agency)
        self.moments.append(("record", self.gateway.records[-1]))
        assert answer.status == "ACCEPTED"
        arrived = {reply.message_id for reply in self.answers}
        self.withdrawn |= arrived & set(self.consents)
        waiting = {held.type_name.partition(".")[0] for held in self.gateway.state().held}
        assert waiting <= {"consent", "status"}

    @precondition(lambda self: self.answers)
    @rule(place=st.integers(0, 40), other=st.booleans())
    def repeat(self, place: int, other: bool) -> None:
        """A record comes again; with other content it is a conflict, or new after a refusal."""
        Steps.taken += 1
        answer = self.answers[place % len(self.answers)]
        # What waits may be due within that second; then the record before it has an effect.
        self.gateway.later(seconds=1).tick()
        self.moments.append(("tick", self.gateway.now))
        before = self.gateway.state()
        again = self.gateway.again(answer, **({"unit": "other-unit"} if other else {}))
        self.moments.append(("record", self.gateway.records[-1]))
        wanted = UUID(answer.message_id).bytes
        known = {k.message_id: k.content for k in (*before.held, *before.entries)}.get(wanted)
        if known is not None:
            assert self.gateway.state() == before, "law 3"
            assert again.deliveries == []
            same = known.hex() == again.receipt["content_sha256"]
            assert again.duplicate if same else again.codes == ["id.conflict"]

    # -- time, and processes

    @rule(days=st.sampled_from([0.01, 1, 7, 14, 40, 100]))
    def wait(self, days: float) -> None:
        """Time passes, and what is due happens."""
        Steps.taken += 1
        self.gateway.later(days=days).tick()
        self.moments.append(("tick", self.gateway.now))

    @rule()
    def restart(self) -> None:
        """The process is killed and another takes over, with what was committed."""
        Steps.taken += 1
        before = self.gateway.state()
        self.gateway.restart()
        assert self.gateway.state() == before

    # -- laws

    @invariant()
    def the_statistics_count_what_is_remembered(self) -> None:
        """Laws 8 and 9: the facts that stand are the messages that stand, and so is the stock."""
        for out in self.gateway.log[self.read :]:
            if out.topic == "followup.events":
                fact = orjson.loads(out.value)["data"]
                if not fact["fact"].startswith("quality."):
                    earlier = self.latest.get(fact["fact_id"])
                    assert earlier is None or earlier["revision"] < fact["revision"]
                    self.latest[fact["fact_id"]] = fact
        self.read = len(self.gateway.log)
        facts = [fact for fact in self.latest.values() if not fact["voided"]]
        entries = [entry for entry in self.gateway.state().entries if entry.effective]
        said = [entry for entry in entries if not isinstance(entry.record, Amendment)]
        assert Counter(f["fact"] for f in facts) == Counter(e.type_name for e in said), "law 8"
        begun = {(_case(e), e.round_no) for e in said if isinstance(e.record, Initiated)}
        ended = {(_case(e), e.round_no) for e in said if isinstance(e.record, Closed)}
        rounds = [f for f in facts if f["fact"] in {"referral.initiated", "plan.closed"}]
        if all(fact["unit_case"] is not None for fact in rounds):
            starts = {_round(fact) for fact in rounds if fact["fact"] == "referral.initiated"}
            ends = {_round(fact) for fact in rounds if fact["fact"] == "plan.closed"}
            assert starts - ends == begun - ended, "law 9"

    @invariant()
    def time_has_done_what_was_due(self) -> None:
        """No wait and no deadline lies in the past, and working them out again changes nothing."""
        state = self.gateway.state()
        if state is not EMPTY and state.next_due is not None:
            assert state.next_due > self.gateway.now
        context = self.gateway.context(self.gateway.person)
        assert decide(state, Tick(context.now), context) == Decision(state, ())

    def teardown(self) -> None:
        """The rest arrives, every wait ends, and the whole is played again in one process."""
        if not hasattr(self, "gateway"):
            return
        for topic, queue in sorted(self.topics.items()):
            while queue:
                self.gateway.later(seconds=1)
                self._took(self.gateway.put(topic, queue.popleft()))
        self.gateway.later(days=60).tick()
        self.moments.append(("tick", self.gateway.now))
        assert self.gateway.state().held == ()
        receipts = self._receipts()
        repeated = sum(duplicate for _, duplicate in receipts)
        finals = [
            (data["topic"], data["partition"], data["offset"])
            for data, duplicate in receipts
            if data["status"] in FINAL and not duplicate
        ]
        assert len(finals) == len(set(finals)), "law 1"
        assert len(finals) + repeated == len(self.gateway.records), "law 1"
        again = Gateway()
        for kind, what in self.moments:
            if kind == "tick":
                again.now = what
                again.tick()
            else:
                _retake(again, what)
        assert again.log == self.gateway.log, "law 5"

    def _receipts(self) -> list[tuple[dict[str, Any], bool]]:
        return [
            (orjson.loads(out.value)["data"], ("gw-duplicate", b"true") in out.headers)
            for out in self.gateway.log
            if out.topic.endswith(".receipts")
        ]


def _case(entry: Entry) -> str:
    return KEYS.statistics_pseudonym("case", entry.case_id or "")


def _round(fact: dict[str, Any]) -> tuple[str | None, int]:
    return fact["unit_case"], fact["round_no"]


def _retake(gateway: Gateway, record: Record) -> None:
    gateway.take(
        record.topic,
        record.value,
        record.key,
        record.headers,
        timestamp_ms=record.timestamp_ms,
    )


@pytest.mark.timeout(7200)
def test_every_law_holds_after_every_step_of_a_life(request: pytest.FixtureRequest) -> None:
    """The number of steps stands in the JUnit report of the run, as the property `steps`."""
    wanted = STEPS[settings.get_current_profile_name()]
    Steps.taken = 0
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # Hypothesis leaves it untyped
        OnePerson,
        settings=settings(
            # Lives end before their last step: with 14 for 10 one run in a hundred had too few.
            max_examples=wanted * 17 // 10 // STEPS_OF_A_LIFE,
            stateful_step_count=STEPS_OF_A_LIFE,
            suppress_health_check=list(HealthCheck),
        ),
    )
    request.node.user_properties.append(("steps", Steps.taken))
    assert Steps.taken >= wanted
