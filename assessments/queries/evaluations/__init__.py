"""Self-evaluations: the settings that hold, one facility and one street as pages show them, the district's view of all."""
