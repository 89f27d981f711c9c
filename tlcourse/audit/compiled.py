"""Does the compiled training step train what `trainable` says?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcourse.audit.report import AuditError

if TYPE_CHECKING:
    import keras


def assert_compiled(model: keras.Model) -> None:
    """Assert that what trains is what `trainable` says.

    Keras 3 fixes the weights that train when the first `fit` after `compile` builds its
    training step. Changing `trainable` later, either way, is ignored without a word. The
    optimizer keeps the list it was built for, so the two lists are compared. Before the first
    `fit` there is nothing to compare, and a change is still safe.

    Raises:
        AuditError: If the lists differ, saying which layers are concerned.
    """
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # mixed precision wraps it
    if optimizer is None or not getattr(optimizer, "built", False):
        return
    # Keras has no public name for this list; without it there is nothing to compare.
    known = getattr(optimizer, "_trainable_variables", None)
    if not known:
        return
    planned = {id(variable): variable for variable in known}
    now = {id(variable): variable for variable in model.trainable_variables}
    if planned.keys() == now.keys():
        return
    ignored = [planned[i] for i in planned.keys() - now.keys()]
    missing = [now[i] for i in now.keys() - planned.keys()]
    raise AuditError(
        f"trainable was changed after fit, without a new compile, and Keras goes on with the old "
        f"plan: {len(missing)} weight arrays are trainable and do not train, {len(ignored)} are "
        f"frozen and still train (for instance {(missing + ignored)[0].path}). Call "
        f"model.compile(...) with a new optimizer after changing trainable, then fit."
    )
