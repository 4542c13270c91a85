"""What the administrators and the office keep: accounts, units, leaders, categories, settings, calendar."""
