"""tlcourse: the helper package of the transfer-learning course.

    import tlcourse as tl

    data = tl.load("emoji", style="noto")
    split = tl.split(data)
    vgg16 = tl.backbone()
    features = tl.extract(vgg16, data)
    head = tl.fit_head(features[split.train], data.labels[split.train])
    print(tl.evaluate(head, features, split=split, part="validation"))

Importing the package loads neither TensorFlow nor Keras; they come with the first
function that needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tlcourse.backbones import Backbone, backbone
    from tlcourse.datasets import Dataset, Split, load, split
    from tlcourse.evaluation import Result, evaluate
    from tlcourse.exercises import check
    from tlcourse.features import extract
    from tlcourse.finetuning import FreezePlan, finetune
    from tlcourse.heads import fit_head
    from tlcourse.plots import show
    from tlcourse.preflight import doctor
    from tlcourse.progress import progress
    from tlcourse.quiz import quiz
    from tlcourse.runtime import fast_mode, seed_everything

# Public name -> where it lives. One line for each: this is the whole surface.
_WHERE = {
    "load": "tlcourse.datasets",
    "split": "tlcourse.datasets",
    "Dataset": "tlcourse.datasets",
    "Split": "tlcourse.datasets",
    "backbone": "tlcourse.backbones",
    "Backbone": "tlcourse.backbones",
    "extract": "tlcourse.features",
    "fit_head": "tlcourse.heads",
    "evaluate": "tlcourse.evaluation",
    "Result": "tlcourse.evaluation",
    "finetune": "tlcourse.finetuning",
    "FreezePlan": "tlcourse.finetuning",
    "show": "tlcourse.plots",
    "check": "tlcourse.exercises",
    "quiz": "tlcourse.quiz",
    "progress": "tlcourse.progress",
    "doctor": "tlcourse.preflight",
    "seed_everything": "tlcourse.runtime",
    "fast_mode": "tlcourse.runtime",
}
_MODULES = (
    "adaptation",
    "audit",
    "data_check",
    "datasets",
    "evaluation",
    "field",
    "finetuning",
    "plots",
    "regularization",
    "speech",
    "text",
    "transferability",
    "vision",
    "widgets",
)

__all__ = [*_WHERE, *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name in _WHERE:
        value = getattr(import_module(_WHERE[name]), name)
    elif name in _MODULES:
        value = import_module(f"tlcourse.{name}")
    else:
        raise AttributeError(
            f"tlcourse has no '{name}'. It offers: {', '.join([*_WHERE, *_MODULES])}."
        )
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
