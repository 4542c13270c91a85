"""Like matters of several enterprises under one task."""
