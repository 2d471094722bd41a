"""Reads over the records: lists for pages, and columns for the engine."""
