"""Pages of the street's self-evaluation: lists and settings, one street's, one facility's."""
