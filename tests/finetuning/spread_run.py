"""A short fine-tuning run in a process of its own: `python spread_run.py mirrored|workers`."""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def tune():
    """Fine-tune block 5 for six steps; return the weights that moved and the accuracy."""
    import numpy as np

    import tlcourse as tl

    emoji = tl.load("emoji", style="noto")
    rows = [np.flatnonzero(emoji.labels == c)[:10] for c in range(emoji.n_classes)]
    network = tl.backbone(image_size=32, precision="float32", weights="embedded")
    result = tl.finetune(
        network,
        tl.split(emoji.subset(np.concatenate(rows))),
        epochs=2,
        batch_size=16,
        learning_rate=1e-5,
        at="block5_pool",
        l2_sp=tl.regularization.L2SP(),
    )
    kernel = result.model.backbone.model.get_layer("block5_conv2").kernel.numpy()
    start = network.model.get_layer("block5_conv2").kernel.numpy()
    return kernel - start, result


def mirrored():
    """Compare one device with two logical ones."""
    import numpy as np
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    from tlcourse import runtime

    alone, one = tune()
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        assert runtime.strategy() is strategy
        together, two = tune()
    return {
        "replicas": strategy.num_replicas_in_sync,
        "moved": float(np.linalg.norm(alone)),
        "gap": float(np.linalg.norm(together - alone) / np.linalg.norm(alone)),
        "losses": [[h["loss"] for h in r.history] for r in (one, two)],
        "agree": float(np.mean(np.array(one.predictions) == np.array(two.predictions))),
    }


def workers():
    """Take part in the cluster that TF_CONFIG names."""
    from tlcourse import runtime
    from tlcourse.errors import CourseError

    try:
        strategy = runtime.strategy()
    except (RuntimeError, CourseError) as error:
        return {"unavailable": str(error)}
    moved, result = tune()
    return {
        "replicas": strategy.num_replicas_in_sync,
        "kind": type(strategy).__name__,
        "moved": float((moved.astype("float64") ** 2).sum() ** 0.5),
        "fingerprint": result.model.fingerprint(),
        "losses": [h["loss"] for h in result.history],
        "accuracy": result.accuracy,
    }


if __name__ == "__main__":
    print("\n" + json.dumps({"mirrored": mirrored, "workers": workers}[sys.argv[1]]()))
