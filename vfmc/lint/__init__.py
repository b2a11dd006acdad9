"""The linter: rules over a checked spec, suppressions, configuration, fixes. It imports neither torch nor numpy."""
