"""Runs a program on a pseudo-terminal, as a person would: terminal.py FILE, with JSON in it:

  command   list of words
  env       its whole environment
  size      [rows, columns]; default 50 and 100
  cwd       its folder
  steps     in order, each one of
              {"wait": text}            until it has printed that, after what was waited for before; colours, moves of
                                        the cursor and carriage returns do not count
              {"send": text}            types it
              {"run": command}          a shell's command, whose status must be 0
              {"until": command}        until that command's status is 0
              {"size": [rows, columns]} another size
              {"close": true}           hangs up

Prints JSON: output (all of it), status or signal, failed (the step that did not come to pass in time).
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 120  # seconds a step may take: it is for what hangs
MOVES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\r")  # of the cursor, and colours


class Terminal:
    def __init__(self, given):
        self.output = b""
        self.seen = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(given.get("cwd", "."))
            os.execve(given["command"][0], given["command"], given["env"])
        self.resize(*given.get("size", (50, 100)))

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return True

    def read(self, patience):
        """False: nothing came, or it has ended."""
        ready, _, _ = select.select([self.fd], [], [], patience)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.output += data
        return data != b""

    def wait(self, text):
        deadline = time.monotonic() + PATIENCE
        while True:
            plain = MOVES.sub(b"", self.output)
            at = plain.find(text.encode(), self.seen)
            if at >= 0:
                self.seen = at + len(text.encode())
                return True
            if time.monotonic() > deadline or not self.read(deadline - time.monotonic()):
                return False

    def until(self, command):
        deadline = time.monotonic() + PATIENCE
        while subprocess.call(command, shell=True) != 0:
            if time.monotonic() > deadline:
                return False
            self.read(0.01)
        return True

    def step(self, step):
        if "wait" in step:
            return self.wait(step["wait"])
        if "send" in step:
            os.write(self.fd, step["send"].encode())
            return True
        if "run" in step:
            return subprocess.call(step["run"], shell=True) == 0
        if "until" in step:
            return self.until(step["until"])
        if "size" in step:
            return self.resize(*step["size"])
        os.close(self.fd)
        self.fd = -1
        return True

    def end(self, failed):
        if failed:
            os.kill(self.pid, signal.SIGKILL)
        while self.fd >= 0 and self.read(PATIENCE):
            pass
        deadline = time.monotonic() + PATIENCE
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.005)


def main():
    with open(sys.argv[1]) as file:
        given = json.load(file)
    terminal = Terminal(given)
    failed = next((step for step in given["steps"] if not terminal.step(step)), None)
    code = terminal.end(failed)
    print(json.dumps({"output": terminal.output.decode(errors="replace"), "failed": failed and json.dumps(failed),
                      "status": code if code >= 0 else None, "signal": -code if code < 0 else None}))


main()
