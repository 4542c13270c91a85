"""What the calendar packages know, in the words of the domain."""
