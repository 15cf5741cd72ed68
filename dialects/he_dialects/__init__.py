"""xDSL dialects for homomorphic encryption: ``hetorch``, and those of HEIR that it lowers to.

The package needs xdsl alone. Its dialects are loaded one by one when they are asked for, through
:data:`he_dialects.universe.UNIVERSE`, which ``xdsl-opt`` finds as a plug-in.
"""
