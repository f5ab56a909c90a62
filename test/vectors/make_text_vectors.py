"""Writes text.json: how Hugging Face's tokenizers splits, pairs and cuts texts, with a small vocabulary.

Needs tokenizers. Run from the repository's root:
    python test/vectors/make_text_vectors.py
"""

import json
import pathlib
import tempfile

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from tokenizers.implementations import BertWordPieceTokenizer

HERE = pathlib.Path(__file__).parent
WORDS = """[PAD] [UNK] [CLS] [SEP] [MASK] the film is good bad very un ##bel ##iev ##able , . ! ' s a cafe ##s
naive 你 好 don t ##ly great ##est - 1 ##9 ##99 film ##maker""".split()
VOCAB = list(dict.fromkeys(WORDS))
TEXTS = [
    ["The film is GOOD!", None],
    ["Unbelievable, naïve cafés don't…", None],
    ["the film's a very very very very good film", None],
    ["你好 filmmaker 1999", None],
    ["[MASK] the [SEP] film", None],
    ["the film is good", "the film is very bad, unbelievable"],
    ["a a a a a a a a a a a a", "good"],
    ["good", "a a a a a a a a a a a a"],
    ["a a a a a a a a a a a a", "the film is very bad, unbelievable, very bad"],
    ["zzz", "xyz"],
]


def encodings(tokenizer):
    cases = []
    for length in (5, 8, 11, 64):
        tokenizer.enable_truncation(length)
        for text, pair in TEXTS:
            encoded = tokenizer.encode(text, pair)
            cases.append([text, pair, length, encoded.ids, encoded.type_ids])
    return cases


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "vocab.txt"
    path.write_text("\n".join(VOCAB) + "\n")
    uncased = BertWordPieceTokenizer(str(path), lowercase=True)

bpe = Tokenizer(models.BPE(
    vocab={token: at for at, token in enumerate(["<s>", "</s>", "<pad>", "<unk>", "Ġ", "f", "i", "l", "m", "il", "film", "Ġfilm", "g", "o", "d", "oo", "Ġg", "Ġgoo"])},
    merges=[("i", "l"), ("o", "o"), ("Ġ", "g"), ("Ġg", "oo")],
    unk_token="<unk>",
))
bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
bpe.post_processor = processors.TemplateProcessing(
    single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 1)])
bpe_cases = []
for length in (4, 7, 64):
    bpe.enable_truncation(length)
    for text, pair in (["film good", None], ["good film", "good good"], ["Ω", None]):
        encoded = bpe.encode(text, pair)
        bpe_cases.append([text, pair, length, encoded.ids, encoded.type_ids])
bpe.no_truncation()
result = {
    "vocab": VOCAB,
    "wordPiece": encodings(uncased),
    "tokenizerJson": json.loads(bpe.to_str()),
    "bpe": bpe_cases,
}
lines = ",\n".join(f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in result.items())
(HERE / "text.json").write_text("{\n" + lines + "\n}\n")
