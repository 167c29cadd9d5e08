"""Every kept case gets its right answer from Python, the express lane and `samverkan check`.

The fourth way, a process on a real broker, is tests/kafka/test_cases_live.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.express.lane import open_lane
from gateway.shell.express_fold import ExpressFold
from gateway.shell.fold import Fold
from tests import kept
from tests.comparable import COMPARE
from tests.dsl import KEYS, Answer, Gateway, put_example
from tests.express.lanes import tables
from tests.kept import Answered, Outcome, answered, files, judge, messages_of

ROOT = Path(__file__).parents[2]


class PythonGateway(Gateway):
    """Decides in Python alone."""

    def _fold(self, partition: int) -> Fold:
        return Fold(partition, self._codec, self.agreement, KEYS)


class LaneFold(ExpressFold):
    """The fold of a process with its lane, whose transaction is handed over as records."""

    def drain(self) -> Sequence[Any]:
        """All that the transaction holds."""
        self.settle()
        written = list(self.records())
        self.forget()
        return written


class LaneGateway(Gateway):
    """Decides as a process with an express lane does: the lane first, Python what it declines."""

    def _fold(self, partition: int) -> Fold:
        lane = open_lane(tables())
        return LaneFold(partition, self._codec, self.agreement, KEYS, lane=lane)


def notices_of(answers: Sequence[Answer], gateway: Gateway) -> Counter[tuple[str, str]]:
    written = [out for out in gateway.log if out.topic.endswith(".in.notice")]
    assert answers
    kinds = (orjson.loads(out.value)["type"].removeprefix("se.samverkan.") for out in written)
    return Counter(zip(kinds, (out.topic[:2] for out in written), strict=True))


def outcome(gateway: Gateway, file: Path) -> Outcome:
    answers = [put_example(gateway, message) for message in messages_of(file)]
    own = tuple(answered(answer.receipt) for answer in answers)
    return Outcome(own, notices_of(answers, gateway))


def test_each_case_gets_its_answer_from_python():
    judge({file: outcome(PythonGateway(), file) for file in files()})


def test_each_case_gets_its_answer_where_the_express_lane_is_used():
    judge({file: outcome(LaneGateway(), file) for file in files()})


def test_each_case_gets_its_answer_from_both_with_the_same_bytes():
    judge({file: outcome(Gateway(), file) for file in files()})


def checked(file: Path) -> Outcome:
    # A comparison's own variable is no setting of the gateway.
    arguments, env = ["check", "--format", "json", str(file)], {COMPARE: None}
    shown = CliRunner().invoke(app, arguments, env=env)
    verdicts = json.loads(shown.stdout)["verdicts"]
    assert shown.exit_code == int(any(one["status"] == "REJECTED" for one in verdicts))
    notices = Counter(
        (notice["type"], notice["topic"][:2]) for one in verdicts for notice in one["notices"]
    )
    return Outcome(tuple(answered(one) for one in verdicts), notices)


def test_each_case_gets_its_answer_from_samverkan_check():
    judge({file: checked(file) for file in files()})


def test_every_number_of_the_catalogue_is_kept_or_says_where_it_is_shown():
    there = {file.name[:2] for file in files()}
    assert there | set(kept.WITHOUT_MESSAGE) | kept.LATER == kept.NUMBERS
    assert all((ROOT / place).is_file() for place in kept.WITHOUT_MESSAGE.values())


def test_a_case_that_is_answered_otherwise_or_not_at_all_is_found():
    right = {file: outcome(PythonGateway(), file) for file in files()}
    wrong = Answered("EXPIRED", (), ())
    for file, found in right.items():
        with pytest.raises(AssertionError, match=f"{file.name}: was not tried"):
            judge({one: other for one, other in right.items() if one != file})
        with pytest.raises(AssertionError, match=f"{file.name} #1"):
            judge({**right, file: found._replace(answers=(wrong, *found.answers[1:]))})
        with pytest.raises(AssertionError, match=f"{file.name}: {len(found.answers)} messages"):
            judge({**right, file: found._replace(answers=found.answers[:-1])})


def test_each_of_the_four_ways_judges_every_case():
    """A way that is taken out, or that judges fewer files, is seen."""
    ways = {
        "tests/domain/test_kept_cases.py": 3,
        "tests/kafka/test_cases_live.py": 1,
    }
    for place, least in ways.items():
        text = (ROOT / place).read_text(encoding="utf-8")
        assert text.count("    judge({file: ") >= least, place
