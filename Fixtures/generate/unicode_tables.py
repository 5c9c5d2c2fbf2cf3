"""Writes Sources/ZooText/Unicode/UnicodeData.swift: the character classes of the `tokenizers` library, found by trying.

The library mixes several Unicode versions (its categories and its canonical decompositions come from old tables, its
lower-case mappings and white space from its compiler's), so no single version of the standard gives its answers. Every
scalar value is tried in the library itself; the header of the file that is written says how the answers differ from
Python's `unicodedata`.

    python unicode_tables.py [output]
"""

import sys
import unicodedata
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

SCALARS = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)
OUTPUT = Path(__file__).resolve().parents[2] / "Sources" / "ZooText" / "Unicode" / "UnicodeData.swift"


def bert(**flags):
    names = ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
    return normalizers.BertNormalizer(**{name: flags.get(name, False) for name in names})


def cleaned():
    """The scalars that cleaning removes, and those that it turns into a space."""
    clean = bert(clean_text=True)
    removed, spaces = set(), set()
    for code in SCALARS:
        result = clean.normalize_str(f"a{chr(code)}b")
        if result == "ab":
            removed.add(code)
        elif result == "a b":
            spaces.add(code)
        else:
            assert result == f"a{chr(code)}b", hex(code)
    return removed, spaces


def split():
    """The scalars at which words end and are removed (white space), and those that stand alone (punctuation)."""
    splitter = pre_tokenizers.BertPreTokenizer()
    spaces, punctuation = set(), set()
    for code in SCALARS:
        count = len(splitter.pre_tokenize_str(f"a{chr(code)}b"))
        if count == 2:
            spaces.add(code)
        elif count == 3:
            punctuation.add(code)
        else:
            assert count == 1, hex(code)
    return spaces, punctuation


def ideographs():
    spaced = bert(handle_chinese_chars=True)
    return {code for code in SCALARS if spaced.normalize_str(chr(code)) == f" {chr(code)} "}


def lower_case():
    lower = normalizers.Lowercase()
    return {code: text for code in SCALARS if (text := lower.normalize_str(chr(code))) != chr(code)}


def decompositions():
    """Full canonical decompositions, without those of Hangul syllables, which are arithmetic."""
    nfd = normalizers.NFD()
    mapping = {}
    for code in SCALARS:
        text = nfd.normalize_str(chr(code))
        if code in HANGUL:
            assert text == unicodedata.normalize("NFD", chr(code)), hex(code)
        elif text != chr(code):
            mapping[code] = text
    return mapping


def stripped_marks(decomposed):
    strip = bert(strip_accents=True)
    return {
        code
        for code in SCALARS
        if code not in decomposed and code not in HANGUL and strip.normalize_str(f"a{chr(code)}") == "a"
    }


def combining_classes(decomposed):
    """Canonical combining classes, each confirmed by the order in which the library puts it and every other class."""
    nfd = normalizers.NFD().normalize_str
    low, high = "\u0334", "\u0315"  # classes 1 and 232
    classes = {}
    for code in SCALARS:
        c = chr(code)
        if code in decomposed or code in HANGUL:
            continue
        if nfd(high + c) != high + c or nfd(c + low) != c + low:
            classes[code] = unicodedata.combining(c)
            assert classes[code] > 0, hex(code)
    samples = {value: chr(code) for code, value in sorted(classes.items(), reverse=True)}
    for code, value in classes.items():
        for other, sample in samples.items():
            if sample == chr(code):
                continue
            assert (nfd("a" + chr(code) + sample) == "a" + sample + chr(code)) == (value > other), hex(code)
            assert (nfd("a" + sample + chr(code)) == "a" + chr(code) + sample) == (other > value), hex(code)
    return classes


