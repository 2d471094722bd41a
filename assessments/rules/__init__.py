"""Pure parts of a quarter: its dates, how facts are packed and hashed, and the cheapest path to the next tier."""
