"""What the benchmark compiles for itself, with what the project is compiled with."""

import json
import shlex
from pathlib import Path

import process

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parent / "runtime"
LIBRARIES = ("lua5.4", "lua5.4-cjson", "libcurl", "libcrypto", "libdeflate")  # as CMakeLists.txt names them
EMPTY = "int main(void) { return 0; }\n"


class Tools:
    """`measure`, `empty` and `scanner`: the paths of the programs; `clock`: that of a library to be preloaded."""

    def __init__(self, folder, perigee):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.measure = self.compile("measure", [HERE / "measure.c"], ["-O2"])
        self.clock = self.compile("clock.so", [HERE / "clock.c"], ["-O2", "-shared", "-fPIC"])
        self.empty = self.compile_empty()
        self.scanner = self.compile_scanner(perigee)

    def compile(self, name, sources, flags, libraries=()):
        target = self.folder / name
        process.output(["cc", "-std=gnu17", *flags, "-o", target, *sources, *libraries])
        return target

    def compile_empty(self):
        """A program that does nothing, but has all of perigee's libraries loaded."""
        source = self.folder / "empty.c"
        source.write_text(EMPTY)
        libraries = process.output(["pkg-config", "--libs", *LIBRARIES]).split()
        return self.compile("empty", [source], ["-O2", "-Wl,--no-as-needed"], [*libraries, "-lm"])

    def compile_scanner(self, perigee):
        """With the flags that the binary's own scanner was compiled with, where its build has noted them."""
        rooms = [one for room in ("json", "base") for one in sorted((RUNTIME / room).glob("*.c"))]
        libraries = process.output(["pkg-config", "--libs", *LIBRARIES]).split()
        return self.compile("scanner", [*rooms, HERE / "scanner.c"], [f"-I{RUNTIME}", *flags_of(perigee)], libraries)


def flags_of(perigee):
    noted = perigee.resolve().parent / "compile_commands.json"
    if not noted.exists():
        return ["-O2", "-D_GNU_SOURCE"]
    for one in json.loads(noted.read_text()):
        if one["file"].endswith("/json.c"):
            words = shlex.split(one["command"])[1:]
            return words[: words.index("-o")]
    raise RuntimeError(f"{noted} does not say how json.c is compiled")
