"""The half-yearly follow-up: opened by beat, concluded by the district; orders and what becomes of an item."""
