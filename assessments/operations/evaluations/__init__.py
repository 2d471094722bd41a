"""The way of a self-evaluation: opened, filled in, signed and filed, received, returned, registered, reminded of."""

from assessments.operations.evaluations import filing, filling, nightly, opening

__all__ = ["filing", "filling", "nightly", "opening"]
