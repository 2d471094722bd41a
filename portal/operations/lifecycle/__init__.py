"""A facility's life, step by step: proposed, rehearsed, confirmed, carried out in one transaction, taken back."""

from portal.operations.lifecycle.deciding import abandon, confirm, needs_a_second, propose, undo, undoable_until
from portal.operations.lifecycle.rehearsal import Rehearsal, rehearse

__all__ = ["Rehearsal", "abandon", "confirm", "needs_a_second", "propose", "rehearse", "undo", "undoable_until"]
