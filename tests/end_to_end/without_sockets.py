"""Runs a program, after the kernel was told to end it and all it starts should one ask for a socket that can leave
this computer. Sockets between processes of this computer (AF_UNIX) stay: desk and workers speak through them.
"""

import ctypes
import os
import platform
import struct
import sys

SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
AF_UNIX = 1


def main(arguments: list[str]) -> None:
    """Classic BPF over struct seccomp_data: the call's number at byte 0, the architecture at 4, the family at 16."""
    architecture, number = SOCKET[platform.machine()]
    program = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (0x20, 0, 0, 4),
            (0x15, 0, 5, architecture),
            (0x20, 0, 0, 0),
            (0x15, 0, 2, number),
            (0x20, 0, 0, 16),
            (0x15, 0, 1, AF_UNIX),
            (0x06, 0, 0, ALLOW),
            (0x06, 0, 0, KILL_PROCESS),
        )
    )
    held = ctypes.create_string_buffer(program)
    described = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, described, 0, 0):
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
