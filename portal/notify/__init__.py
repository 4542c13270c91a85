"""Letters and messages that leave the portal."""
