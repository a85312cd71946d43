"""Landlock with an empty rule set: no path can be opened, made, moved or removed, no TCP port reached.

Source: Documentation/userspace-api/landlock.rst of the kernel, interface versions 1 to 7.
"""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache

from touchstone.worker import linux

# The same numbers on every architecture.
_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_CREATE_RULESET_VERSION = 1

# By interface version: how many file rights there are (they are consecutive bits), and the size of the attributes.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}
_ATTRIBUTE_BYTES = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16, 6: 24, 7: 24}
_NEWEST = max(_FILE_RIGHTS)
_NET_BIND_AND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


@cache
def interface() -> int:
    """The version of Landlock in this kernel; 0 where there is none, or where it is switched off."""
    if linux.machine() is None:
        return 0
    try:
        return linux.syscall(_CREATE_RULESET, None, ctypes.c_long(0), ctypes.c_long(_CREATE_RULESET_VERSION))
    except OSError:
        return 0


@cache
def _attributes(version: int) -> ctypes.Array[ctypes.c_char]:
    known = min(version, _NEWEST)
    everything = struct.pack(
        "=QQQ", (1 << _FILE_RIGHTS[known]) - 1, _NET_BIND_AND_CONNECT, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS
    )
    return ctypes.create_string_buffer(everything[: _ATTRIBUTE_BYTES[known]], _ATTRIBUTE_BYTES[known])


def prepare() -> None:
    """Do what can be done before the fork."""
    if interface():
        _attributes(interface())


def restrict() -> bool:
    """Take every path away from the calling thread, for good. True where that is then seen to be so.

    It needs `PR_SET_NO_NEW_PRIVS`. Files that are open already stay usable.
    """
    version = interface()
    if not version or not _opens_root():
        return False
    attributes = _attributes(version)
    try:
        ruleset = linux.syscall(
            _CREATE_RULESET,
            ctypes.cast(attributes, ctypes.c_void_p),
            ctypes.c_long(len(attributes)),
            ctypes.c_long(0),
        )
    except OSError:
        return False
    try:
        linux.syscall(_RESTRICT_SELF, ctypes.c_long(ruleset), ctypes.c_long(0))
    except OSError:
        return False
    finally:
        os.close(ruleset)
    return not _opens_root()


def _opens_root() -> bool:
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
