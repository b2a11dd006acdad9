"""Components: ops, one file each."""
