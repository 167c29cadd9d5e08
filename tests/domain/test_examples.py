"""The contract's own examples, in order, through the core."""

from __future__ import annotations

import pytest

from tests.dsl import Gateway, all_examples, example, put_example


@pytest.fixture(scope="module")
def answers():
    gateway = Gateway()
    return {name: put_example(gateway, example(name)) for name in all_examples()}


@pytest.mark.parametrize("name", all_examples())
def test_every_example_gets_the_expected_status_and_codes(answers, name):
    expect = example(name)["expect"]
    receipt = answers[name].receipts[0]
    codes = [reason["code"] for reason in receipt["reasons"]]
    assert receipt["status"] == expect["status"], receipt
    for code in set(expect["codes"]):
        assert codes.count(code) >= expect["codes"].count(code), receipt
    if receipt["status"] == "ACCEPTED":
        assert codes == []


@pytest.mark.parametrize("name", all_examples())
def test_accepted_examples_reach_the_other_agency_byte_for_byte_and_others_nobody(answers, name):
    content = example(name)
    delivered = [out.topic for out in answers[name].deliveries]
    sender, _, family = content["topic"].partition(".out.")
    receiver = "af" if sender == "fk" else "fk"
    accepted = answers[name].receipts[0]["status"].startswith("ACCEPTED")
    if accepted and not answers[name].duplicate:
        assert delivered == [f"{receiver}.in.{family}"]
        assert content["key"].encode() == answers[name].deliveries[0].key
    else:
        assert delivered == []
