"""What runs programs on a library of homomorphic encryption: as part of our process, or as a worker.

Some libraries import only on a Python older than xdsl takes. So nothing here needs more than Python 3.10,
NumPy and the library itself, and imports are relative: a worker runs these files without the rest of the
project (see ``__main__.py``).
"""
