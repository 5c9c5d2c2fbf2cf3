"""What the sweep imports and trains on: small models, and rows of a table."""

import json
import random
import struct


def write_model(folder, seed, tensors=((64, 512), (128, 128), (8,))):
    """A model folder: a configuration and a safetensors file."""
    folder.mkdir(parents=True)
    numbers = random.Random(seed)
    header, body = {}, b""
    for index, shape in enumerate(tensors):
        count = 1
        for extent in shape:
            count *= extent
        # The first tensor is the same in every model: versions share it.
        values = (random.Random(0) if index == 0 else numbers).randbytes(count * 2)
        data = b"".join(values[i : i + 2] + b"\x80\x3e" for i in range(0, len(values), 2))
        header[f"layer.{index}.weight"] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    (folder / "config.json").write_text(json.dumps({"model_type": "tiny", "seed": seed}))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# tiny\n")


def write_bert(folder, seed):
    """A BERT small enough to be fine-tuned in a blink: one layer of 32."""
    folder.mkdir(parents=True)
    numbers = random.Random(seed)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"good bad fine poor it was a very film the".split()]
    hidden, inner = 32, 64
    shapes = {
        "embeddings.word_embeddings.weight": (len(words), hidden),
        "embeddings.position_embeddings.weight": (32, hidden),
        "embeddings.token_type_embeddings.weight": (2, hidden),
    }
    for name, extent in [("embeddings.LayerNorm", hidden), ("encoder.layer.0.attention.output.LayerNorm", hidden),
                         ("encoder.layer.0.output.LayerNorm", hidden)]:
        shapes[name + ".weight"] = shapes[name + ".bias"] = (extent,)
    for name, out, into in [("attention.self.query", hidden, hidden), ("attention.self.key", hidden, hidden),
                            ("attention.self.value", hidden, hidden), ("attention.output.dense", hidden, hidden),
                            ("intermediate.dense", inner, hidden), ("output.dense", hidden, inner)]:
        shapes[f"encoder.layer.0.{name}.weight"] = (out, into)
        shapes[f"encoder.layer.0.{name}.bias"] = (out,)
    shapes |= {"pooler.dense.weight": (hidden, hidden), "pooler.dense.bias": (hidden,)}
    header, body = {}, b""
    for name in sorted(shapes):
        count = 1
        for extent in shapes[name]:
            count *= extent
        centre = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        data = struct.pack(f"<{count}f", *(centre + numbers.gauss(0, 0.02) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shapes[name], "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer"}))
    (folder / "config.json").write_text(json.dumps({
        "model_type": "bert", "architectures": ["BertModel"], "vocab_size": len(words), "hidden_size": hidden,
        "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": inner, "hidden_act": "gelu",
        "max_position_embeddings": 32, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "pad_token_id": 0}))


def write_rows(path):
    good, bad = "good fine".split(), "bad poor".split()
    numbers = random.Random(3)
    lines = ["text,label"]
    for index in range(48):
        word, label = (numbers.choice(good), "positive") if index % 2 else (numbers.choice(bad), "negative")
        filler = " ".join(numbers.choice("it was a very film the".split()) for _ in range(3 + index % 5))
        lines.append(f"{filler} {word} {index},{label}")
    path.write_text("\n".join(lines) + "\n")
