"""Linear algebra on packed ciphertexts: layouts, linear maps, and plans that apply a map to a layout."""
