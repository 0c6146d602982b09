"""Presets applied to nnU-Net's plans, as a pure function."""

from copy import deepcopy

import pytest
from nnunet_plans import plans_2d

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.planning.preset_plans import preset_plans
from nnunet_glacier.planning.presets import DEFAULT, LAPTOP, PAPER, PRESETS, REAL_CAFFE_256, settled, with_overrides
from nnunet_glacier.planning.topology import MIN_EDGE, shrink_to_image, stage_features, stage_strides

NNUNET_PLANS = plans_2d((32, 64, 128, 256, 512, 512, 512, 512), (512, 512), batch=12, image=(620.0, 540.0))
NNUNET_PLANS["configurations"]["3d_fullres"] = {}


def network(plans):
    return plans["configurations"]["2d"]["architecture"]["arch_kwargs"]


def test_paper_has_nine_encoder_and_eight_decoder_stages():
    """Herrmann et al. (2023), Sect. 4.3: patch 1024x896, batch 2, 500 epochs; 896 = 7 * 128 is halved seven times."""
    plans = preset_plans(NNUNET_PLANS, PAPER, "paper")
    configuration = plans["configurations"]["2d"]
    assert (configuration["patch_size"], configuration["batch_size"]) == ([1024, 896], 2)
    assert (plans["num_epochs"], plans["num_iterations_per_epoch"]) == (500, 250)
    assert network(plans)["n_stages"] == 9
    assert network(plans)["n_conv_per_stage_decoder"] == [2] * 8
    assert network(plans)["strides"] == [[1, 1]] + [[2, 2]] * 7 + [[2, 1]]
    assert network(plans)["features_per_stage"] == [32, 64, 128, 256, 512, 512, 512, 512, 512]


def test_default_changes_the_name_and_the_schedule_alone():
    """nnU-Net's own network, patch and batch, with its 1000 epochs of 250 iterations written out."""
    plans = preset_plans(NNUNET_PLANS, DEFAULT, "default")
    expected = deepcopy(NNUNET_PLANS["configurations"]["2d"]) | {"data_identifier": "default_2d"}
    assert plans == NNUNET_PLANS | {
        "plans_name": "default",
        "configurations": {"2d": expected},
        "preset": "default",
        "num_epochs": 1000,
        "num_iterations_per_epoch": 250,
    }


def test_the_plans_given_are_left_as_they_are():
    """Several presets can be made from one plan."""
    before = deepcopy(NNUNET_PLANS)
    for preset in PRESETS.values():
        preset_plans(NNUNET_PLANS, preset, preset.name)
    assert before == NNUNET_PLANS


def test_presets_do_not_share_preprocessed_data():
    """nnU-Net deletes a folder of preprocessed data before it writes it again."""
    folders = {
        preset_plans(NNUNET_PLANS, preset, preset.name)["configurations"]["2d"]["data_identifier"]
        for preset in PRESETS.values()
    }
    assert len(folders) == len(PRESETS)


def test_the_laptop_patch_is_cut_to_small_images():
    """As in nnU-Net's planning, a patch is not larger than the median image, but divisible by the strides."""
    small = deepcopy(NNUNET_PLANS)
    small["configurations"]["2d"]["median_image_size_in_voxels"] = [100.0, 64.0]
    plans = preset_plans(small, LAPTOP, "laptop")
    assert plans["configurations"]["2d"]["patch_size"] == [112, 64]
    assert network(plans)["strides"] == [[1, 1]] + [[2, 2]] * 4


def test_a_coarser_spacing_is_the_datasets_times_the_factor():
    """Scenes of 620x540 pixels are seen as 310x270 of 20 m, and the laptop's patch is cut to what is seen."""
    fine = deepcopy(NNUNET_PLANS)
    fine["configurations"]["2d"]["spacing"] = [10.0, 10.0]
    configuration = preset_plans(fine, with_overrides(LAPTOP, spacing=2), "half")["configurations"]["2d"]
    assert configuration["spacing"] == [20.0, 20.0]
    assert configuration["median_image_size_in_voxels"] == [310.0, 270.0]
    eighth = preset_plans(fine, with_overrides(LAPTOP, spacing=8), "eighth")["configurations"]["2d"]
    assert eighth["median_image_size_in_voxels"] == [77.5, 67.5]
    # 78 and 68 rounded up to multiples of 2 ** 4: of 2 ** 5 the fifth halving would leave 3 pixels.
    assert eighth["patch_size"] == [80, 80]


