"""One extension of each kind for hetorch-heir."""
