"""Writes: one function per use case, one transaction and one act each."""
