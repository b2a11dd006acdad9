"""Where the DSL can hold comments, and where those go that stand elsewhere."""

from vfmc.syntax.tree import Tree


def placed(tree: Tree) -> Tree:
    return tree
