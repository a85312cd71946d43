"""A model tried before it is added: in a process of its own, on made-up pictures, within limits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from touchstone import modelfile
from touchstone.check.opening import Stopped, anonymous_file
from touchstone.check.plugins_types import TRIAL, PluginError, Refusal
from touchstone.check.sandbox import Limits, Pool, WorkerError
from touchstone.modelfile import Manifest
from touchstone.wire import WorkerFailure

PROFILE = "model-trial"
LIMITS = Limits(wall_seconds=30, memory_bytes=512 << 20, cpu_seconds=15)  # all detectors share 1,200 MB in a check
_ENDS = {
    WorkerFailure.TIMEOUT: Refusal.TOO_SLOW,
    WorkerFailure.CPU: Refusal.TOO_SLOW,
    WorkerFailure.MEMORY: Refusal.TOO_MUCH_MEMORY,
    WorkerFailure.UNAVAILABLE: Refusal.UNAVAILABLE,
}


class Trial:
    """The processes that models are tried in. `limits` are those of one trial."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._pool = Pool(PROFILE)
        self._limits = limits

    def run(
        self,
        manifest: Manifest,
        model: bytes,
        cancel: threading.Event | None = None,
        on_step: Callable[[str], None] | None = None,
    ) -> int:
        """Try a model; how long its longest run took, in milliseconds.

        Raises:
            PluginError: it is refused; one of `TRIAL`, or how its process ended.
            Stopped: `cancel` was set.
        """
        request = {"manifest": modelfile.dumps(manifest)}
        try:
            with anonymous_file(model) as file:
                reply = self._pool.run(request, [file.fileno()], self._limits, cancel, on_step)
        except WorkerError as error:
            if error.failure is WorkerFailure.STOPPED:
                raise Stopped from error
            raise PluginError(_ENDS.get(error.failure, Refusal.CRASHED)) from error
        return _took(reply.body)

    def close(self) -> None:
        """End the processes."""
        self._pool.close()


def _took(body: Mapping[str, Any]) -> int:
    code, took = body.get("code"), body.get("took_ms")
    if isinstance(code, str) and code in TRIAL:
        raise PluginError(Refusal(code))
    if code != "" or isinstance(took, bool) or not isinstance(took, int) or not 0 <= took < 1_000_000:
        raise PluginError(Refusal.CRASHED)
    return took
