"""What every room stands on: how a value is written into SQL, and how a file is written whole. Knows nothing of the rest."""
