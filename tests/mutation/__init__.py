"""Mistakes made on purpose in every spec of the zoo. `python tests/mutants.py` runs them and prints the table."""
