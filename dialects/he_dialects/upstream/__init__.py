"""Operations of MLIR's own dialects in the forms that HEIR's pipelines print, where xDSL lacks them.

Each module here is named as the dialect that it extends. Its operations are xDSL's with a wider constraint
or a fuller syntax, or ones that xDSL hasn't got; :mod:`he_dialects.universe` loads them in place of its.
"""
