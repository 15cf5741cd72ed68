"""An exported program and what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from torch.fx import GraphModule

from hetorch_heir.conversions.plan_keys import manifest_text
from hetorch_heir.core.chain import CKKSChain
from hetorch_heir.core.files import write_files
from hetorch_heir.export.activation_report import ActivationSummary
from hetorch_heir.export.constants import Resource
from hetorch_heir.export.cost_estimate import CostSummary, estimate_cost
from hetorch_heir.export.degree_choice import DegreeReport
from hetorch_heir.export.key_plans import manifest_path
from hetorch_heir.export.layer_report import LayerCost, layer_costs
from hetorch_heir.export.parameter_report import parameter_rows
from hetorch_heir.export.precision import ScaleChoice
from hetorch_heir.export.summary import OperationCounts
from hetorch_heir.export.value_ranges import Room
from hetorch_heir.export.verification import VerificationReport
from hetorch_heir.heir import hint
from hetorch_heir.key_memory.plan import KeyPlan
from hetorch_heir.passes.builtin.memory_optimization import MemoryPlan
from hetorch_heir.report.data import Report

SOURCE_LEVELS = ("secret", "ckks")
"""Targets that heir-opt lowers on."""


@dataclass(frozen=True)
class ExportResult:
    """An exported program and what is known of it.

    Attributes:
        text: the program.
        resources: the files of constants that it loads, if any.
        function: name of the entry function.
        target: the dialects of the program: "ckks", "secret", "hetorch", or "openfhe", "lattigo".
        graph: makes :attr:`graph_module`.
        chain: the modulus chain.
        counts: operations of one evaluation.
        verification: the comparison with the model, if it was asked for.
        warnings: what the user should know (activation ranges, security).
        seconds: duration of every stage.
        activations: what each of them became.
        degrees: how the degrees were chosen, if a target error was given.
        memory_plan: how much the live ciphertexts take.
        scale_choice: how the scale was chosen, if a target error was given and no scale.
        room: where the values of the samples come nearest to the modulus.
        cost: time and memory that one evaluation is estimated to take.
        key_plans: which keys are in memory when, by function, if a key budget was given.
    """

    text: str
    resources: tuple[Resource, ...]
    function: str
    target: str
    graph: Callable[[], GraphModule] = field(repr=False, compare=False)
    chain: CKKSChain
    counts: OperationCounts
    verification: VerificationReport | None
    warnings: tuple[str, ...]
    seconds: dict[str, float]
    activations: tuple[ActivationSummary, ...] = ()
    degrees: DegreeReport | None = None
    scale_choice: ScaleChoice | None = None
    memory_plan: MemoryPlan | None = None
    room: Room | None = None
    cost: CostSummary | None = None
    key_plans: Mapping[str, KeyPlan] = field(default_factory=dict[str, KeyPlan])

    @cached_property
    def graph_module(self) -> GraphModule:
        """The homomorphic graph, which runs in torch; of a remembered export it is compiled when asked for.

        Raises:
            ParameterError: the model has been changed since then.
        """
        return self.graph()

    @property
    def output_bytes(self) -> int:
        """Size of the program and its constants."""
        return len(self.text.encode()) + sum(len(one.data) for one in self.resources)

    def heir_command(self, path: str = "-") -> str | None:
        """The shell command that takes the program at ``path`` on to C++.

        None if it is lowered already, or has operations for keys, which heir-translate doesn't know.
        """
        if self.target not in SOURCE_LEVELS or self.key_plans:  # heir-translate has no key_mgmt operations
            return None
        return hint(
            backend="openfhe",
            entry_function=self.function,
            slots=self.chain.slots,
            target=self.target,
            path=path,
        )

    def summary(self) -> dict[str, Any]:
        """The numbers of the export, as plain values."""
        report, counts = self.verification, self.counts
        memory = self.memory_plan
        return {
            "model": self.function,
            "target": self.target,
            "slots": self.chain.slots,
            "log_n": self.chain.log_n,
            "log_qp": round(self.chain.log_qp, 1),
            "secure": self.chain.secure,
            "levels": counts.levels,
            "rotations": counts.rotations,
            "rotation_keys": len(counts.rotation_keys),
            "products": counts.products,
            "ct_products": counts.ct_products,
            "additions": counts.additions,
            "relinearizations": counts.relinearizations,
            "rescales": counts.rescales,
            "bootstraps": counts.bootstraps,
            "peak_ciphertext_bytes": memory.peak_after if memory else None,
            "peak_ciphertext_bytes_unordered": memory.peak_before if memory else None,
            "estimate": asdict(self.cost) if self.cost else None,
            "max_error": report.max_error if report else None,
            "mean_error": report.mean_error if report else None,
            "verification": asdict(report) if report else None,
            "activations": [one.values() for one in self.activations],
            "target_error": self.degrees.target_error if self.degrees else None,
            "parameters": [list(row) for row in parameter_rows(self.chain, self.scale_choice, self.room)],
            "key_memory": {
                name: {"peak_bytes": one.peak_bytes, "total_bytes": one.total_bytes, "loads": one.loads}
                for name, one in self.key_plans.items()
            },
            "encryption_error": self.scale_choice.precision.error if self.scale_choice else None,
            "calibration_error": self.degrees.error if self.degrees else None,
            "warnings": list(self.warnings),
            "seconds": {stage: round(value, 4) for stage, value in self.seconds.items()},
            "output_bytes": self.output_bytes,
        }

    def write(self, path: str | Path) -> None:
        """Writes the program to ``path``, its constants and key plans beside it: all, or nothing.

        Raises:
            OutputError: the place can't be written to.
        """
        path = Path(path)
        files = {path.parent / one.path: one.data for one in self.resources}
        if self.key_plans:
            files[manifest_path(path)] = manifest_text(self.key_plans).encode()
        write_files({**files, path: self.text.encode()})

    def layer_costs(self) -> list[LayerCost]:
        """What each layer of the model costs, with estimates of time and memory."""
        return layer_costs(self.graph_module, estimate_cost(self.graph_module, self.chain))

    def report(self) -> Report:
        """What is known of the export, layer by layer, as plain values."""
        # Not at the top, as the report is made of results.
        from hetorch_heir.export.report_data import collect_report

        return collect_report(self)

    def write_report(self, path: str | Path) -> None:
        """Writes :meth:`report` as one HTML page that needs nothing but itself.

        Raises:
            OutputError: the place can't be written to.
        """
        from hetorch_heir.report.page import render_page  # jinja2 is needed for nothing else

        write_files({Path(path): render_page(self.report()).encode()})

    def write_plots(self, folder: str | Path) -> list[Path]:
        """Writes figures for papers into a folder, and gives their files; needs the extra "plots".

        Raises:
            UsageError: matplotlib is missing.
            OutputError: the folder can't be made or written to.
        """
        from hetorch_heir.report.figures import write_figures  # matplotlib is optional

        return write_figures(self.report(), Path(folder))
