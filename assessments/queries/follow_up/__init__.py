"""Reads of the half-yearly follow-up: its rules, what surveys found, the five sides of a facility, lists."""
