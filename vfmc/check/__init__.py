"""Tree to Graph: names, calls, arguments, types, shapes."""
