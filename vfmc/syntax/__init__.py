"""Reading and writing specs: two spellings, one Tree."""
