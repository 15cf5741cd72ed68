"""Lowering of ``hetorch`` modules to the dialects that HEIR compiles."""
