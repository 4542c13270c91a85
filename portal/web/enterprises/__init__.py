"""The enterprise files."""
