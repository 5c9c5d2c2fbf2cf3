"""Strings that tokenizers disagree about: seeded, so that the same call gives the same strings.

    python hostile_strings.py --seed 1 --count 5000 > strings.jsonl

Each line is {"text": …} or {"text": …, "pair": …}. The strings come from one recipe each: ordinary words, letters of
many scripts composed and decomposed, marks, controls, blanks, emoji, long words, special tokens, whole-range noise.
"""

import argparse
import json
import random
import sys
import unicodedata

WORDS = (
    "a stirring film and the slow train of unbelievable things was running over hills we never tokenised before "
    "It's they're rock-n-roll e.g. U.S.A. 3.14 1,000,000 $5 50% C++ #1 a@b.c x_y (so) [so] {so} <so> \"so\" 'so' — … "
    "naïve café façade Ærøskøbing İstanbul ISTANBUL ıssız Straße ſt ﬁne ﬂow ǅ Ǆ Σίσυφος ΟΔΟΣ Ελληνικά привет "
    "Ёлка йод שָׁלוֹם שלום مُحَمَّد السلام हिन्दी नमस्ते தமிழ் ไทย ภาษาไทย 한국어 안녕 日本語 がぎぐ か\u3099 ﾊﾟ 中文 漢字 "
    "Ａｂｃ １２３ 𝔄𝔅𝔠 𝟘𝟙 ⅷ ½ x² H₂O ™ ℡ Å Å Ω Ω Ǻ ộ o\u0323\u0302 o\u0302\u0323 e\u0301 ü u\u0308 ñ n\u0303 ﷺ"
).split()
EMOJI = [
    "😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷🇩🇪", "☃", "☃️", "❤️", "1️⃣", "🧑🏿‍🚀", "⌚︎", "🏴\U000e0067\U000e0062\U000e007f",
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
NEARLY_SPECIAL = [
    "[cls]", "[Sep]", "[ MASK ]", "[MASK", "MASK]", "[[MASK]]", "[PAD][PAD]", "##ing", "## ing", "[unused1]",
    "[M\u0301ASK]",
]
BLANKS = "\t\n\r \u00a0\u1680\u2000\u2003\u2009\u2028\u2029\u202f\u205f\u3000\u0085\u000b\u000c"
CONTROLS = (
    "\x00\x01\x08\x1b\x1f\x7f\x80\x9f\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066"
    "\ufeff\ufff9\ufffd"
)
MARKS = (
    "\u0300\u0301\u0308\u0323\u0327\u0338\u034f\u0483\u05b0\u0610\u064b\u0903\u093e\u094d\u0e31\u0e47\u1ab0\u1dfa"
    "\u20d0\u20dd\u302a\u3099\ua66f\ufe20\U0001d165\U0001e8d0\U000e0100"
)
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡§«¶·»¿‐–—‘’“”†•…‰‹›⁂⁞₍⌈❨⟦⦃⸘⸺、。〈「〜｡！＃－＿｛𐄀𑁇𒑰𞥞⹒¢£¥€₿×÷±©°"
BOUNDARIES = [
    0x00A0, 0x02FF, 0x0370, 0x1100, 0x2E7F, 0x2E80, 0x33FF, 0x3400, 0x4DBF, 0x4DC0, 0x4DFF, 0x4E00, 0x9FFF, 0xA000,
    0xAC00, 0xD7A3, 0xD7FF, 0xE000, 0xF8FF, 0xF900, 0xFAFF, 0xFB00, 0xFFFE, 0xFFFF, 0x1F9FF, 0x1FFFF, 0x20000, 0x2A6DF,
    0x2A700, 0x2B73F, 0x2B740, 0x2B81F, 0x2B820, 0x2CEAF, 0x2CEB0, 0x2F800, 0x2FA1F, 0x30000, 0xE0001,
    0xF0000, 0x10FFFF,
]
BLOCKS = [
    (0x20, 0x7F), (0xA0, 0x250), (0x250, 0x370), (0x370, 0x530), (0x590, 0x780), (0x900, 0xE00), (0xE00, 0x1000),
    (0x1000, 0x1200), (0x1AB0, 0x1B00), (0x1DC0, 0x2000), (0x2000, 0x2E80), (0x2E80, 0x3400), (0x4E00, 0xA000),
    (0xA640, 0xAC00), (0xAC00, 0xD7B0), (0xF900, 0xFE00), (0xFE00, 0x10000), (0x10000, 0x12000), (0x1D000, 0x1D800),
    (0x1E000, 0x1F000), (0x1F000, 0x1FB00), (0x20000, 0x30000),
]


class Recipes:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, alphabet, low, high):
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randint(low, high)))

    def character(self, low=0, high=0x110000):
        while True:
            code = self.random.randrange(low, high)
            if not 0xD800 <= code < 0xE000:
                return chr(code)

    def words(self):
        return " ".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, 20)))

    def decomposed(self):
        form = self.random.choice(["NFC", "NFD", "NFKC", "NFKD"])
        return unicodedata.normalize(form, self.words())

    def shouted(self):
        return self.random.choice([str.upper, str.title, str.swapcase])(self.words())

    def marked(self):
        return "".join(c + self.some(MARKS, 0, 3) for c in self.words())

    def sprinkled(self):
        """Controls, blanks or punctuation between the letters."""
        alphabet = self.random.choice([CONTROLS, BLANKS, PUNCTUATION, CONTROLS + BLANKS + PUNCTUATION])
        return "".join(c + (self.some(alphabet, 1, 2) if self.random.random() < 0.2 else "") for c in self.words())

    def emoji(self):
        return self.random.choice(["", " "]).join(
            self.random.choice([self.random.choice(EMOJI), self.random.choice(WORDS)]) for _ in range(8)
        )

    def long_word(self):
        """Words about as long as the limit of 100 characters, and far longer ones."""
        length = self.random.choice([98, 99, 100, 101, 102, 199, 500, 2000])
        alphabet = self.random.choice(["ab", "xyzé", "中", "0123456789", "e\u0301", "ß", "\u0301", "😀"])
        return self.words() + " " + (alphabet * length)[:length] + self.random.choice(["", " ", "."]) + self.words()

    def special(self):
        parts = [self.random.choice(SPECIAL + NEARLY_SPECIAL + WORDS[:12]) for _ in range(self.random.randint(1, 10))]
        return self.random.choice(["", " ", "  ", "\u0301", "\u200d"]).join(parts)

    def block(self):
        low, high = self.random.choice(BLOCKS)
        return "".join(self.character(low, high) for _ in range(self.random.randint(1, 30)))

    def boundary(self):
        return "".join("a" + chr(self.random.choice(BOUNDARIES)) for _ in range(self.random.randint(1, 12)))

    def noise(self):
        return "".join(self.character() for _ in range(self.random.randint(1, 30)))

    def blank(self):
        return self.some(BLANKS + CONTROLS, 0, 6)

    def glued(self):
        """Scripts next to each other without blanks."""
        return "".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, 10)))

    def text(self):
        recipes = [
            self.words, self.decomposed, self.shouted, self.marked, self.sprinkled, self.emoji, self.long_word,
            self.special, self.block, self.block, self.boundary, self.noise, self.blank, self.glued,
        ]
        return self.random.choice(recipes)()


def hostile_strings(seed, count):
    """`count` records, every fifth a pair."""
    recipes = Recipes(seed)
    records = []
    for i in range(count):
        record = {"text": recipes.text()}
        if i % 5 == 4:
            record["pair"] = recipes.text()
        records.append(record)
    return records


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    arguments = parser.parse_args()
    for record in hostile_strings(arguments.seed, arguments.count):
        sys.stdout.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
