"""Components: sources, one file each."""
