"""What the goldens of a BERT classifier have in common: batches without padding, gradients, training steps in PyTorch.

Dropout is off everywhere (the model is in evaluation mode), so that nothing but the arithmetic is compared.
"""

import torch
from torch.nn.functional import cross_entropy


class Batch:
    """Sequences of mixed length. On disk they lie end to end; PyTorch gets them padded, with a mask."""

    def __init__(self, input_ids, token_type_ids, labels):
        self.input_ids = input_ids
        self.token_type_ids = token_type_ids
        self.labels = torch.tensor(labels, dtype=torch.int64)
        self.lengths = torch.tensor([len(sequence) for sequence in input_ids], dtype=torch.int64)

    def tensors(self, prefix=""):
        return {
            f"{prefix}input_ids": torch.tensor(sum(self.input_ids, []), dtype=torch.int64),
            f"{prefix}token_type_ids": torch.tensor(sum(self.token_type_ids, []), dtype=torch.int64),
            f"{prefix}lengths": self.lengths,
            f"{prefix}labels": self.labels,
        }

    def padded(self):
        longest = int(self.lengths.max())

        def pad(sequences):
            return torch.tensor([sequence + [0] * (longest - len(sequence)) for sequence in sequences])

        return {
            "input_ids": pad(self.input_ids),
            "token_type_ids": pad(self.token_type_ids),
            "attention_mask": pad([[1] * len(sequence) for sequence in self.input_ids]),
        }

    def packed(self, padded):
        """[batch, longest, …] → [tokens, …]."""
        return torch.cat([row[:length] for row, length in zip(padded, self.lengths.tolist())])


def logits_of(model, batch):
    return model(**batch.padded()).logits


def gradients(model, batch):
    """The mean cross-entropy of a batch and its gradient for every parameter, by name."""
    model.zero_grad()
    loss = cross_entropy(logits_of(model, batch), batch.labels)
    loss.backward()
    result = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    return loss.detach(), result


def decays(name):
    """Whether weight decay applies: to everything but biases and layer norms."""
    return not (name.endswith("bias") or "LayerNorm" in name)


def linear_schedule(step, warmup, total):
    if step < warmup:
        return step / max(1, warmup)
    return max(0.0, (total - step) / max(1, total - warmup))


def train(model, batches, learning_rate, weight_decay=0.01, warmup_ratio=0.1, clip=1.0):
    """One AdamW step a batch; changes the model. Returns the losses before each step, and the norms before clipping."""
    named = list(model.named_parameters())
    groups = [
        {"params": [p for name, p in named if decays(name)], "weight_decay": weight_decay},
        {"params": [p for name, p in named if not decays(name)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.999), eps=1e-8, foreach=False, fused=False)
    warmup = round(warmup_ratio * len(batches))
    losses, norms, rates = [], [], []
    for step, batch in enumerate(batches):
        rate = learning_rate * linear_schedule(step, warmup, len(batches))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = cross_entropy(logits_of(model, batch), batch.labels)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), clip).item())
        optimizer.step()
        losses.append(loss.item())
        rates.append(rate)
    return {
        "losses": torch.tensor(losses, dtype=torch.float32),
        "grad_norms": torch.tensor(norms, dtype=torch.float32),
        "learning_rates": torch.tensor(rates, dtype=torch.float64),
    }
