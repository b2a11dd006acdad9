"""Optimisations: one file each, `run(graph) -> (graph, entries)`."""
