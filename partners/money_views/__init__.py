"""Pages of the money ledgers (M7, M12): funds, payments, space for service, operating balance."""
