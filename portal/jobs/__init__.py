"""Work with no person in front of it: reminders that have come due, and mail that waits."""
