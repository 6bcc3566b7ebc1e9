"""What a server was asked: a file with a line for each request, written when its answer is out."""

from dataclasses import dataclass

import places


@dataclass
class Request:
    start: float  # seconds since 1970
    end: float
    status: int
    bytes: int
    target: str

    @property
    def stream(self):
        return places.stream_of(self.target)


def line(start, end, status, size, target):
    return f"{end:.4f}\t{end - start:.4f}\t{status}\t{size}\t{target}\n"


class RequestsLog:
    """Reads on from where it last stopped."""

    def __init__(self, path):
        self.path, self.at = path, 0

    def read(self):
        with open(self.path, encoding="ascii") as file:
            file.seek(self.at)
            lines = file.readlines()
            self.at = file.tell()
        return [self.request(one) for one in lines]

    def request(self, text):
        end, took, status, size, target = text.rstrip("\n").split("\t")
        return Request(float(end) - float(took), float(end), int(status), int(size), target)
