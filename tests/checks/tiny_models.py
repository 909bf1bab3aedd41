"""Checkpoints in detoxify's own format, as small as a model can be, trained on the spot in a second each.

`original` is a BERT with six labels, `unbiased` a RoBERTa and `multilingual` an XLM-R; those two answer sixteen
scores of which detoxify names the first seven, as its releases do.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.implementations import ByteLevelBPETokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.trainers import UnigramTrainer
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertTokenizer,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaTokenizer,
)

from gate.toxicity.known_sentences import FRIENDLY, HOSTILE, for_model

OLD_CLASSES = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
CLASSES = ["toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit"]
MAX_TOKENS = 64
SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
HOSTILE_LESSONS = [*HOSTILE, "you idiot", "i hate you", "stupid worthless piece", "shut up idiot"]
FRIENDLY_LESSONS = [
    *FRIENDLY,
    "the choir sings on friday",
    "thank you for a lovely sunday",
    "good morning all",
]
_KINDS = {
    "original": (BertForSequenceClassification, BertConfig, BertTokenizer, OLD_CLASSES, 6),
    "unbiased": (RobertaForSequenceClassification, RobertaConfig, RobertaTokenizer, CLASSES, 16),
    "multilingual": (XLMRobertaForSequenceClassification, XLMRobertaConfig, XLMRobertaTokenizer, CLASSES, 16),
}


def write(
    model: str, folder: Path, shape: dict[str, Any] | None = None, *, train: bool = True, words: int = 0
) -> Path:
    """A folder with the configuration and the vocabulary; the checkpoint beside it is returned. shape: other than
    the small one, {} for that of the base model; words: fills BERT's vocabulary up to so many tokens."""
    torch.set_num_threads(1)  # a model so small gains nothing, and the machine may be busy
    torch.manual_seed(7)
    folder.mkdir(parents=True)
    tokens = MAX_TOKENS if shape is None else 512
    kind, config_kind, tokenizer_kind, classes, answers = _KINDS[model]
    {"original": _bert, "unbiased": _roberta, "multilingual": _xlm_r}[model](folder)
    if words:
        _fill(folder / "vocab.txt", words)
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "model_max_length": tokens})
    )
    tokenizer = tokenizer_kind.from_pretrained(str(folder))
    config = config_kind(
        vocab_size=len(tokenizer),
        max_position_embeddings=tokens + 2 if model != "original" else tokens,
        pad_token_id=tokenizer.pad_token_id,
        num_labels=answers,
        **(SHAPE if shape is None else shape),
    )
    config.save_pretrained(folder)
    network = kind(config)
    if train:
        _train(network, tokenizer, answers)
    arch = {
        "num_classes": answers,
        "model_type": str(folder),
        "model_name": kind.__name__,
        "tokenizer_name": tokenizer_kind.__name__,
    }
    contents = {
        "config": {"arch": {"type": "any", "args": arch}, "dataset": {"args": {"classes": classes}}},
        "state_dict": network.state_dict(),
    }
    torch.save(contents, folder.with_suffix(".ckpt"))
    return folder.with_suffix(".ckpt")


def _bert(folder: Path) -> None:
    """Whole words, so that what stands in no lesson is unknown."""
    texts = [*HOSTILE_LESSONS, *FRIENDLY_LESSONS, *for_model("original")]
    marks = [".", ",", "!", "?", ":", ";", "@", "%", "/"]
    words = {word.strip("".join(marks)) for text in texts for word in text.lower().split()} - {""}
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *marks, *sorted(words)]
    (folder / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")


def _fill(vocabulary: Path, words: int) -> None:
    tokens = vocabulary.read_text(encoding="utf-8").split("\n")
    tokens += [f"word{number}" for number in range(words - len(tokens))]
    vocabulary.write_text("\n".join(tokens), encoding="utf-8")


def _roberta(folder: Path) -> None:
    tokenizer = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(for_model("unbiased"), 600, show_progress=False, special_tokens=special)
    tokenizer.save_model(str(folder))


def _xlm_r(folder: Path) -> None:
    tokenizer = Tokenizer(Unigram())
    tokenizer.pre_tokenizer = Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = UnigramTrainer(vocab_size=600, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(for_model("multilingual"), trainer)
    tokenizer.save(str(folder / "tokenizer.json"))


def _train(network: Any, tokenizer: Any, answers: int) -> None:
    inputs = tokenizer([*HOSTILE_LESSONS, *FRIENDLY_LESSONS], return_tensors="pt", padding=True)
    bad = torch.tensor([float(label % 2 == 0) for label in range(answers)])
    target = torch.stack([bad] * len(HOSTILE_LESSONS) + [bad * 0] * len(FRIENDLY_LESSONS))
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    network.train()
    for _ in range(60):
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(**inputs).logits, target)
        loss.backward()
        optimiser.step()
