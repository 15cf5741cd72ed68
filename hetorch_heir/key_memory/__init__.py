"""Evaluation keys in bounded memory: which keys are in memory when, planned before a program runs."""
