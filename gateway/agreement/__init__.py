"""The exchange agreement as data: load, validate, explain."""

from gateway.agreement.explain import in_words, meaning
from gateway.agreement.model import DEFAULT_FILE, Agreement, AgreementError, load

__all__ = ["DEFAULT_FILE", "Agreement", "AgreementError", "in_words", "load", "meaning"]
