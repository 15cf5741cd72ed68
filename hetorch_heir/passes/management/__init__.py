"""Levels, scales and ciphertext dimensions: keeping a graph within the rules of its scheme."""
