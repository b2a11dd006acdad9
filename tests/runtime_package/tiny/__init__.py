"""A small package in the form the compiler generates, written by hand: CLIP with a momentum teacher of its
image tower.
"""
