"""The life of a few persons as a state machine over the fold: anything may come at any time."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from gateway.domain.context import Tick
from gateway.domain.decide import decide
from gateway.domain.decision import Decision
from gateway.domain.room import HELD_PART
from gateway.domain.state import EMPTY
from tests.defaults import DEFAULTS
from tests.dsl import BO, Answer, Gateway

PERSONS = ("198104129815", BO)
OF_A_CASE = tuple(
    name for name in DEFAULTS if not name.startswith(("consent.", "status.", "referral.initiated"))
)


class Life(RuleBasedStateMachine):
    """Two persons, two rounds; the test language holds the laws after every record.

    What the machine adds: after a withdrawal nothing is delivered on the old consent (law 6), a
    state is always what a restart would make of it, and every wait comes to an end.
    """

    answers = Bundle("answers")

    @initialize()
    def begin(self) -> None:
        """A gateway that knows nobody."""
        self.gateway = Gateway()
        self.consents: dict[str, str] = {}
        self.withdrawn: dict[str, set[str]] = {person: set() for person in PERSONS}

    def _about(self, person: str) -> Gateway:
        self.gateway.person = person
        self.gateway.consent = self.consents.get(person)
        return self.gateway

    @rule(target=answers, person=st.sampled_from(PERSONS), statistics=st.booleans())
    def consent(self, person: str, statistics: bool) -> Answer:
        """A consent is given, with or without statistics."""
        purposes = [
            {"purpose": "information_exchange", "status": "given"},
            {
                "purpose": "statistics_personal_data",
                "status": "given" if statistics else "refused",
            },
        ]
        answer = self._about(person).send("consent.recorded", purposes=purposes)
        self.consents[person] = answer.message_id
        return answer

    @rule(person=st.sampled_from(PERSONS), agency=st.sampled_from(["fk", "af"]))
    def withdraw(self, person: str, agency: str) -> None:
        """It is withdrawn; nothing waits on it any more."""
        answer = self._about(person).consents("withdrawn", agency=agency)
        assert answer.status == "ACCEPTED"
        if person in self.consents:
            self.withdrawn[person].add(self.consents[person])
        waiting = {held.type_name.partition(".")[0] for held in self.gateway.state(person).held}
        assert waiting <= {"consent", "status"}

    @rule(
        target=answers,
        person=st.sampled_from(PERSONS),
        name=st.sampled_from(("referral.initiated", "referral.initiated", *OF_A_CASE)),
        agency=st.sampled_from([None, None, "fk", "af"]),
        round_no=st.sampled_from([1, 1, 2]),
    )
    def tell(self, person: str, name: str, agency: str | None, round_no: int) -> Answer:
        """A message of a case."""
        answer = self._about(person).send(name, agency, round_no=round_no)
        ground = answer.receipt["ground"]
        assert ground is None or ground["reference"] not in self.withdrawn[person]
        return answer

    @rule(
        target=answers,
        person=st.sampled_from(PERSONS),
        name=st.sampled_from(
            ["status.benefit_decided", "status.enrolled", "status.category_changed"]
        ),
    )
    def status(self, person: str, name: str) -> Answer:
        """A status message, on statute."""
        return self._about(person).send(name, consent_ref=None)

    @rule(answer=answers)
    def repeat(self, answer: Answer) -> None:
        """The same message again."""
        state = self._state_of(answer)
        again = self.gateway.again(answer)
        if again.duplicate:
            assert self._state_of(answer) == state

    @rule(answer=answers, round_no=st.sampled_from([None, 2]))
    def correct(self, answer: Answer, round_no: int | None) -> None:
        """A correction by the sender, perhaps into another round."""
        changes = {} if round_no is None else {"round_no": round_no}
        self._about(self._person_of(answer)).correct(answer, changes=changes)

    @rule(answer=consumes(answers), reason=st.sampled_from(["hande_inte", "dubblett"]))
    def void(self, answer: Answer, reason: str) -> None:
        """A void by the sender."""
        self._about(self._person_of(answer)).void(answer, reason=reason)

    @rule(days=st.sampled_from([0.01, 1, 7, 14, 100]))
    def wait(self, days: float) -> None:
        """Time passes, and what is due happens."""
        self.gateway.later(days=days).tick()

    @rule()
    def restart(self) -> None:
        """The process is killed and another takes over."""
        before = [self.gateway.state(person) for person in PERSONS]
        self.gateway.restart()
        assert [self.gateway.state(person) for person in PERSONS] == before

    def _person_of(self, answer: Answer) -> str:
        data = self.gateway.sent[answer.message_id][1]["data"]
        return str(data["person"]["personal_number"])

    def _state_of(self, answer: Answer) -> object:
        return self.gateway.state(self._person_of(answer))

    @invariant()
    def limits_hold(self) -> None:
        """Nothing waits for longer than agreed, and no more than may."""
        for person in PERSONS:
            state = self.gateway.state(person)
            assert len(state.held) <= 2 * HELD_PART
            for held in state.held:
                assert held.due <= held.held_until + 1
                assert held.due > self.gateway.now - 1 or held.decided_at == self.gateway.now
            if state is not EMPTY and state.next_due is not None:
                assert state.next_due > self.gateway.now

    @invariant()
    def nothing_happens_by_itself(self) -> None:
        """While nothing is due, working out the deadlines again changes nothing."""
        for person in PERSONS:
            state = self.gateway.state(person)
            context = self.gateway.context(person)
            assert decide(state, Tick(context.now), context) == Decision(state, ())

    def teardown(self) -> None:
        """At last nothing waits."""
        self.gateway.later(days=15).tick()
        assert all(self.gateway.state(person).held == () for person in PERSONS)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=30)
