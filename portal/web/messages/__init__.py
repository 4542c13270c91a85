"""Messages: everybody's own list, and what became of every one."""
