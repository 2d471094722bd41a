"""A facility's file on paper: A4, Chinese type of its own, page numbers, the clause beside each criterion."""
