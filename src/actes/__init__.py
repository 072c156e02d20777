"""Actes: standardized studies on validated data, published as a proceedings book."""

__version__ = "0.1.0"
