"""Encodings by Hugging Face's tokenizers (0.23) that tests/models/text compares ours with.

    pip install tokenizers && python tests/golden/wordpiece.py     # writes wordpiece.json

The texts hold what tends to go wrong: accents, CJK, control characters, odd spaces, long words.
Offsets are bytes of the text in UTF-8. The sample text is compared as a whole, by a checksum.
"""
import collections
import json
import pathlib
import re

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
SAMPLE = HERE.parent.parent / "models/data/linden-bay.en.txt"
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

TEXTS = [
    "The opposite of hot is cold.",
    "\"What day will it be in a hundred days, if today is Monday?\" asked Mr. Quill.",
    "They're well-known; don't worry -- it costs $5.00 (about 4,50 €)!",
    "Crème brûlée, naïve façade, Ångström, ÉCOLE, Straße, İstanbul, ΑΒΓ σς",
    "Je suis étudiant. Où est l’été ? « Là-bas », dit-il…",
    "天还没有亮，阿娜的面包房已经点起了灯。",
    "“这不是给你吃的，”阿娜笑着说，“你去码头上等鱼吧。”",
    "mixed 中文 and English中text, 123中456",
    "日本語のテキスト: カタカナ、がぎぐ",
    "한국어 텍스트",
    "tabs\tand\nnew lines\r\nand\u00a0no-break\u2003em\u3000ideographic\u2028spaces",
    "zero\u200bwidth and soft\u00adhyphen, bell\u0007, null-like \ufffd here",
    "combining e\u0301 and o\u0308\u0304 marks; \u0301alone",
    "emoji 🙂🙃 and flags 🇫🇷, maths 𝒳 ≤ ∑ ≠ <>=",
    "x" * 100 + " " + "y" * 101 + " " + "é" * 100 + " z",
    "UNKNOWNWORDÿ#hash ##double [MASK] [CLS]x",
    "ﬁne ligatures Ⅳ ½ ² ﬀ",
    "ไทย हिन्दी עברית العربية",
    "",
    "   \t ",
    "!?",
    "a" * 30,
]

PAIRS = [(0, 1, 512), (0, 1, 16), (1, 0, 16), (1, 1, 20), (5, 0, 13), (0, 18, 10), (3, 2, 3)]


def byte_offsets(text, encoding):
    at = [0]
    for character in text:
        at.append(at[-1] + len(character.encode()))
    return [[at[a], at[b]] for a, b in encoding.offsets]


def fnv1a(numbers):
    """64-bit FNV-1a of the numbers, each as 4 bytes, low byte first."""
    value = 0xCBF29CE484222325
    for number in numbers:
        for byte in number.to_bytes(4, "little"):
            value = ((value ^ byte) * 0x100000001B3) % 2**64
    return f"{value:016x}"


def tokenizer(vocabulary, lower):
    t = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(lowercase=lower)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return t


def make_vocabulary():
    """Characters, frequent words and frequent word ends: the same at each run."""
    normalizer = normalizers.BertNormalizer(lowercase=True)
    texts = TEXTS + [normalizer.normalize_str(text) for text in TEXTS]
    splitter = pre_tokenizers.BertPreTokenizer()
    characters = {c for text in texts for word, _ in splitter.pre_tokenize_str(text)
                  for c in [word[0]] + ["##" + c for c in word[1:]]}
    words = collections.Counter(re.findall("[A-Za-z]+", SAMPLE.read_text()))
    ends = collections.Counter()
    for word, count in words.items():
        ends.update({"##" + word[i:]: count for i in range(max(1, len(word) - 3), len(word) - 1)})

    def frequent(counter, n):
        return sorted(counter, key=lambda token: (-counter[token], token))[:n]

    # Some left out: so that a character is unknown, and that a frequent word is cut into pieces.
    missing = {"€", "##ÿ", "≠", "the", "Monday"}
    tokens = SPECIALS + sorted(characters | set(frequent(words, 200) + frequent(ends, 80)))
    return {token: i for i, token in enumerate(t for t in tokens if t not in missing)}


def main():
    vocabulary = make_vocabulary()
    result = {"vocabulary": list(vocabulary), "texts": TEXTS, "cases": [], "pairs": []}
    for lower in (True, False):
        t = tokenizer(vocabulary, lower)
        for i, text in enumerate(TEXTS):
            e = t.encode(text)
            result["cases"].append(
                {"text": i, "lower_case": lower, "ids": e.ids, "offsets": byte_offsets(text, e)})
        text = SAMPLE.read_text()
        e = t.encode(text)
        flat = [n for id_, (a, b) in zip(e.ids, byte_offsets(text, e)) for n in (id_, a, b)]
        result["sample_lower" if lower else "sample_cased"] = {
            "tokens": len(e.ids), "fnv1a": fnv1a(flat)}

    t = tokenizer(vocabulary, lower=True)
    cls, sep = vocabulary["[CLS]"], vocabulary["[SEP]"]
    t.post_processor = processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls))
    for a, b, length in PAIRS:
        t.enable_truncation(length, strategy="longest_first")
        e = t.encode(TEXTS[a], TEXTS[b])
        result["pairs"].append(
            {"a": a, "b": b, "max_length": length, "ids": e.ids, "type_ids": e.type_ids})

    with open(HERE / "wordpiece.json", "w", encoding="utf-8", newline="\n") as file:
        json.dump(result, file, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
