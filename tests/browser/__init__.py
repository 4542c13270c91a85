"""What people see: a real browser in front of the portal as it is really served."""
