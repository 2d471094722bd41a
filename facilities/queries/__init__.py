"""Reads of the registry: lists with the state of a day, and the ledgers of one facility as they stood on a day."""
