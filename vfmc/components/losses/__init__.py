"""Components: losses, one file each."""
