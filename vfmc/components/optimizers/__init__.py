"""Components: optimizers, one file each."""
