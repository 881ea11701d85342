"""What is published, and the only code that opens it: which edition is in force, what lies in it, and who reads it what for."""
