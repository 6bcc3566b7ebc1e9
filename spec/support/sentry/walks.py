"""Which page of its list a request asks for."""


class Walks:
    """Which page of a list a request asks for: one, or one more than that whose answer gave the cursor."""

    def __init__(self):
        self.cursors = {}
        self.last = {}

    def number(self, request):
        path, cursor = request.path, request.query.get("cursor")
        if cursor is None:
            number = 1
        else:
            number = self.cursors.setdefault((path, cursor), self.last.get(path, 1) + 1)
        self.last[path] = number
        return number

    def give(self, request, cursor, number):
        self.cursors[(request.path, cursor)] = number + 1

    def first_cursor(self, request):
        """The cursor that the first page of this list gave."""
        return next(key[1] for key, number in self.cursors.items() if key[0] == request.path and number == 2)
