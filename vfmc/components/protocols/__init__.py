"""Components: protocols, one file each."""
