"""Quarters, as every app counts them (`tenants.quarters`)."""

from tenants.quarters import SHANGHAI, Quarter

__all__ = ["SHANGHAI", "Quarter"]
