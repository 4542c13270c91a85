"""Matters: what enterprises raised, and where each of them stands."""
