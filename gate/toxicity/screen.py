"""The embedded screen: alt-profanity-check, a linear model over words that ships with its package.

It serves until a trained toxicity model is installed. Its reach is small: 43.6 % on HateCheck, where always
answering "hateful" gives 68.7 %, and an AUC of .84 on 1,000 social comments. It is good at English swear
words and knows neither context nor other languages, so it never replaces a reader.
"""

from collections.abc import Sequence
from importlib.metadata import version

from profanity_check import predict_prob


class Screen:
    name = "screen"
    trained = False

    def __init__(self) -> None:
        self.version = f"alt-profanity-check {version('alt-profanity-check')}"

    def score(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        if not sentences:
            return []
        return [{"offensive": float(score)} for score in predict_prob(list(sentences))]
