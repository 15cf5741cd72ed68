"""Schemes, parameters, and what is known of ciphertexts; needs neither torch nor any HE library."""
