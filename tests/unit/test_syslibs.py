import importlib.util
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from touchstone import syslibs
from touchstone.syslibs import Package

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings what it needs")

# Part of every Debian and Ubuntu that can run Python.
BASE = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6",
        "libz.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}  # fmt: skip
# In the same packages as libraries that are listed.
TOGETHER = {"libgthread-2.0.so.0", "libgobject-2.0.so.0", "libgmodule-2.0.so.0", "libgio-2.0.so.0"}


def needed_by(path):
    """The DT_NEEDED entries of a 64-bit ELF file (System V ABI, chapter 5)."""
    data = path.read_bytes()
    assert data[:5] == b"\x7fELF\x02"
    start, size, count = (*struct.unpack_from("<Q", data, 40), *struct.unpack_from("<HH", data, 58))[:3]
    sections = [struct.unpack_from("<IIQQQQII", data, start + n * size) for n in range(count)]
    (dynamic,) = [s for s in sections if s[1] == 6]
    strings = sections[dynamic[6]][4]
    entries = struct.iter_unpack("<QQ", data[dynamic[4] : dynamic[4] + dynamic[5]])
    return {data[(at := strings + value) : data.index(b"\0", at)].decode() for tag, value in entries if tag == 1}


def reached(qt, *files):
    """Every library that these files need and Qt does not bring."""
    wanted, outside, seen = list(files), set(), set()
    while wanted:
        file = wanted.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in needed_by(file):
            inside = qt / "lib" / name
            if inside.exists():
                wanted.append(inside)
            else:
                outside.add(name)
    return outside


@pytest.mark.parametrize("plugin", ["xcb", "wayland", "offscreen"])
def test_the_list_is_what_this_version_of_qt_needs(plugin, monkeypatch):
    spec = importlib.util.find_spec("PySide6")
    qt = Path(spec.submodule_search_locations[0]) / "Qt"
    monkeypatch.setenv("QT_QPA_PLATFORM", plugin)
    listed = {package.library for package in syslibs.needed(display=True)}
    libraries = [qt / "lib" / f"libQt6{part}.so.6" for part in ("Core", "Gui", "Widgets", "DBus")]
    outside = reached(qt, *libraries, qt / "plugins" / "platforms" / f"libq{plugin}.so")
    assert outside - BASE - TOGETHER - listed == set()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DISPLAY": ":0"}, "libxcb-cursor.so.0"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "libxcb-cursor.so.0"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "libwayland-cursor.so.0"),
        ({"QT_QPA_PLATFORM": "wayland;xcb", "DISPLAY": ":0"}, "libwayland-cursor.so.0"),
        ({"QT_QPA_PLATFORM": "xcb:name=x"}, "libxcb-cursor.so.0"),
    ],
)
def test_the_session_decides_what_its_plugin_needs(monkeypatch, environment, expected):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not syslibs.has_display()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert syslibs.has_display()
    plugin = {p.library for p in syslibs.needed(display=True)} - {p.library for p in syslibs.needed(display=False)}
    assert expected in plugin


def test_what_cannot_be_loaded_is_missing_and_nothing_else(monkeypatch):
    lacking = Package("libnowhere-touchstone.so.1", "libnowhere1")
    monkeypatch.setattr(syslibs, "_ALWAYS", (Package("libc.so.6", "libc6"), lacking))
    assert syslibs.missing(display=False) == [lacking]


def test_the_command_names_each_package_once():
    packages = [Package("a.so", "a1"), Package("b.so", "b1"), Package("a2.so", "a1")]
    assert syslibs.install_command(packages) == "sudo apt install a1 b1"


def test_the_scripts_get_one_package_a_line(tmp_path):
    program = Path(syslibs.__file__)
    ran = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == [package.apt for package in syslibs.missing(display=False)]
