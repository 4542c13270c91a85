"""Units' opinions asked before the day."""
