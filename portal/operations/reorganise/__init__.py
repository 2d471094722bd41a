"""Divisions change (区划变更): from a concordance file, in one transaction, with a preview and an inverse.

plan says what a file means here and what must be settled first; perform carries it out, or rehearses it; undo takes it back.
"""

from portal.operations.reorganise.perform import Effects, ReorganisationRefused, preview, reorganise
from portal.operations.reorganise.undo import Undone, undo

__all__ = ["Effects", "ReorganisationRefused", "Undone", "preview", "reorganise", "undo"]
