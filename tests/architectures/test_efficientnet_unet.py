"""The U-Net with EfficientNet-Lite0 as encoder, held to timm's own network."""

import pytest
import timm
import torch
from stock_unets import n_parameters, plain_unet

from nnunet_glacier.architectures import efficientnet_unet
from nnunet_glacier.architectures.efficientnet_unet import (
    TIMM_NAME,
    EfficientNetUNet,
    imagenet_weights,
    load_imagenet_weights,
)
from nnunet_glacier.support.errors import GlacierError


def published(tmp_path):
    """A file as the published one: timm's weights in timm's order, under other names; and the network they are of."""
    torch.manual_seed(1)
    network = timm.create_model(TIMM_NAME, features_only=True).eval()
    state = timm.create_model(TIMM_NAME).state_dict()
    state.update(network.state_dict())
    path = tmp_path / "published.pth"
    torch.save({f"_weight.{number}": weight for number, weight in enumerate(state.values())}, path)
    return path, network


@pytest.mark.parametrize("stages", [2, 5, 6])
def test_one_output_per_stage_but_the_coarsest(stages):
    network = EfficientNetUNet(plain_unet(stages, deep_supervision=True))
    outputs = network(torch.zeros(2, 1, 64, 64))
    assert [tuple(output.shape) for output in outputs] == [(2, 4, 64 >> k, 64 >> k) for k in range(stages - 1)]
    network.decoder.deep_supervision = False
    assert network(torch.zeros(1, 1, 64, 64)).shape == (1, 4, 64, 64)


def test_coarse_blocks_that_no_stage_reads_are_left_out():
    """The five blocks down to a sixteenth have 700,768 parameters with three colours, 576 fewer with one."""
    whole = timm.create_model(TIMM_NAME)
    read = sum(map(n_parameters, (whole.conv_stem, whole.bn1, whole.blocks[:5])))
    assert n_parameters(EfficientNetUNet(plain_unet(5)).encoder.features) == read - 576 == 700_192


def test_a_grey_image_is_seen_as_one_of_three_equal_colours(tmp_path):
    path, colour = published(tmp_path)
    network = EfficientNetUNet(plain_unet(6)).eval()
    load_imagenet_weights(network, path)
    image = torch.randn(1, 1, 64, 64)
    with torch.inference_mode():
        maps, expected = network.encoder(image)[1:], colour(image.expand(-1, 3, -1, -1))
    for own, theirs in zip(maps, expected, strict=True):
        torch.testing.assert_close(own, theirs, rtol=1e-4, atol=1e-4)


def test_refuses_the_weights_of_another_network(tmp_path):
    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "other.pth")
    with pytest.raises(GlacierError, match=r"other\.pth: not the weights of tf_efficientnet_lite0"):
        load_imagenet_weights(EfficientNetUNet(plain_unet(5)), tmp_path / "other.pth")


def test_refuses_more_stages_than_the_encoder_has():
    unet = plain_unet(6)
    unet.encoder.strides = [*unet.encoder.strides, (2, 2)]
    with pytest.raises(GlacierError, match=r"two to six stages.*plan --stages 5"):
        EfficientNetUNet(unet)


def test_without_their_package_there_are_no_published_weights(monkeypatch):
    monkeypatch.setattr(efficientnet_unet, "WEIGHTS_PACKAGE", "no_such_package_of_weights")
    assert imagenet_weights() is None
