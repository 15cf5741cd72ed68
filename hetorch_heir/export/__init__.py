"""From the homomorphic torch.fx graph to MLIR: modules, constants, client functions, files."""
