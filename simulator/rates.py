"""How often what happens in the reconstructed year. Shares are 0-1 of what the name's text says.

The report on 2024 prints few of these; where it prints none, the value is chosen so that every
kind of message, and every kind of fault that the reports name, occurs often enough to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares (0-1), each of what the comment above its group names."""

    # of the persons
    statistics_refused: float = 0.01  # "order of one in a hundred" refuse (domain digest, 16)
    coordination_number: float = 0.005  # samordningsnummer instead of personnummer
    # of the joint assessments
    benefit_decided: float = 0.40
    answered: float = 0.85
    confirmed: float = 0.70
    second_round: float = 0.004
    late_weeks: float = 0.05  # registered 8-25 days after it was held
    late_months: float = 0.03  # 40-100 days after, beyond the gateway's limit of 30
    assessment_corrected: float = 0.004
    assessment_voided: float = 0.003  # wrong persons on top, taken back later
    # of the assessments that end with a plan, of these plans, and of those for another actor
    plan_set: float = 0.46
    intervention: float = 0.45
    handed_over: float = 0.25
    # of the interventions
    proposed: float = 0.40
    followed_up: float = 0.35
    closed: float = 0.30
    # of the transition meetings held
    offer_declined: float = 0.10  # declined offers on top
    enrolled_after: float = 0.77  # (1 025 + 82) / 1 440, domain digest 16
    meeting_confirmed: float = 0.20
    sgi_opened: float = 0.25  # of those with sjukpenning
    # of the SGI cases
    sgi_missed: float = 0.05
    sgi_at_risk: float = 0.08
    # of the stories, each disorder on its own stories
    early: float = 0.015  # a message overtakes the one it needs: HELD, then released
    corrected: float = 0.002  # per family besides the assessments
    voided: float = 0.002  # per family besides the assessments
    # of all messages
    duplicated: float = 0.010
    wrong: float = 0.008
    binary_mode: float = 0.03
    # per kind, on persons of their own
    troubled_persons: float = 0.0008  # of the assessments: consent refused, withdrawn, and so on
