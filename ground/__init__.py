"""What every room stands on: how a value is written into SQL, how a file is written whole, and how a figure is printed. Knows nothing of the rest."""
