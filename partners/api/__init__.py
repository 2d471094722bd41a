"""Projects, partners and charity money of a facility as the API shows them (see `assessments.api` for the resource)."""
