"""Facilities with their tier, runs, and verdicts with their findings."""
