"""Rules on the way to and out of the assessment: BR-02, BR-03, BR-05 and BR-41."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.domain.rules.situation import Situation, hold, warning
from gateway.domain.state import Flag

#: Benefits that Försäkringskassan pays; without any of them the person has to apply (BR-03).
FK_BENEFITS: Final = frozenset(
    {
        "sjukpenning",
        "sjukpenning_sarskilda_fall",
        "rehabiliteringspenning",
        "rehabiliteringspenning_sarskilda_fall",
        "aktivitetsersattning_nedsatt_arbetsformaga",
        "aktivitetsersattning_forlangd_skolgang",
        "sjukersattning",
    }
)


def need_is_assessed(s: Situation) -> Iterator[Flag]:
    """BR-02: from the end of 2023 FK has assessed the need before it calls."""
    if s.day < s.context.terms.dates.day("revised_way_of_working"):
        return
    if s.case.exists and not any(opened.need_assessed for _, opened in s.case.initiations):
        yield warning("BR-02", "data.kallelse_at")


def application_without_benefit(s: Situation) -> Iterator[Flag]:
    """BR-03: a person without a benefit from FK applies, normally with a certificate.

    AF's own path (BR-01) needed no application while it was open.
    """
    if s.data.initiating_path == "af_initiated":
        return
    if FK_BENEFITS & {period.benefit for period in s.data.benefits}:
        return
    if s.data.application_at is None:
        yield hold("BR-03", "data.application_at")
    elif not s.data.certificate_present:
        yield warning("BR-03", "data.certificate_present", "certificate")


def ends_with_a_plan(s: Situation) -> Iterator[Flag]:
    """BR-05: an assessment ends with a plan or a next step, for everyone from the end of 2023.

    Before that a plan was asked for only where interventions follow.
    """
    if s.data.plan_id is not None or s.data.next_step is not None:
        return
    for_everyone = s.day >= s.context.terms.dates.day("revised_way_of_working")
    if for_everyone or s.data.conclusion == "plan_af_insats":
        yield warning("BR-05", "data.plan_id")


def support_for_employers(s: Situation) -> Iterator[Flag]:
    """BR-41: consultative support goes to the employer of somebody who is employed."""
    opening = s.case.opening
    if (
        s.data.conclusion == "arbetsgivarstod_konsultativt"
        and opening is not None
        and opening.employment != "anstalld"
    ):
        yield warning("BR-41", "data.conclusion")
