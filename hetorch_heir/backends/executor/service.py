"""The requests that an executor answers, in our process or as a worker.

A request is the name of a method of :class:`Service` with a JSON object and buffers; so is the answer.
Ciphertexts stay here; requests name them by numbers (handles).
"""

from __future__ import annotations

import contextlib
import itertools
import platform
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .errors import ExecutionError
from .evaluation import Evaluator, Timing, interleave, separate, spread
from .files import KEY_MODE, read_file, write_file
from .key_loading import KeyLoader, KeySteps
from .library import Library, library_class, make_library
from .parameters import Parameters
from .stream import PLAINTEXT_OPERATIONS, Stream

Body = dict[str, Any]
Answer = Body | tuple[Body, Sequence[Any]]
Report = Callable[[int, int], None]


def ignore(done: int, total: int) -> None:
    """A report to nobody."""


class Service:
    """A library's context, keys, programs and ciphertexts."""

    METHODS = frozenset(
        (
            "hello",
            "open",
            "describe",
            "operations",
            "generate",
            "save_key",
            "load_key",
            "forget_rotations",
            "plan_keys",
            "load",
            "encrypt",
            "decrypt",
            "run",
            "run_together",
            "apply",
            "state",
            "save",
            "restore",
            "free",
        )
    )

    def __init__(self) -> None:
        self._library: Library | None = None
        self._evaluator: Evaluator | None = None
        self._key_steps: KeySteps | None = None
        self._ciphertexts: dict[int, Any] = {}
        self._numbers = itertools.count()

    def answer(
        self, method: str, body: Body, buffers: Sequence[Any], report: Report = ignore
    ) -> tuple[Body, Sequence[Any]]:
        """Carry out a request.

        Raises:
            ExecutionError: it can't be.
        """
        if method not in self.METHODS:
            raise ExecutionError(f"there is no request {method!r}")
        answer = getattr(self, method)(body, buffers, report)
        return answer if isinstance(answer, tuple) else (answer, ())

    @property
    def library(self) -> Library:
        if self._library is None:
            raise ExecutionError("no context is open")
        return self._library

    def _keep(self, ciphertext: Any) -> int:
        number = next(self._numbers)
        self._ciphertexts[number] = ciphertext
        return number

    def _ciphertext(self, handle: int) -> Any:
        if handle not in self._ciphertexts:
            raise ExecutionError(f"there is no ciphertext {handle}")
        return self._ciphertexts[handle]

    # The context and its keys

    def hello(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        version = library_class(body["library"]).version()
        return {"library": version, "python": platform.python_version()}

    def open(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        self._ciphertexts.clear()
        self._evaluator = None
        self._key_steps = None
        self._library = make_library(body["library"], Parameters.from_json(body["parameters"]))
        return {}

    def describe(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        return {**self.library.describe(), "peak_bytes": _peak_bytes()}

    def operations(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        return {"operations": sorted(self.library.available())}

    def generate(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        keys: list[tuple[str, int]] = [tuple(key) for key in body["keys"]]
        for index, (kind, steps) in enumerate(keys):
            self.library.generate(kind, steps)
            report(index + 1, len(keys))
        return {}

    def save_key(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        """Write a key; with a ``level``, only what is used up to there, if the library can do with that."""
        kind, header = body["kind"], {**body["header"], "kind": body["kind"]}
        data = self.library.key_bytes(kind, body["steps"])
        sizes = self.library.limited_sizes(data, kind, body["level"]) if "level" in body else []
        if sizes and (limited := self.library.limit_key(data, kind, body["level"])) is not None:
            header["level"], header["bytes_by_level"] = body["level"], sizes
            data = limited
        write_file(body["path"], header, data, KEY_MODE)
        return {"bytes": len(data)}

    def load_key(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        header, data = read_file(body["path"])
        if header["kind"] != body["kind"]:
            raise ExecutionError(f"{body['path']} holds a {header['kind']} key, not a {body['kind']} key")
        self.library.put_key(data, body["kind"], body["steps"])
        if "level" in header:
            self.library.restrict_key(body["kind"], body["steps"], header["level"])
        return {"bytes": len(data)}

    def forget_rotations(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        self.library.forget_rotations()
        return {}

    def plan_keys(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        """Load and clear keys during evaluations, as a plan says."""
        plan = KeySteps.from_json(body)
        if self._key_steps is not None:
            plan.checked.update(self._key_steps.checked)
        self._key_steps = plan
        return {}

    # Ciphertexts

    def encrypt(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        """One ciphertext of up to ``lanes`` vectors, a buffer each; one alone goes into every lane."""
        vectors = [np.frombuffer(buffer, "<f8") for buffer in buffers]
        parameters = self.library.parameters
        if len(vectors) > parameters.lanes:
            raise ExecutionError(
                f"{len(vectors)} inputs don't fit the {parameters.lanes} lanes of a ciphertext"
            )
        values = spread(vectors[0], parameters) if len(vectors) == 1 else interleave(vectors, parameters)
        plaintext = self.library.encode(values, body["level"], body["scale"])
        return {"handle": self._keep(self.library.encrypt(plaintext))}

    def decrypt(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        """The slots of the first ``count`` lanes, a buffer each."""
        values = self.library.decrypt(self._ciphertext(body["handle"]))
        vectors = separate(values, body.get("count", 1), self.library.parameters)
        return {}, [vector.astype("<f8").data for vector in vectors]

    def state(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        return {"state": list(self.library.state(self._ciphertext(body["handle"])))}

    def save(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        data = self.library.ciphertext_bytes(self._ciphertext(body["handle"]))
        write_file(body["path"], body["header"], data, None)
        return {"bytes": len(data)}

    def restore(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        _, data = read_file(body["path"])
        return {"handle": self._keep(self.library.ciphertext_from(data))}

    def free(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        for handle in body["handles"]:
            self._ciphertexts.pop(handle, None)
        return {}

    # Execution

    def load(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        stream = Stream.from_message(body["stream"], list(buffers))
        self._evaluator = Evaluator(self.library, stream, body.get("plaintext_bytes", 0))
        return {}

    def run(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        answer = self._run([body["inputs"]], body, report)
        (outputs,) = answer.pop("groups")
        return {**answer, "outputs": outputs}

    def run_together(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        """Evaluate the program for several groups of inputs, in step."""
        return self._run(body["groups"], body, report)

    def _run(self, handles: Sequence[Sequence[int]], body: Body, report: Report) -> Body:
        if self._evaluator is None:
            raise ExecutionError("no program is loaded")
        groups = [[self._ciphertext(handle) for handle in group] for group in handles]
        timing = Timing()
        start = time.process_time()
        check = body.get("check", False)
        if self._key_steps is None:
            outputs = self._evaluator.run_together(groups, check=check, timing=timing, report=report)
        else:
            with KeyLoader(self.library, self._key_steps) as loader:
                outputs = self._evaluator.run_together(
                    groups, check=check, timing=timing, report=report, before=loader.before
                )
            timing.calls["keys"] = loader.seconds
        processor_seconds = time.process_time() - start
        return {
            "groups": [[self._keep(output) for output in group] for group in outputs],
            "seconds": timing.total,
            "processor_seconds": processor_seconds,
            "calls": timing.calls,
        }

    def apply(self, body: Body, buffers: Sequence[Any], report: Report) -> Answer:
        """One operation; its second operand is a ciphertext, or a plaintext made of a buffer."""
        operation = body["operation"]
        if operation not in self.library.operations:
            raise ExecutionError(f"{self.library.name} has no operation {operation}")
        arguments = [self._ciphertext(handle) for handle in body["operands"]]
        if operation in PLAINTEXT_OPERATIONS:
            values = spread(np.frombuffer(buffers[0], "<f8"), self.library.parameters)
            arguments.append(self.library.encode(values, body["level"], body["scale"]))
        arguments += body.get("arguments", ())
        try:
            result = getattr(self.library, operation)(*arguments)
        except ExecutionError:
            raise
        except Exception as error:
            text = str(error).strip().splitlines()
            raise ExecutionError(f"{operation} failed: {text[0] if text else error!r}") from error
        return {"handle": self._keep(result)}


def _peak_bytes() -> int:
    """The largest resident memory of this process.

    Linux passes ``ru_maxrss`` on to the programs that a process starts; the figure in ``/proc`` is our own.
    """
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
