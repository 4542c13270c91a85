"""Meetings about open matters: planned, their agenda, what they decided."""