def test_the_preset_for_resized_caffe_sees_a_scene_whole():
    """A scene of 256x256 at twice its pixel edge is the patch."""
    caffe = deepcopy(NNUNET_PLANS)
    caffe["configurations"]["2d"]["median_image_size_in_voxels"] = [256.0, 256.0]
    configuration = preset_plans(caffe, REAL_CAFFE_256, "real-caffe-256")["configurations"]["2d"]
    assert configuration["median_image_size_in_voxels"] == configuration["patch_size"] == [128, 128]


def test_a_seed_stands_at_the_top_of_the_plans():
    """Where the trainers read it; without one there is no entry, so that old plans compare equal."""
    assert preset_plans(NNUNET_PLANS, with_overrides(LAPTOP, seed=0), "seeded")["seed"] == 0
    assert "seed" not in preset_plans(NNUNET_PLANS, LAPTOP, "laptop")


def test_a_patch_that_was_asked_for_stays_larger_than_the_images():
    """nnU-Net pads smaller images to the patch."""
    preset = with_overrides(LAPTOP, patch_size=(1024, 768), stages=7)
    plans = preset_plans(NNUNET_PLANS, preset, "large")
    assert plans["configurations"]["2d"]["patch_size"] == [1024, 768]
    assert network(plans)["n_stages"] == 7


def test_overrides_replace_what_is_given_alone():
    """None stands for an option that was not given."""
    preset = with_overrides(PAPER, batch_size=4, features=None, num_epochs=3)
    assert (preset.batch_size, preset.features, preset.num_epochs) == (4, 32, 3)
    assert preset.patch_size == PAPER.patch_size


def test_features_alone_keep_nnunets_stages_and_patch():
    """An override on the default preset changes what it names."""
    plans = preset_plans(NNUNET_PLANS, with_overrides(DEFAULT, features=8), "thin")
    assert network(plans)["features_per_stage"] == [8, 16, 32, 64, 128, 256, 512, 512]
    assert network(plans)["strides"] == NNUNET_PLANS["configurations"]["2d"]["architecture"]["arch_kwargs"]["strides"]


def test_more_stages_than_halvings_are_an_error():
    """100 = 4 * 25 can be halved twice, seven stages need six halvings."""
    preset = with_overrides(LAPTOP, patch_size=(100, 100), stages=7)
    with pytest.raises(ValueError, match="100x100 pixels can be halved 2 times, but 7 stages need 6"):
        preset_plans(NNUNET_PLANS, preset, "odd")


