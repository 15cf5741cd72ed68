"""Running programs: one interpreter for every dialect, over one of several domains of values.

The operations of ``hetorch``, of HEIR's ``secret`` and ``ckks`` levels and of the ``openfhe`` dialect are
implemented once each, in terms of a :class:`~hetorch_heir.interpreter.domain.Domain`: cleartext slots,
or ciphertexts of a library. :func:`~hetorch_heir.interpreter.program.run_program` runs a whole program.
"""
