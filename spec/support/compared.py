"""Makes two outputs of a connector with random records, and what Python says of how they differ: `compared.py SEED A B`.

Prints a JSON object: for each stream the numbers that `perigee compare` has to find. Values are compared as Python compares
what its own parser makes of them, with numbers as exact decimals; so nothing here is perigee's.
"""

import json
import random
import re
import sys
from decimal import Decimal

# Ways to write one value, a group each.
NUMBERS = ["0 -0 0.0 0e9", "1 1.0 10e-1 0.01e2", "9007199254740992", "9007199254740993 9007199254740993.0", "1E400 10E399",
           "0.30000000000000004", "0.1 1e-1", "1e-7 0.0000001", "-12.50 -1.25e1", "123456789012345678901234567890",
           "5e-50 50E-51", "1" + "0" * 39 + " 1e39", "1e40 10e39 1" + "0" * 40]
STRINGS = [r'"a" "\u0061"', r'"\/" "/"', r'"\ud800" "\uD800"', r'"\uDFFF"', r'"\ufffd"', r'"é" "\u00E9"', r'"\ud83d\ude00" "😀"',
           r'"\u0000"', r'"\n" "\u000a"', '""', r'"\"" "\u0022"', '"\x7f" "\\u007F"']
NAMES = [r'"a" "\u0061"', r'"b" "\u0062"', r'"a\u0020b"', '"a!"', r'"é" "\u00e9"', r'"nul\u0000"', '""']
WORDS = ["null", "true", "false", "[] [\t]", "{} {\t}"]
GROUP = re.compile("\x01([^\x02]*)\x02")


def one_of(dice, groups):
    return f"\x01{dice.choice(groups)}\x02"


def written(dice, text):
    """A text in which each group is one of its ways."""
    return GROUP.sub(lambda found: dice.choice(found.group(1).split(" ")), text)


def value(dice, depth=0):
    kind = dice.random()
    if depth < 4 and kind < 0.2:
        pairs = [f"{one_of(dice, NAMES)}:{value(dice, depth + 1)}" for _ in range(dice.randrange(4))]
        return "{" + dice.choice([",", " ,\t"]).join(pairs) + "}"
    if depth < 4 and kind < 0.4:
        return "[" + ",".join(value(dice, depth + 1) for _ in range(dice.randrange(3))) + "]"
    return one_of(dice, NUMBERS if kind < 0.65 else STRINGS if kind < 0.9 else WORDS)


def record(dice, key):
    members = [f"{one_of(dice, NAMES)}:{value(dice)}" for _ in range(dice.randrange(4))]
    if key is not None:
        members.insert(dice.randrange(len(members) + 1), f'"id":{key}')
    return "{" + ",".join(members) + "}"


def keyed(dice):
    """Records whose keys may come again, and some of which the other side says in the same way."""
    sides = [[], []]
    for key in range(60):
        text = record(dice, dice.choice([str(key), f'"{key}"']))
        for side in sides:
            for _ in range(dice.choice([0, 1, 1, 1, 2])):
                side.append(written(dice, text if dice.random() < 0.6 else record(dice, key)))
    return sides


def unkeyed(dice):
    kinds = [record(dice, None) for _ in range(12)]
    return [[written(dice, dice.choice(kinds)) for _ in range(40)] for _ in range(2)]


def frozen(parsed):
    """A value that can be compared and counted: a number's kind makes no difference, but a boolean is none."""
    if isinstance(parsed, dict):
        return ("object", tuple(sorted((name, frozen(inner)) for name, inner in parsed.items())))
    if isinstance(parsed, list):
        return ("list", tuple(frozen(inner) for inner in parsed))
    return ("number", str(parsed.normalize() + 0)) if isinstance(parsed, Decimal) else (type(parsed).__name__, str(parsed))


def parse(text):
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def count(values):
    counts = {}
    for one in values:
        counts[one] = counts.get(one, 0) + 1
    return counts


def of_keys(a, b):
    last = [{frozen(parse(text)["id"]): frozen(parse(text)) for text in side} for side in (a, b)]
    both = [key for key in last[0] if key in last[1]]
    same = sum(last[0][key] == last[1][key] for key in both)
    return {"same": same, "changed": len(both) - same, "missing": len(last[0]) - len(both), "extra": len(last[1]) - len(both),
            "repeats": [len(a) - len(last[0]), len(b) - len(last[1])], "without_key": [0, 0]}


def of_values(a, b):
    counts = [count(frozen(parse(text)) for text in side) for side in (a, b)]
    same = sum(min(counts[0][one], counts[1].get(one, 0)) for one in counts[0])
    return {"same": same, "changed": 0, "missing": len(a) - same, "extra": len(b) - same, "repeats": [0, 0],
            "without_key": [len(a), len(b)]}


def write(path, dice, streams, side):
    lines = [(name, text) for name, sides in streams.items() for text in sides[side]]
    order = sorted(range(len(lines)), key=lambda _: dice.random())
    for name in streams:  # the last one of a key counts: a stream's records stay in their order
        places = sorted(i for i in order if lines[i][0] == name)
        positions = [n for n, i in enumerate(order) if lines[i][0] == name]
        for position, place in zip(positions, places):
            order[position] = place
    with open(path, "w", encoding="utf-8") as file:
        for i in order:
            name, text = lines[i]
            parts = [f'"stream":"{name}"', f'"data":{text}', '"emitted_at":1']
            dice.shuffle(parts)
            file.write('{"record":{' + ",".join(parts) + '},"type": "RECORD"}\n')


def main(seed, a, b):
    import decimal

    decimal.getcontext().prec = 400
    dice = random.Random(seed)
    streams = {"keyed": keyed(dice), "unkeyed": unkeyed(dice)}
    write(a, dice, streams, 0)
    write(b, dice, streams, 1)
    print(json.dumps({"keyed": of_keys(*streams["keyed"]), "unkeyed": of_values(*streams["unkeyed"])}))


main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
