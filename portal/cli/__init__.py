"""Commands of the application, for the person who keeps the machine."""
