"""Name what a study leaves in the outputs of its notebook: a result, and what it began with."""

__all__ = ["BEGIN", "RESULT"]

RESULT = "application/vnd.actes.result+json"
BEGIN = "application/vnd.actes.begin+json"
