"""Components: tokenizers, one file each."""
