"""Writes: one function per use case. Each runs in one transaction unless it says otherwise."""

from assessments.operations import facts, runs

__all__ = ["facts", "runs"]
