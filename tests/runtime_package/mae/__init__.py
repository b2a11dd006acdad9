"""A masked autoencoder of 8 x 8 pictures in four patches, in the form the compiler generates, written by
hand.
"""
