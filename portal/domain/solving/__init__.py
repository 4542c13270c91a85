"""The rota solved exactly: who takes which place on which day, with the proof that it cannot be done more fairly."""
