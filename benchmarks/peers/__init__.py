"""Compilers side by side: each compiles a network in a process of its own, and says what it took."""
