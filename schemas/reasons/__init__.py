"""The closed catalogue of reasons, by code."""

from schemas.reasons.catalogue import CATALOGUE, RULES, catalogue_of, finding, render
from schemas.reasons.row import Finding, Reason, Severity, Texts

__all__ = [
    "CATALOGUE",
    "RULES",
    "Finding",
    "Reason",
    "Severity",
    "Texts",
    "catalogue_of",
    "finding",
    "render",
]
