"""Random texts for the readers, the formatter and the fixer. `python tests/fuzz.py` runs as many as it is told to."""
