"""The vocabulary: one file a component."""