def word_characters():
    """What the library takes for part of a word beside an added token that has to be a single word."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_tokens([AddedToken("<x>", single_word=True, normalized=False)])
    texts = [f"{chr(code)}<x>" for code in SCALARS]
    encodings = tokenizer.encode_batch_fast(texts)
    return {code for code, encoding in zip(SCALARS, encodings) if 1 not in encoding.ids}


def runs(codes):
    ordered, result = sorted(codes), []
    for code in ordered:
        if result and code == result[-1][1]:
            result[-1][1] += 1
        else:
            result.append([code, code + 1])
    return result


def encode_set(codes):
    numbers, end = [], 0
    for start, stop in runs(codes):
        numbers += [start - end, stop - start]
        end = stop
    return " ".join(f"{number:x}" for number in numbers)


def encode_lower_case(mapping):
    """Runs of `gap count step delta`: scalars a step apart that all move by the same delta."""
    single = {code: ord(text) - code for code, text in mapping.items() if len(text) == 1}
    entries, end, codes = [], 0, sorted(single)
    index = 0
    while index < len(codes):
        best = 1, 1
        for step in (1, 2):
            count = 1
            while single.get(codes[index] + count * step) == single[codes[index]]:
                count += 1
            # A run with holes would skip scalars that move otherwise.
            if step == 2 and any(codes[index] + 2 * i + 1 in single for i in range(count - 1)):
                continue
            best = max(best, (count, step))
        count, step = best
        delta = single[codes[index]]
        entries.append(f"{codes[index] - end:x} {count:x} {step} {'-' if delta < 0 else ''}{abs(delta):x}")
        end = codes[index] + (count - 1) * step + 1
        index += count
    return ",".join(entries)


def encode_texts(mapping):
    entries, end = [], 0
    for code, text in sorted(mapping.items()):
        entries.append(" ".join(f"{number:x}" for number in [code - end, *map(ord, text)]))
        end = code + 1
    return ",".join(entries)


def encode_classes(classes):
    """Runs of `gap count class`."""
    entries, end = [], 0
    for code, value in sorted(classes.items()):
        if entries and code == end and entries[-1][2] == value:
            entries[-1][1] += 1
        else:
            entries.append([code - end, 1, value])
        end = code + 1
    return ",".join(f"{gap:x} {count:x} {value:x}" for gap, count, value in entries)


def literal(name, summary, text):
    """One string literal, cut at 110 columns."""
    lines = [text[start : start + 110] for start in range(0, len(text), 110)]
    body = "\\\n".join(f"        {line}" for line in lines)
    return f'    /// {summary}\n    static let {name}: StaticString = """\n{body}\n        """\n'


def listed(codes, limit=12):
    parts = [f"{a:04X}" if b == a + 1 else f"{a:04X}-{b - 1:04X}" for a, b in runs(codes)]
    return ", ".join(parts[:limit]) + (f", … ({len(parts)} ranges)" if len(parts) > limit else "")


def comment(text, indent="  "):
    words, lines = text.split(), ["//"]
    for word in words:
        if len(lines[-1]) + len(word) > 115:
            lines.append("//" + indent)
        lines[-1] += " " + word
    return "\n".join(lines)


def category(*names):
    return {code for code in SCALARS if unicodedata.category(chr(code)) in names}


def difference(title, library, python):
    missing, extra = python - library, library - python
    return comment(
        f"- {title}: {len(library)}; without {len(missing)} of unicodedata's"
        + (f" ({listed(missing)})" if missing else "")
        + f"; with {len(extra)} others"
        + (f" ({listed(extra)})" if extra else "")
        + "."
    )


def main():
    removed, spaces_left = cleaned()
    spaces, punctuation = split()
    assert spaces_left == spaces - removed | {9, 10, 13}
    lower, decomposed = lower_case(), decompositions()
    marks, classes = stripped_marks(decomposed), combining_classes(decomposed)
    words, chinese = word_characters(), ideographs()

    ascii_symbols = {code for code in range(128) if unicodedata.category(chr(code))[0] == "S"}
    known_lower = {code for code in SCALARS if chr(code).lower() != chr(code)}
    known_nfd = {
        code for code in SCALARS if code not in HANGUL and unicodedata.normalize("NFD", chr(code)) != chr(code)
    }
    header = "\n".join(
        [
            "// Generated by Fixtures/generate/unicode_tables.py; do not edit.",
            "//",
            comment(
                f"The character classes of the `tokenizers` library {tokenizers.__version__}, found by trying "
                "every scalar value in it. Its categories (controls, punctuation, marks) are those of Unicode 8, its "
                "canonical decompositions and combining classes those of Unicode 9; its lower-case mappings, white "
                "space and word "
                f"characters are its compiler's. Compared with unicodedata {unicodedata.unidata_version} of Python "
                f"{sys.version.split()[0]} (ranges in hexadecimal):",
                indent="",
            ),
            difference("removed by cleaning (Cc, Cf, Co)", removed, category("Cc", "Cf", "Co")),
            difference("white space (Zs, Zl, Zp)", spaces, category("Zs", "Zl", "Zp")),
            difference(
                "punctuation (P* and ASCII symbols)",
                punctuation,
                category("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po") | ascii_symbols,
            ),
            difference("accents that are stripped (Mn)", marks, category("Mn") - known_nfd),
            difference("canonical decompositions, Hangul aside", set(decomposed), known_nfd),
            difference(
                "combining classes that are not zero",
                set(classes),
                {code for code in SCALARS if unicodedata.combining(chr(code))} - known_nfd,
            ),
            difference("lower-case mappings", set(lower), known_lower),
            "",
            "// swift-format-ignore-file",
            "",
            "/// The tables as text, read once into `CharacterTable`: hexadecimal numbers.",
            "///",
            "/// A gap counts from the end of the entry before.",
            "enum UnicodeData {",
        ]
    )
    single = {code: text for code, text in lower.items() if len(text) == 1}
    longer = {code: text for code, text in lower.items() if len(text) > 1}
    parts = [
        literal("removed", "Removed by cleaning: gap and length of each run.", encode_set(removed)),
        literal("whiteSpace", "White space: gap and length of each run.", encode_set(spaces)),
        literal("punctuation", "Punctuation: gap and length of each run.", encode_set(punctuation)),
        literal("marks", "Accents that are stripped: gap and length of each run.", encode_set(marks)),
        literal("ideographs", "Set apart by spaces: gap and length of each run.", encode_set(chinese)),
        literal("words", "Part of a word beside an added token: gap and length of each run.", encode_set(words)),
        literal("lowerCase", "Lower case: gap, count, step and delta of each run.", encode_lower_case(single)),
        literal("lowerCaseTexts", "Lower case of more than one scalar: gap and the scalars.", encode_texts(longer)),
        literal("combiningClasses", "Combining classes: gap, count and class of each run.", encode_classes(classes)),
        literal(
            "decompositions", "Full canonical decompositions: gap and the scalars.", encode_texts(decomposed)
        ),
    ]
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    output.write_text(header + "\n" + "\n".join(parts) + "}\n", encoding="utf-8")
    print(f"{output}: {output.stat().st_size} bytes")


main()
