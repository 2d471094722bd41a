"""Reads: facts from the ledgers, explanations, lists and summaries. Nothing here writes."""
