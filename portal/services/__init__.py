"""The office's verbs: they load, ask the domain, record, and write the audit line; nobody commits here."""
