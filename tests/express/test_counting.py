"""A session in which comparing was wanted, and none took place, fails."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.dsl import Gateway
from tests.express.counting import vain
from tests.express.lanes import tables
from tests.twin import COUNTED


@pytest.mark.parametrize(
    ("counted", "failed"),
    [({"wanted": 1}, True), ({"wanted": 1, "compared": 1}, False), ({}, False)],
)
def test_wanting_a_comparison_and_making_none_has_failed(counted: dict[str, int], failed: bool):
    assert vain(Counter(counted)) is failed


def test_what_a_gateway_of_the_tests_takes_is_compared_and_counted():
    tables()
    before = Counter(COUNTED)
    Gateway().consented()
    more = COUNTED - before
    assert more["compared"] > 0
    assert 0 < more["taken"] <= more["wanted"]
