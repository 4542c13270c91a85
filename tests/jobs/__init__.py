"""Tests of the work with no person in front of it."""
