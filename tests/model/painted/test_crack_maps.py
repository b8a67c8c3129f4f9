"""A network with the heads for crack or not answers as the one that they were trained in."""

import keras
import numpy as np
from scipy.special import expit, softmax

from crack_exp.model.painted import by_strongest_cell, crack_lines, with_crack_heads
from crack_exp.model.painting_heads import build_pretraining
from crack_exp.pretrain.parts import crack_heads, painted_head
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


def test_an_image_is_as_cracked_as_its_strongest_cell_and_the_head_shares_it_out_to_the_kinds() -> None:
    network = body()
    training = build_pretraining(network)
    head, heads = painted_head(training), crack_heads(training)
    logits = with_crack_heads(network, heads).predict(images(3), verbose=0)
    found = by_strongest_cell(network, head, heads).predict(images(3), verbose=0)
    crack = expit(logits["crack_32"].reshape(3, -1).max(axis=1))
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(1 - found[:, 0], crack, atol=1e-5)
    classes = training.predict(images(3), verbose=0)["classes"]
    kinds = softmax(np.log(classes[:, 1:]), axis=1)
    np.testing.assert_allclose(found[:, 1:], crack[:, None] * kinds, atol=1e-5)


def test_lines_are_where_the_finest_map_and_the_coarsest_one_see_a_crack() -> None:
    network = body()
    heads = crack_heads(build_pretraining(network))
    logits = with_crack_heads(network, heads).predict(images(3), verbose=0)
    enlarged = np.kron(logits["crack_32"], np.ones((1, 4, 4)))
    expected = np.sqrt(expit(logits["crack_8"]) * expit(enlarged))
    np.testing.assert_allclose(crack_lines(network, heads).predict(images(3), verbose=0), expected, atol=1e-5)


def test_these_networks_take_one_tensor_and_no_list_of_one() -> None:
    """Given a tensor, PyTorch's backend would warn at every batch."""
    network = body()
    training = build_pretraining(network)
    network = keras.Model([network.input], network.output)
    head, heads = painted_head(training), crack_heads(training)
    found = (with_crack_heads(network, heads), by_strongest_cell(network, head, heads), crack_lines(network, heads))
    assert all(isinstance(one.input, keras.KerasTensor) for one in found)
