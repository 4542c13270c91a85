"""The public calling board."""
