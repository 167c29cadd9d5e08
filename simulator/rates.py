"""How often what happens in the reconstructed year. Shares are 0-1 of what the name's text says.

The report on 2024 prints few of these; where it prints none, the value is chosen so that every
kind of message, and every kind of fault that the reports name, occurs often enough to be seen.
Nothing here moves a figure of the printed tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares (0-1), each of what the comment above its group names."""

    # of the persons; "order of one in a hundred" refuse (domain digest, 16)
    statistics_refused: float = 0.008  # low enough for both ways of reading the shares of 2024-T2
    statistics_refused_young: float = 0.0025  # with aktivitetsersättning: the same reason
    statistics_refused_elsewhere: float = 0.01  # contact meetings, refusals, cases of 2023
    coordination_number: float = 0.005  # samordningsnummer instead of personnummer
    # of the joint assessments
    benefit_decided: float = 0.06
    answered: float = 0.25
    confirmed: float = 0.15
    second_round: float = 0.004
    outside_period: float = 0.045  # the benefit has ended before the assessment (2024-T1 fn 9)
    outside_period_young_women: float = 0.06  # so that both sexes print 1 127 days
    outside_period_young_men: float = 0.026
    never_assessed: float = 0.04  # needs on top that lead to no assessment within the year
    queued: float = 0.30  # a queue before the call: capacity, care or employer
    late_weeks: float = 0.05  # registered 8-25 days after it was held
    late_months: float = 0.03  # 40-100 days after, beyond the gateway's limit of 30
    assessment_corrected: float = 0.004
    assessment_voided: float = 0.003  # wrong persons on top, taken back later
    # of the assessments without intervention, and of those for another actor
    left_open: float = 0.05  # the round is not closed: what follow-up reminders are for
    handed_over: float = 0.35
    # of the interventions
    plan_set: float = 0.30
    proposed: float = 0.12
    moved: float = 0.05  # from a preparing to a work-oriented one
    plan_revised: float = 0.12  # of the follow-ups
    follow_up_missed: float = 0.02  # of the intervals between follow-ups: longer than the 90 days
    # of the closings
    closing_confirmed: float = 0.15
    closing_late: float = 0.02  # registered 31-75 days after
    closing_corrected: float = 0.004  # first sent with the other outcome
    no_development: float = 0.30  # of those remaining: a follow-up just before says why
    partly: float = 0.25  # of those regained: they leave the insurance in part
    reported_after_90_days: float = 0.10
    # of the refusals without a meeting
    offered: float = 0.14  # and declined, or not answered
    asked_without_offer: float = 0.17  # of those without an offer: consent all the same
    first_application: float = 0.03  # on top: refusals that no meeting is offered on
    before_day_180: float = 0.02  # of those with sjukpenning
    refusal_voided: float = 0.002  # on top, taken back later
    # of the meetings held
    meeting_confirmed: float = 0.20
    contact_declined: float = 0.10  # declined offers on top
    # SGI cases: of the meetings with sjukpenning, of the offers declined by persons who neither go
    # back to work nor are enrolled, and of those with consent but without an offer
    sgi_after_meeting: float = 0.60
    sgi_after_decline: float = 0.80
    sgi_without_offer: float = 0.30
    # of the SGI cases
    without_sgi: float = 0.05
    sgi_at_risk: float = 0.06
    sgi_late: float = 0.06  # of those without a meeting: enrolled after the 25 days
    sgi_never: float = 0.10  # of those without a meeting: not enrolled at all
    # of the stories, each disorder on its own stories
    early: float = 0.025  # a message overtakes the one it needs: HELD, then released
    corrected: float = 0.002  # per family besides the assessments
    voided: float = 0.002  # per family besides the assessments
    # of all messages
    duplicated: float = 0.007
    wrong: float = 0.005
    binary_mode: float = 0.03
    # what the reconstructed year has none of, for random years; 0 draws nothing from the source
    statistics_withdrawn: float = 0.0  # of the ordinary stories: consent to statistics, midway
    outcome_unknown: float = 0.0  # of the closings after interventions: "ingen uppgift"
    described: float = 0.0  # of the openings: country of birth, education, disability
    met_early: float = 0.0  # of the meetings with sjukpenning: about a refusal before day 180
    recategorised: float = 0.0  # of the interventions: another category at AF meanwhile
    introduced: float = 0.0  # of the interventions: arbetslivsintroduktion
    closed_before: float = 0.0  # on top of the printed closings: as many in the year before
    closed_as_stale: float = 0.0  # of the rounds left open: closed for order's sake
    # per kind, on persons of their own
    troubled_persons: float = 0.0008  # of the assessments: consent refused, withdrawn, and so on
