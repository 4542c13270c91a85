"""What enterprises wrote in their own window, for those who answer it."""
