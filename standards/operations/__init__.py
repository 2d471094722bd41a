"""Writes: publishing documents and standards from their files, and a district's ruling on a reading."""

from standards.operations.loading import Loaded, LoadRefused, load
from standards.operations.rulings import RulingRefused, rule_on_reading

__all__ = ["LoadRefused", "Loaded", "RulingRefused", "load", "rule_on_reading"]