@pytest.mark.parametrize(
    ("patch", "stages", "lowest"),
    [((128, 128), 6, (4, 4)), ((192, 160), 6, (6, 5)), ((288, 192), 6, (9, 6)), ((1024, 896), 9, (4, 7))],
)
def test_strides_leave_at_least_four_pixels(patch, stages, lowest):
    """The lowest feature map is the patch over the product of the strides."""
    rows = columns = 1
    strides = stage_strides(patch, stages)
    for stride in strides:
        rows, columns = rows * stride[0], columns * stride[1]
    assert len(strides) == stages
    assert (patch[0] // rows, patch[1] // columns) == lowest
    assert min(lowest) >= MIN_EDGE


@pytest.mark.parametrize("image", [(16, 16), (37, 200), (200, 37), (300, 200), (4000, 3000)])
def test_a_shrunk_patch_can_always_be_halved(image):
    """It covers the image or is the preset's patch, and its strides divide it."""
    patch = shrink_to_image((192, 192), image, 6)
    strides = stage_strides(patch, 6)
    for axis in (0, 1):
        product = 1
        for stride in strides:
            product *= stride[axis]
        assert patch[axis] % product == 0
        assert min(192, image[axis]) <= patch[axis] <= 192


def test_features_double_up_to_the_bound():
    """From 12, bounded by 100."""
    assert stage_features(12, 100, 6) == [12, 24, 48, 96, 100, 100]


OF_PAPERS = {
    # Preset and labels: patch, batch, epochs, iterations, stages, kernel, norm.
    ("davari-2021", "front"): ([256, 256], 15, 500, 250, 5, 5, "BatchNorm2d"),
    ("davari-2021", "zones"): ([256, 256], 20, 500, 250, 5, 5, "BatchNorm2d"),
    ("holzmann-2021", "front"): ([512, 512], 5, 300, 144, 5, 5, "BatchNorm2d"),
    ("herrmann-2023", "front"): ([1280, 1024], 2, 500, 250, 9, 3, "InstanceNorm2d"),
    ("herrmann-2023", "fused"): ([1280, 1024], 2, 500, 250, 9, 3, "InstanceNorm2d"),
    ("herrmann-2023", "boundary"): ([1024, 896], 2, 500, 250, 9, 3, "InstanceNorm2d"),
    ("herrmann-2023", "multitask"): ([1024, 896], 2, 500, 250, 9, 3, "InstanceNorm2d"),
    ("pires-de-lima-2023", "zones"): ([1000, 1000], 24, 500, 42, 4, 3, "InstanceNorm2d"),
    ("gattolin", "grounding_line"): ([256, 256], 25, 500, 250, 5, 3, "InstanceNorm2d"),
}


@pytest.mark.parametrize(("name", "labels"), OF_PAPERS)
def test_presets_are_the_papers_numbers(name, labels):
    """As in the papers' sections on training."""
    preset = settled(PRESETS[name], LABEL_SPACES[labels])
    plans = preset_plans(NNUNET_PLANS, preset, name)
    configuration, layers = plans["configurations"]["2d"], network(plans)
    assert plans["preparation"].startswith("convert ")
    assert (
        configuration["patch_size"],
        configuration["batch_size"],
        plans["num_epochs"],
        plans["num_iterations_per_epoch"],
        layers["n_stages"],
        layers["kernel_sizes"][0][0],
        layers["norm_op"].split(".")[-1],
    ) == OF_PAPERS[name, labels]


def test_zhangs_network_can_be_built_from_the_plans():
    """Its class and layers by the names in the plans: 5x5 kernels, slopes of 0.1, 23,972,680 parameters."""
    from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

    architecture = preset_plans(NNUNET_PLANS, PRESETS["holzmann-2021"], "h")["configurations"]["2d"]["architecture"]
    names = (architecture["network_class_name"], architecture["arch_kwargs"], architecture["_kw_requires_import"])
    built = get_network_from_plans(*names, 1, 2)
    assert sum(parameter.numel() for parameter in built.parameters()) == 23_972_680
    assert architecture["arch_kwargs"]["nonlin_kwargs"]["negative_slope"] == 0.1


@pytest.mark.parametrize("size", [128, 256, 512])
def test_gattolins_patches_have_five_stages(size):
    """At all three sizes."""
    preset = with_overrides(PRESETS["gattolin"], patch_size=(size, size))
    assert network(preset_plans(NNUNET_PLANS, preset, "g"))["n_stages"] == 5


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ("fused", [""]),
        ("front", [""]),
        ("zones", [""]),
        ("multitask", ["Late", "Early"]),
        ("boundary", ["Late"]),
    ],
)
def test_each_label_has_its_own_rows(labels, rows):
    """Of Herrmann et al. (2023, Table A2): the dataset is made as it was, the boundary is for late branching alone."""
    preset = settled(PRESETS["herrmann-2023"], LABEL_SPACES[labels])
    assert preset.preparation == f"convert caffe --labels {labels}"
    assert preset.trainers == tuple(f"nnUNetTrainerGlacier{row}" for row in rows)


@pytest.mark.parametrize("size", [128, 512])
def test_gattolins_dataset_is_cut_into_patches_of_the_size(size):
    """A patch of the network's is one of the dataset's."""
    preset = with_overrides(PRESETS["gattolin"], patch_size=(size, size))
    assert f"--patch-size {size} --split-by-patch --folds split" in preset.preparation
    assert "--patch-size 256 " in with_overrides(PRESETS["gattolin"], batch_size=2).preparation


def test_what_is_asked_for_comes_before_what_the_labels_say():
    """A patch of one's own with several tasks."""
    preset = with_overrides(settled(PRESETS["herrmann-2023"], LABEL_SPACES["multitask"]), patch_size=(512, 512))
    assert (preset.patch_size, preset.batch_size) == ((512, 512), 2)
