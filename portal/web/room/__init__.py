"""The room on a reception day."""
