"""Figures with their formulas."""
