"""The ledgers of a facility as the API shows them. The resource itself, with its tier, is in `assessments.api`."""
