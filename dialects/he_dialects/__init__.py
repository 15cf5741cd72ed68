"""xDSL dialects for homomorphic encryption: ``hetorch``, and those of HEIR that it lowers to.

The package needs xdsl alone. Its dialects are loaded one by one when they are asked for, through
:mod:`he_dialects.universe`. ``xdsl-opt`` finds them as a plug-in, :mod:`he_dialects.plugin`.
"""
