"""Questions to the records: one noun a file, frozen rows out, one statement a list."""
