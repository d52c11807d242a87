"""Long fault drills, seeded: ``python -m drills`` runs them and writes ``docs/drills.md``."""
