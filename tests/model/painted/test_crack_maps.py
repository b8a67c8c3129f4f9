"""A network with the heads for crack or not answers as the one that they were trained in."""

import numpy as np

from crack_exp.model.painted import with_crack_heads
from crack_exp.model.painting_heads import build_pretraining
from crack_exp.pretrain.workflow import crack_heads
from tests.model.test_painting_heads import body, images


def test_each_head_gives_the_logits_of_training() -> None:
    network = body()
    training = build_pretraining(network)
    answers = with_crack_heads(network, crack_heads(training)).predict(images(3), verbose=0)
    trained = training.predict(images(3), verbose=0)
    assert {name: logits.shape for name, logits in answers.items()} == {
        "crack": (3,),
        "crack_8": (3, 8, 8),
        "crack_16": (3, 4, 4),
        "crack_32": (3, 2, 2),
    }
    for name, logits in answers.items():
        np.testing.assert_allclose(logits, trained[name].reshape(logits.shape), atol=1e-5)
