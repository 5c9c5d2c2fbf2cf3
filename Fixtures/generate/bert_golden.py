"""Makes Fixtures/models/bert: a tiny BERT classifier with random weights, and what PyTorch computes with it.

    python bert_golden.py

golden.safetensors holds, for one batch of sequences (all sequences end to end, without padding):
  input_ids, token_type_ids  I64 [tokens]     lengths, labels  I64 [sequences]
  hidden  F32 [tokens, 32]  last hidden state          pooled  F32 [sequences, 32]
  logits  F32 [sequences, 3]                           logits64  F64, the same from a double-precision model
  loss    F32 []  mean cross-entropy                   grad.<parameter>  F32, of that loss
  weighted.loss, weighted.grad.logits                  the same batch with class weights [1, 2, 0.5]
  smoothed.loss, smoothed.grad.logits                  the same batch with label smoothing 0.1
and 20 AdamW steps that start from the same weights (learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8, weight decay
0.01 but not on biases and layer norms, linear schedule with a warm-up of 2 steps, gradients clipped to norm 1):
  step.<k>.input_ids, .token_type_ids, .lengths, .labels    the batch of step k, from 0
  losses, grad_norms  F32 [20]  before each step       learning_rates  F64 [20]
  final.<parameter>   F32       after the last step
The true gradient of an attention key bias is zero; AdamW makes steps of full size out of its rounding noise, so the
final key biases can only be held to a bound: the sum of the learning rates.
"""

import copy
import random
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForSequenceClassification

from reference_training import Batch, gradients, logits_of, train

OUTPUT = Path(__file__).resolve().parent.parent / "models" / "bert"
SEED = 20
STEPS = 20
CLASSES = ["negative", "neutral", "positive"]
LENGTHS = [7, 1, 40, 13, 2, 25, 18]
CLASS_WEIGHTS = [1.0, 2.0, 0.5]
SMOOTHING = 0.1

CONFIG = BertConfig(
    vocab_size=120,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=64,
    hidden_act="gelu",
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    max_position_embeddings=40,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
    pad_token_id=0,
    id2label=dict(enumerate(CLASSES)),
    label2id={name: i for i, name in enumerate(CLASSES)},
    attn_implementation="eager",
)


def make_model():
    """Weights far larger than BERT's own, so that attention, GELU and tanh work where they are curved."""
    torch.manual_seed(SEED)
    model = BertForSequenceClassification(CONFIG).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.2)
    return model


def make_batch(generator, lengths):
    """Id 0 is left out: PyTorch gives the padding row of an embedding no gradient."""
    ids = [[generator.randrange(1, CONFIG.vocab_size) for _ in range(length)] for length in lengths]
    cuts = [generator.randint(1, length) for length in lengths]
    types = [[0] * cut + [1] * (length - cut) for length, cut in zip(lengths, cuts)]
    return Batch(ids, types, [generator.randrange(len(CLASSES)) for _ in lengths])


def loss_and_gradient(logits, labels, **options):
    logits = logits.detach().clone().requires_grad_()
    loss = cross_entropy(logits, labels, **options)
    loss.backward()
    return loss.detach(), logits.grad


def golden(model):
    generator = random.Random(SEED)
    batch = make_batch(generator, LENGTHS)
    tensors = batch.tensors()
    with torch.no_grad():
        encoded = model.bert(**batch.padded())
        tensors["hidden"] = batch.packed(encoded.last_hidden_state)
        tensors["pooled"] = encoded.pooler_output
        tensors["logits"] = logits_of(model, batch)
        tensors["logits64"] = logits_of(copy.deepcopy(model).double(), batch)
    tensors["loss"], gradient = gradients(model, batch)
    tensors |= {f"grad.{name}": value for name, value in gradient.items()}

    weights = torch.tensor(CLASS_WEIGHTS)
    for prefix, options in {"weighted": {"weight": weights}, "smoothed": {"label_smoothing": SMOOTHING}}.items():
        loss, slope = loss_and_gradient(tensors["logits"], batch.labels, **options)
        tensors |= {f"{prefix}.loss": loss, f"{prefix}.grad.logits": slope}

    batches = [make_batch(generator, [generator.randint(1, 40) for _ in range(6)]) for _ in range(STEPS)]
    for step, batch in enumerate(batches):
        tensors |= batch.tensors(f"step.{step}.")
    trained = copy.deepcopy(model)
    tensors |= train(trained, batches, learning_rate=1e-3)
    tensors |= {f"final.{name}": value.detach() for name, value in trained.named_parameters()}
    return {name: value.contiguous() for name, value in tensors.items()}


def main():
    torch.set_num_threads(1)
    model = make_model()
    model.save_pretrained(OUTPUT)
    tensors = golden(model)
    save_file(tensors, OUTPUT / "golden.safetensors")
    for path in OUTPUT.iterdir():
        path.chmod(0o644)
    worst = (tensors["logits"].double() - tensors["logits64"]).abs().max().item()
    print(f"loss {tensors['loss'].item():.6f}; float32 and float64 logits differ by {worst:.1e} at most")
    print("losses", " ".join(f"{loss:.4f}" for loss in tensors["losses"].tolist()))
    smallest = sorted((value.norm().item(), name) for name, value in tensors.items() if name.startswith("grad."))[:3]
    print("smallest gradients", smallest)


if __name__ == "__main__":
    main()
