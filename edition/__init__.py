"""What is published, and the only code that opens it."""
