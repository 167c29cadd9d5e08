"""Rules on who may say what: BR-01 (AF's own path), BR-43 (roles), BR-44 (sex and birth month)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.rules.situation import Situation, error, warning
from gateway.domain.state import Flag


def only_the_role_may_send(s: Situation) -> Iterator[Flag]:
    """BR-43: each type has its senders; AF opens a case only on its own, now closed, path."""
    agency = s.message.agency
    allowed = s.context.terms.may_send(agency, s.type_name)
    if allowed and s.type_name == "referral.initiated" and agency == "af":
        allowed = s.data.initiating_path == "af_initiated"
    if not allowed:
        yield error("BR-43", "source")


def asked_by_the_sender(s: Situation) -> Iterator[Flag]:
    """BR-43: an agency records the consents that it has asked for itself."""
    if s.data.asked_by != s.message.agency:
        yield error("BR-43", "data.asked_by", "asked_by_other_agency")


def af_path_is_closed(s: Situation) -> Iterator[Flag]:
    """BR-01: AF may initiate until 2019-05-14; from 2019-05-15 the person applies to FK."""
    closed_from = s.context.terms.dates.day("af_path_closed")
    if s.data.initiating_path == "af_initiated" and s.day >= closed_from:
        yield error("BR-01", "data.initiating_path")


def assessment_on_the_closed_path(s: Situation) -> Iterator[Flag]:
    """BR-01: an assessment on AF's own path counts, but is flagged when the path is closed."""
    opening = s.case.opening
    if (
        opening is not None
        and opening.initiating_path == "af_initiated"
        and s.day >= s.context.terms.dates.day("af_path_closed")
    ):
        yield warning("BR-01", "data.gk_id")


def sex_and_birth_month(s: Situation) -> Iterator[Flag]:
    """BR-44: without them the person is counted as "uppgift saknas"."""
    if s.data.sex is None:
        yield warning("BR-44", "data.sex")
    if s.data.birth_year_month is None:
        yield warning("BR-44", "data.birth_year_month")
