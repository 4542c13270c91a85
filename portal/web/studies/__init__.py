"""Studies of what many enterprises raise."""
