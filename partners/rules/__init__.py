"""Pure rules of this app: no database, no clock, whole 分 throughout."""
