"""Components: masks, one file each."""
