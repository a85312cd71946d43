"""Runs a function in a forked process, locked down or not, and says how that went."""

import json
import os
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from touchstone.report import Protection
from touchstone.wire import Limits
from touchstone.worker import lockdown


@dataclass(frozen=True)
class Ended:
    """What the function returned (or the last line of what it raised), and how its process ended (as `os` has it)."""

    value: Any
    code: int


def locked(
    function: Callable[[], Any], limits: Limits | None = None, *, before: Callable[[], Any] = lambda: None
) -> Ended:
    """Call `function` after the lock-down, of which all must be in force; `before` goes before it."""

    def work() -> Any:
        before()
        protection = lockdown.apply("test", limits or Limits())
        assert (protection.limits, protection.filesystem, protection.syscalls) == (True, True, True), protection
        return function()

    lockdown.prepare()
    return child(work)


def protection(before: Callable[[], Any] = lambda: None, *, then: Callable[[], Any] = lambda: None) -> tuple[Any, Any]:
    """What `apply` says after `before`, and what `then` returns."""

    def work() -> Any:
        before()
        said = lockdown.apply("test", Limits())
        return [[said.process, said.limits, said.filesystem, said.syscalls, said.landlock_abi], then()]

    lockdown.prepare()
    ended = child(work)
    process, limits, filesystem, syscalls, abi = ended.value[0]
    return Protection("test", process, limits, filesystem, syscalls, abi), ended.value[1]


def child(function: Callable[[], Any]) -> Ended:
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child calls nothing that another thread may hold
        pid = os.fork()
    if pid == 0:
        os.close(read)
        _reply(write, function)
    os.close(write)
    with os.fdopen(read, "rb") as source:
        said = source.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return Ended(json.loads(said) if said else None, code)


def _reply(write: int, function: Callable[[], Any]) -> None:
    code = 70
    try:
        try:
            value = function()
        except BaseException as error:  # noqa: BLE001 - the test compares what it was
            value = "".join(traceback.format_exception_only(error)).strip()
        os.write(write, json.dumps(value).encode())
        code = 0
    finally:
        os._exit(code)
