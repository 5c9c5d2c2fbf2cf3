"""Makes Fixtures/tokenizers: what the `tokenizers` library makes of odd strings.

    python tokenizer_golden.py        # after compact_base.py

golden.jsonl is for the tokenizer of Fixtures/mirror/minilm-l3-compact; options/ holds a tokenizer of a few dozen pieces
that differs from it in every setting it can, and its own golden.jsonl. A line is
  {"text", "pair" (or absent), "maxLength" (null or 16), "ids", "tokens", "offsets", "typeIds"}
with [begin, end] offsets in Unicode code points of the text they come from, and [0, 0] for what the template adds.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from hostile_strings import hostile_strings

FIXTURES = Path(__file__).resolve().parent.parent
OUTPUT = FIXTURES / "tokenizers"
SEED = 7
MAX_LENGTH = 16

OWN = [
    "", " ", "\t\n", "a", "The film was slow, but I never once looked at the clock.", "Don't you dare say it's 'fine'.",
    "It cost $12.50 (plus 8% tax) at 9:30 a.m.!", "UNBELIEVABLY GOOD", "unbelievably-good", "über café naïve Zoë",
    "ube\u0308r cafe\u0301 nai\u0308ve Zoe\u0308", "İstanbul ı I i̇", "Straße STRASSE ſtraße", "ΟΔΥΣΣΕΥΣ Ὀδυσσεύς",
    "中文字符 and 漢字", "か\u3099が ｶﾞ", "한국어 텍스트", "Привет, мир! ёлка", "שָׁלוֹם עולם", "مرحبا بالعالم", "नमस्ते दुनिया",
    "สวัสดีชาวโลก",
    "👨‍👩‍👧‍👦 family 👍🏽", "🇫🇷flag", "a\u200bb\u200cc\u200dd\ufeffe", "soft\u00adhyphen", "null\x00byte \x7f \x85 next",
    "a\u0300\u0301\u0302\u0303", "\u0301leading mark", "x\u0338 ≠ y", "a" * 100, "a" * 101, "b" * 99 + "é", "é" * 101,
    "中" * 120, "[MASK] [CLS][SEP] [mask] [PAD]x", "x[MASK]y", "[MASK", "[UNK]known", "##ing ing ##", "[unused5]",
    "tabs\tand\nlines\r\nend", "nbsp\u00a0here\u3000wide\u2003em", "\u2028line\u2029paragraph",
    "\u202eright to left\u202c",
    "“Quotes” ‘single’ — dash… ‹a›", "a/b\\c|d~e`f^g", "snake_case camelCase kebab-case",
    "http://example.org/a?b=c&d=e#f",
    "3.14159 1e-10 0xFF ½ ² ₂ ⅷ", "\ue000\uf8ff private \U000f0000", "\u0378\u0530 unassigned \U0001fffd",
    "\uffff\ufffe nonchars",
    "𝔉𝔯𝔞𝔨𝔱𝔲𝔯 𝟙𝟚𝟛", "ﬁ ﬂ ﬀ ligatures", "Ａ ｂ ｃ １ ！", "ﷺ ℡ ™ ©", "\u3400\u4db5\U00020000\U0002a6d6\U0002f800\uf900",
    "e\u0301e\u0301 combining then composed éé", "ệ ệ ê\u0323", "Ω Ω Å Å", "\ufffd replaced \ufffd",
    "worst. food. ever. and I loved the waiter",
    "the the the the the the the the the the the the the the the the the the",
]
PAIRS = [
    ("The room was clean.", "The street was not."),
    ("", "only the second"),
    ("only the first", ""),
    ("", ""),
    ("short", "a second text, much longer than the first one, so that only this one is cut when it gets too long"),
    ("a first text, much longer than the second one, so that only this one is cut when it gets too long", "short"),
    (
        "both of these texts are rather long and they have to be cut together",
        "both of these texts are rather long too, so which one goes first?",
    ),
    ("[SEP] in the first", "and [CLS] in the second"),
]


def encode(tokenizer, record, max_length):
    if max_length is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_length)
    encoding = tokenizer.encode(record["text"], record.get("pair"))
    return record | {
        "maxLength": max_length,
        "ids": encoding.ids,
        "tokens": encoding.tokens,
        "offsets": encoding.offsets,
        "typeIds": encoding.type_ids,
    }


def write_golden(path, tokenizer, records):
    tokenizer.no_padding()
    with path.open("w", encoding="ascii") as file:
        for record in records:
            whole = encode(tokenizer, record, None)
            file.write(json.dumps(whole, separators=(",", ":")) + "\n")
            if len(whole["ids"]) > MAX_LENGTH:
                file.write(json.dumps(encode(tokenizer, record, MAX_LENGTH), separators=(",", ":")) + "\n")
    print(f"{path.relative_to(FIXTURES)}: {len(records)} strings, {path.stat().st_size:,} bytes")


def other_options():
    """Cased, accents stripped, CJK not split, a short word limit, other special tokens, added tokens of every kind."""
    pieces = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces += list(letters + "ABCS.,!'-中文") + ["@@" + letter for letter in letters + "文"]
    pieces += ["the", "slow", "film", "@@ing", "@@er", "Slow", "un", "@@slow", "new", "york"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token="<unk>", continuing_subword_prefix="@@", max_input_chars_per_word=12)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="@@", cleanup=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s>:1 $B:1 </s>:1",
        special_tokens=[("<s>", vocabulary["<s>"]), ("</s>", vocabulary["</s>"])],
    )
    tokenizer.add_special_tokens(["<pad>", "<unk>", "<s>", "</s>", AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.add_tokens([
        AddedToken("New York", normalized=False),
        AddedToken("café", normalized=True),
        AddedToken("word", single_word=True),
        AddedToken("<r>", rstrip=True),
    ])
    return tokenizer


OPTION_TEXTS = [
    "the slow film", "The Slow film.", "unslowing new york New York newyork", "café cafe\u0301 cafe Café",
    "word sword word's words",
    "a <mask> b", "a<mask>b", "a   <mask>   b", "<r>   next", "x<r>\ty", "中文 中 文x", "tab\tand\nline",
    "ctrl\x00\x01char",
    "abcdefghijkl", "abcdefghijklm", "the slow-film isn't the film", "<s> the </s>", "<unk>", "<pad><pad>", "THE FILM",
    "slow filming slower unslow", "é\u0301 ü ñ", "", "   ", "the film, the slow film, the new film, the slowing film!",
]
OPTION_PAIRS = [
    ("the slow film", "New York"),
    ("a <mask>", "<mask> b"),
    ("the film " * 4, "slow " * 8),
]


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    base = Tokenizer.from_file(str(FIXTURES / "mirror" / "minilm-l3-compact" / "tokenizer.json"))
    records = [{"text": text} for text in OWN] + [{"text": text, "pair": pair} for text, pair in PAIRS]
    # The longest words are for the larger run outside of the repository.
    hostile = [r for r in hostile_strings(SEED, 700) if len(r["text"]) + len(r.get("pair", "")) <= 300]
    write_golden(OUTPUT / "golden.jsonl", base, records + hostile[: 600 - len(records)])

    folder = OUTPUT / "options"
    folder.mkdir(exist_ok=True)
    tokenizer = other_options()
    tokenizer.save(str(folder / "tokenizer.json"))
    records = [{"text": text} for text in OPTION_TEXTS] + [{"text": text, "pair": pair} for text, pair in OPTION_PAIRS]
    write_golden(folder / "golden.jsonl", tokenizer, records)


if __name__ == "__main__":
    main()
