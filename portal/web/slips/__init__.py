"""Slips: drafted, numbered, signed, issued, received, printed."""
