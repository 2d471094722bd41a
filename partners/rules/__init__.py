"""Pure rules of this app: codes, scoring, the life from application to exit, money in whole 分. No database, no clock."""
