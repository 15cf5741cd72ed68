"""From a graph on tensors to a graph on packed ciphertexts: linear stretches, their layouts, their plans."""
