"""Tests that police the house: what every new page, table and module has to keep to, and what to do when it does not."""
