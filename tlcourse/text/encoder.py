"""A recurrent encoder: a GRU reads the vectors of a text in order.

The mean of word vectors cannot tell "good, not bad" from "bad, not good". A GRU keeps a state and
decides at each word what to keep of it. Its word vectors are looked up once and stay frozen: it
is the encoder that trains.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlcourse.datasets.glove import WordVectors


class GruClassifier:
    """GRU and one output; built once, trained as often as you like from new random weights.

    Args:
        dimension: Numbers in one word vector.
        units: Size of the state.
        length: Words read; longer texts are cut, shorter ones padded in front and masked.
        kind: "gru" or "lstm".

    Cost: about four seconds a fit for 1,000 short texts and 10 epochs; the first one also
    translates the network.
    """

    def __init__(
        self, dimension: int = 50, *, units: int = 32, length: int = 32, kind: str = "gru"
    ) -> None:
        self.dimension, self.units, self.length, self.kind = dimension, units, length, kind
        self._model = None

    def fit(
        self,
        texts: Sequence[Sequence[str]],
        labels: np.ndarray,
        vectors: WordVectors,
        *,
        epochs: int = 10,
        rate: float = 5e-3,
        batch_size: int = 32,
        seed: int = 0,
    ) -> GruClassifier:
        """Train from new random weights.

        Args:
            texts: Tokenized texts.
            labels: 0 or 1, (n,).
            vectors: Frozen word vectors.
            epochs: Passes over the texts.
            rate: Adam's learning rate.
            batch_size: Texts in one step.
            seed: Seed of the weights and of the order.

        Returns:
            The classifier itself.
        """
        import keras

        keras.utils.set_random_seed(seed)
        fresh = self._build()
        if self._model is None:
            self._model = fresh
            self._model.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
        else:
            self._model.set_weights(fresh.get_weights())
            optimizer = self._model.optimizer
            for variable in optimizer.variables:
                variable.assign(keras.ops.zeros_like(variable))
            optimizer.learning_rate.assign(rate)
        X = self.sequences(texts, vectors)
        y = np.asarray(labels, np.float32)[:, None]
        self._model.fit(X, y, epochs=epochs, batch_size=batch_size, verbose=0)
        return self

    def logits(self, texts: Sequence[Sequence[str]], vectors: WordVectors) -> np.ndarray:
        """Return the logit of each text, (n,)."""
        found = self._model.predict(self.sequences(texts, vectors), batch_size=512, verbose=0)
        p = np.clip(np.asarray(found)[:, 0].astype(np.float64), 1e-7, 1 - 1e-7)
        return np.log(p / (1 - p))

    def sequences(self, texts: Sequence[Sequence[str]], vectors: WordVectors) -> np.ndarray:
        """Return the vectors of each text in order, zeros in front, float32 (n, length, d)."""
        X = np.zeros((len(texts), self.length, self.dimension), np.float32)
        for i, tokens in enumerate(texts):
            found = vectors.lookup(list(tokens))[: self.length]
            if len(found):
                X[i, -len(found) :] = found
        return X

    def _build(self):
        import keras
        from keras import layers

        cell = {"gru": layers.GRU, "lstm": layers.LSTM}[self.kind]
        return keras.Sequential(
            [
                keras.Input((self.length, self.dimension)),
                layers.Masking(),  # rows of zeros are padding, not words
                cell(self.units),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
