"""An approximation."""

from numpy.polynomial import Chebyshev

from hetorch_heir.approx import Polynomial
from hetorch_heir.approx.methods import ApproximationRequest


def interpolation(request: ApproximationRequest) -> Polynomial:
    """The polynomial through the function's values at the Chebyshev nodes of its range."""
    series = Chebyshev.interpolate(request.function, request.degree, domain=list(request.domain))
    return Polynomial(tuple(series.coef.tolist()), request.domain)
