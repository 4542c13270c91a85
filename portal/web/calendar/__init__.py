"""The rota calendar: a month, a year."""
