"""Records whose bytes are unusual but valid JSON: what a client that decodes and encodes again would spoil."""

import times

DEEP = 60


def spaced(pairs):
    """Line feeds, tabs and carriage returns between the tokens."""
    return "{\n\t" + ",\r\n\t".join(f"{key} :\t{value}" for key, value in pairs) + "\n}"


def plain(pairs, dialect):
    comma, colon = dialect.separators
    return "{" + comma.join(key + colon + value for key, value in pairs) + "}"


def without(pairs, field):
    return [pair for pair in pairs if pair[0] != f'"{field}"']


def changed(pairs, field, value):
    return [[key, value if key == f'"{field}"' else old] for key, old in pairs]


def renamed(pairs, field, key):
    return [[key if old == f'"{field}"' else old, value] for old, value in pairs]


def offset_time(micros, hours):
    """The same moment in another zone, as `2026-11-23T20:10:08.639000+02:00`."""
    return times.iso(micros + hours * 3600 * times.SECOND, 6)[:-1] + f"{hours:+03d}:00"


def strange_values(pairs):
    added = [
        ['"surrogate"', '"half a pair: \\ud800 and \\uDFFF."'],
        ['"nul\\u0000key"', '"nul \\u0000 value"'],
        ['"numbers"', "[-0.0,9007199254740993,18446744073709551615,-9223372036854775808,1700000000.123456,1E400,1e-7]"],
        ['"empties"', '{"list":[],"object":{},"nothing":null,"text":""}'],
        ['"slashes"', '"\\/ \\b\\f\\n\\r\\t \\" \\\\ \\u00e9 é 😀 \\ud83d\\ude00 \x7f"'],
        ['""', '"empty key"'],
    ]
    return pairs + added


def decoys(pairs, key, cursor):
    """Fields of the same names one level down, and their text inside a string."""
    nested = f'{{"{key}":"nested","{cursor}":"1999-01-01T00:00:00Z","deeper":[{{"{cursor}":null}}]}}'
    quoted = f'"\\"{cursor}\\":\\"1999-01-01T00:00:00Z\\",\\"{key}\\":\\"quoted\\"}}]"'
    return [['"decoy"', nested], ['"quoted"', quoted], *pairs]


def deep(pairs):
    return [*pairs, ['"deep"', "[" * DEEP + "{}" + "]" * DEEP]]


def twice(pairs, key, cursor):
    """The key and the cursor field given twice: the last one counts."""
    return [[f'"{key}"', '"first of two"'], [f'"{cursor}"', '"1999-01-01T00:00:00Z"'], *pairs]


def escaped(pairs, key, cursor):
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in key)
    return renamed(renamed(pairs, key, f'"{spelled}"'), cursor, f'"{cursor[:-1]}\\u{ord(cursor[-1]):04X}"')


KINDS = (
    "values", "spaced", "twice", "escaped", "decoys", "deep", "offset", "zone",
    "cursor_missing", "cursor_null", "key_missing", "key_null",
)


def text(pairs, which, key, cursor, stamp, dialect):
    """The bytes of a record with the oddity number `which`, counted round the list KINDS."""
    kind = KINDS[which % len(KINDS)]
    variants = {
        "values": lambda: strange_values(pairs),
        "spaced": lambda: pairs,
        "twice": lambda: twice(pairs, key, cursor),
        "escaped": lambda: escaped(pairs, key, cursor),
        "decoys": lambda: decoys(pairs, key, cursor),
        "deep": lambda: deep(pairs),
        "offset": lambda: changed(pairs, cursor, f'"{offset_time(stamp, 0)}"'),
        "zone": lambda: changed(pairs, cursor, f'"{offset_time(stamp, 2)}"'),
        "cursor_missing": lambda: without(pairs, cursor),
        "cursor_null": lambda: changed(pairs, cursor, "null"),
        "key_missing": lambda: without(pairs, key),
        "key_null": lambda: changed(pairs, key, "null"),
    }
    made = variants[kind]()
    return (spaced(made) if kind == "spaced" else plain(made, dialect)).encode()
