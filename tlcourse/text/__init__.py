"""Words as vectors: cut, looked up, averaged, tuned, trained here, carried to another language."""

from tlcourse.text.counts import count_matrix, mean_vectors, random_vectors
from tlcourse.text.csls import cosines, csls, ranks
from tlcourse.text.encoder import GruClassifier
from tlcourse.text.heads import fit_text_head, fit_word_counts, head_weights
from tlcourse.text.neighbors import cosine, neighbors
from tlcourse.text.ppmi import ppmi_vectors
from tlcourse.text.procrustes import least_squares_map, orthogonal_map, unit_rows
from tlcourse.text.tokenize import tokenize
from tlcourse.text.tune import TunedVectors, tune_vectors
from tlcourse.text.usable import UsableTexts, read_lines, usable_texts
from tlcourse.text.word2vec import has_gensim, word2vec_vectors

__all__ = [
    "tokenize",
    "usable_texts",
    "read_lines",
    "UsableTexts",
    "cosine",
    "neighbors",
    "count_matrix",
    "mean_vectors",
    "random_vectors",
    "fit_text_head",
    "fit_word_counts",
    "head_weights",
    "tune_vectors",
    "TunedVectors",
    "ppmi_vectors",
    "word2vec_vectors",
    "has_gensim",
    "GruClassifier",
    "unit_rows",
    "orthogonal_map",
    "least_squares_map",
    "cosines",
    "csls",
    "ranks",
]
