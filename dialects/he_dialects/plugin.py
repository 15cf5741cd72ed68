"""What ``xdsl-opt`` loads under the entry point ``xdsl.universe``: the dialects and passes of this package.

xDSL refuses two plug-ins that define a dialect of the same name, and it has dialects of its own under some
of our names: ``polynomial``, ``mod_arith``, and those of MLIR that HEIR's pipelines print. Ours contain
xDSL's, so loading this module puts ours in their place in xDSL's own universe. That is the only way in
which a plug-in can extend a dialect: the drivers build a new universe of all plug-ins, which has loaded all
of them before it looks at the first dialect.

``xdsl-run`` keeps xDSL's dialects: its interpreter goes by the exact class of an operation, and knows none
of our extensions.

Nothing else of this package imports the module, so programs that use the package and don't collect the
plug-ins of their environment see xDSL as it is.
"""

from __future__ import annotations

import sys

from xdsl.universe import XDSL_UNIVERSE, Universe

from he_dialects.universe import DIALECTS, PASSES

INTERPRETED = "xdsl.interpreters" in sys.modules
"""Whether the program has loaded xDSL's interpreters before it asked for plug-ins, as ``xdsl-run`` does."""

if not INTERPRETED:
    XDSL_UNIVERSE.all_dialects.update(
        {name: load for name, load in DIALECTS.items() if name in XDSL_UNIVERSE.all_dialects}
    )

UNIVERSE = Universe(
    all_dialects={name: load for name, load in DIALECTS.items() if name not in XDSL_UNIVERSE.all_dialects},
    all_passes=PASSES,
)
"""The plug-in that ``xdsl-opt`` finds."""
