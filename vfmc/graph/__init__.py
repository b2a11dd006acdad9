"""The intermediate representation: modules, values, scopes; its dump and its verifier."""

from vfmc.graph.ir import Follow, Graph, Module, Scope, Term, Value

__all__ = ["Follow", "Graph", "Module", "Scope", "Term", "Value"]
