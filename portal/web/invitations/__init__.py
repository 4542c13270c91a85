"""What an invited unit answers."""
