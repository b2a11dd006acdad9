"""Components: stages, one file each."""
