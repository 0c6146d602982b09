"""ResNet-18's first three blocks with an ASPP decoder."""

import pytest
import torch
from stock_unets import n_parameters

from nnunet_glacier.architectures import resnet_aspp
from nnunet_glacier.architectures.resnet_aspp import ResNetASPP


def test_parameters_are_four_million():
    """ResNet-18 to its third block, and the decoder counted by hand."""

    def conv(inputs, outputs, kernel=3):
        return kernel * kernel * inputs * outputs + 2 * outputs

    stem = conv(3, 64, 7)
    blocks = 4 * conv(64, 64)
    for inputs, outputs in ((64, 128), (128, 256)):
        blocks += conv(inputs, outputs) + 3 * conv(outputs, outputs) + conv(inputs, outputs, 1)
    aspp = 2 * conv(256, 128, 1) + 3 * conv(256, 128) + conv(5 * 128, 128, 1)
    head = conv(128, 128) + 128 * 2 + 2
    assert n_parameters(ResNetASPP()) == stem + blocks + aspp + head == 3_964_482


@pytest.mark.parametrize("size", [(32, 32), (50, 70)])
def test_the_output_has_the_size_of_the_image(size):
    """Of any size; while nnU-Net has deep supervision on, a list of one."""
    network = ResNetASPP(3, 5).eval()
    image = torch.randn(1, 3, *size)
    logits = network(image)
    assert logits.shape == (1, 5, *size)
    network.decoder.deep_supervision = True
    (only,) = network(image)
    torch.testing.assert_close(only, logits)


def test_a_logit_depends_on_about_600_pixels_to_each_side():
    """The largest dilation reaches 36 pixels of a sixteenth of the resolution, and the encoder some way beyond."""
    torch.manual_seed(0)
    image = torch.randn(1, 1, 32, 1600, requires_grad=True)
    ResNetASPP(1, 2).eval()(image)[0, 0, 16, 800].backward()
    seen = image.grad[0, 0].abs().amax(dim=0).nonzero() - 800
    assert -700 < seen.min() < -576
    assert 576 < seen.max() < 700


def test_other_numbers_of_channels_are_taken():
    """A dataset of HH and HV alone, in a batch of one patch."""
    assert ResNetASPP(2, 2)(torch.randn(1, 2, 64, 64)).shape == (1, 2, 64, 64)


def test_without_imagenets_weights_the_random_ones_stay_and_a_sentence_says_so(monkeypatch):
    """As without a network."""

    def refused(*_, **named):
        raise OSError("no network\nand more")

    network = ResNetASPP()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    monkeypatch.setattr(resnet_aspp, "timm_model", refused)
    said = []
    assert not network.load_imagenet_weights(said.append)
    assert "starts from random weights" in said[0] and "(no network)" in said[0]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_imagenets_weights_replace_the_encoders_alone(monkeypatch):
    """Another random encoder stands in for them."""
    network = ResNetASPP()
    head = network.decoder.head.weight.clone()
    other = resnet_aspp._resnet(3, pretrained=False)
    monkeypatch.setattr(resnet_aspp, "_resnet", lambda channels, pretrained: other)
    said = []
    assert network.load_imagenet_weights(said.append)
    assert said == ["The encoder starts from ImageNet's weights (resnet18.tv_in1k)."]
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in network.encoder.state_dict().items())
    assert torch.equal(network.decoder.head.weight, head)
