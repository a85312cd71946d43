"""System libraries that Qt takes from the system: named before Qt ends the process for want of one.

The Qt packages bring Qt itself; what lies below it (X11, OpenGL, fonts) comes with a desktop, though seldom all of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """A shared library that is not there, and the Debian and Ubuntu package that has it."""

    library: str
    apt: str


# What `readelf -d` says of libQt6Core, Gui, Widgets and DBus. Newer releases still answer to these package names.
_ALWAYS = (
    Package("libglib-2.0.so.0", "libglib2.0-0"),
    Package("libEGL.so.1", "libegl1"),
    Package("libGL.so.1", "libgl1"),
    Package("libX11.so.6", "libx11-6"),
    Package("libxkbcommon.so.0", "libxkbcommon0"),
    Package("libfreetype.so.6", "libfreetype6"),
    Package("libfontconfig.so.1", "libfontconfig1"),
    Package("libdbus-1.so.3", "libdbus-1-3"),
    Package("libzstd.so.1", "libzstd1"),
)
# Of the platform plug-ins libqxcb.so and libqwayland.so.
_X11 = (
    Package("libxcb.so.1", "libxcb1"),
    Package("libX11-xcb.so.1", "libx11-xcb1"),
    Package("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    Package("libxcb-cursor.so.0", "libxcb-cursor0"),
    Package("libxcb-icccm.so.4", "libxcb-icccm4"),
    Package("libxcb-image.so.0", "libxcb-image0"),
    Package("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    Package("libxcb-randr.so.0", "libxcb-randr0"),
    Package("libxcb-render.so.0", "libxcb-render0"),
    Package("libxcb-render-util.so.0", "libxcb-render-util0"),
    Package("libxcb-shape.so.0", "libxcb-shape0"),
    Package("libxcb-shm.so.0", "libxcb-shm0"),
    Package("libxcb-sync.so.1", "libxcb-sync1"),
    Package("libxcb-util.so.1", "libxcb-util1"),
    Package("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    Package("libxcb-xkb.so.1", "libxcb-xkb1"),
)
_WAYLAND = (
    Package("libwayland-client.so.0", "libwayland-client0"),
    Package("libwayland-cursor.so.0", "libwayland-cursor0"),
    Package("libwayland-egl.so.1", "libwayland-egl1"),
)


def has_display() -> bool:
    """Whether a window could be shown: a display is named, or Qt was told to do without one."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def needed(*, display: bool) -> Sequence[Package]:
    """What Qt will load here; with `display`, what its plug-in for this session needs as well."""
    if sys.platform != "linux":
        return ()
    return (*_ALWAYS, *(_plugin() if display else ()))


def missing(*, display: bool) -> list[Package]:
    """What is needed and cannot be loaded, in the order it is needed.

    Loading is the test: Qt loads the same files a moment later, so it costs nothing twice.
    """
    return [package for package in needed(display=display) if not _loads(package.library)]


def install_command(packages: Iterable[Package]) -> str:
    """The command that installs them on Debian and Ubuntu."""
    return "sudo apt install " + " ".join(dict.fromkeys(package.apt for package in packages))


def _plugin() -> Sequence[Package]:
    """What the platform plug-in needs that Qt will choose (its own rule: what is asked for, else the session's)."""
    asked = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if not asked:
        wayland = bool(os.environ.get("WAYLAND_DISPLAY")) and not os.environ.get("DISPLAY")
        asked = "wayland" if wayland else "xcb"
    if asked.startswith("wayland"):
        return _WAYLAND
    return _X11 if asked == "xcb" else ()


def _loads(library: str) -> bool:
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":  # for packaging/: one package name a line
    sys.stdout.writelines(f"{package.apt}\n" for package in missing(display="--display" in sys.argv))
