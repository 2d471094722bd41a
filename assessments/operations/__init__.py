"""Writes: one function per use case. Each runs in one transaction unless it says otherwise."""

from assessments.operations import (
    checks,
    directories,
    discrepancies,
    evaluations,
    facts,
    recording,
    reminding,
    runs,
    samples,
    visits,
)

__all__ = [
    "checks",
    "directories",
    "discrepancies",
    "evaluations",
    "facts",
    "recording",
    "reminding",
    "runs",
    "samples",
    "visits",
]
