"""The rota: who serves when, why, and how fair it is."""
