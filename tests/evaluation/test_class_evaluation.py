"""``evaluate`` on sea ice: two tiny scenes by hand, scikit-learn, folds, and what is refused."""

import datetime
import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.evaluation.classes.class_maps import count_classes
from nnunet_glacier.evaluation.classes.class_tables import CLASS_COLUMNS
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.measures.class_scores import accuracy, multiclass_mcc
from nnunet_glacier.support.errors import InputError

SPACE = LABEL_SPACES["sea_ice"]
CLASSES = ["water", "new ice", "nilas", "young ice", "first-year ice", "old ice"]

# Water, new, first-year and old ice, and a column of land (6), which is not scored.
JANUARY = np.array([[0, 0, 0, 0, 6], [1, 1, 1, 1, 6], [4, 4, 4, 4, 6], [5, 5, 5, 5, 6]], dtype=np.uint8)
# One pixel of water taken for new ice, two of old ice for first-year ice; on land whatever came.
GUESSED_JANUARY = np.array([[0, 0, 0, 1, 0], [1, 1, 1, 1, 255], [4, 4, 4, 4, 6], [4, 4, 5, 5, 5]], dtype=np.uint8)
# Water and nilas, and all taken for water.
JULY = np.repeat(np.array([0, 2], dtype=np.uint8), 10).reshape(4, 5)
GUESSED_JULY = np.zeros((4, 5), dtype=np.uint8)


def describe(folder: Path, variant: str = "sea_ice") -> None:
    """The ``dataset.json`` of the converted dataset, which nnU-Net copies beside its predictions."""
    space = LABEL_SPACES[variant]
    labels = {**space.nnunet_labels(), "ignore": space.n_codes}
    folder.mkdir(parents=True, exist_ok=True)
    content = {"labels": labels, "tasks": space.to_json(), "file_ending": ".tif"}
    (folder / "dataset.json").write_text(json.dumps(content))


@pytest.fixture
def ice(tmp_path) -> Path:
    """A converted dataset: January and July test; of four training cases ``v`` and ``w`` validate, one a fold."""
    root = tmp_path / "Dataset020_SeaIce"
    describe(root)
    scenes = []
    for case, split, month, label in (
        ("january", "test", 1, JANUARY),
        ("july", "test", 7, JULY),
        ("t", "train", 3, JULY),
        ("u", "train", 4, JULY),
        ("v", "train", 2, JANUARY),
        ("w", "train", 6, JULY),
    ):
        write_raster(root / f"labels{'Ts' if split == 'test' else 'Tr'}" / f"{case}.tif", label)
        scenes.append(Scene(case, split, case, datetime.date(2018, month, 16), "S1", 80.0))
    write_scenes(root / "scenes.csv", scenes)
    folds = [{"train": ["t", "u", "w"], "val": ["v"]}, {"train": ["t", "u", "v"], "val": ["w"]}]
    (root / "splits_final.json").write_text(json.dumps(folds))
    return root


@pytest.fixture
def maps(tmp_path) -> Path:
    """What nnUNetv2_predict writes of the two test scenes."""
    folder = tmp_path / "predictions"
    describe(folder)
    write_raster(folder / "january.tif", GUESSED_JANUARY)
    write_raster(folder / "july.tif", GUESSED_JULY)
    return folder


def test_pooled_scores_by_hand(ice, maps, summary_of):
    """36 scored pixels, 23 of them right; land is in no figure, young ice is nowhere."""
    summary = summary_of(maps, ice)
    assert (summary["scheme"], summary["split"], summary["classes"], summary["ignore"]) == (
        "single",
        "test",
        CLASSES,
        6,
    )
    pooled = summary["pooled"]
    assert (pooled["scenes"], pooled["scored_pixels"], pooled["ignored_pixels"]) == (2, 36, 4)
    assert pooled["confusion"] == [
        [13, 1, 0, 0, 0, 0],
        [0, 4, 0, 0, 0, 0],
        [10, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 4, 0],
        [0, 0, 0, 0, 2, 2],
    ]
    expected = {
        "water": {"precision": 13 / 23, "recall": 13 / 14, "f1": 26 / 37, "iou": 13 / 24, "support": 14},
        "new ice": {"precision": 4 / 5, "recall": 1, "f1": 8 / 9, "iou": 4 / 5, "support": 4},
        "nilas": {"precision": 0, "recall": 0, "f1": 0, "iou": 0, "support": 10},
        "young ice": {"precision": None, "recall": None, "f1": None, "iou": None, "support": 0},
        "first-year ice": {"precision": 4 / 6, "recall": 1, "f1": 8 / 10, "iou": 4 / 6, "support": 4},
        "old ice": {"precision": 1, "recall": 1 / 2, "f1": 4 / 6, "iou": 1 / 2, "support": 4},
    }
    assert list(pooled["classes"]) == CLASSES and pooled["absent_classes"] == ["young ice"]
    for name, scores in expected.items():
        assert pooled["classes"][name] == pytest.approx(scores), name
    assert pooled["accuracy"] == pytest.approx(23 / 36)
    assert pooled["f1_macro"] == pytest.approx((26 / 37 + 8 / 9 + 0 + 8 / 10 + 4 / 6) / 5)
    assert pooled["iou_macro"] == pytest.approx((13 / 24 + 4 / 5 + 0 + 4 / 6 + 1 / 2) / 5)
    assert pooled["f1_weighted"] == pytest.approx((14 * 26 / 37 + 4 * 8 / 9 + 4 * 8 / 10 + 4 * 4 / 6) / 36)
    # Labelled 14, 4, 10, 0, 4, 4; predicted 23, 5, 0, 0, 6, 2.
    assert pooled["mcc"] == pytest.approx((36 * 23 - 374) / math.sqrt((36**2 - 344) * (36**2 - 594)))
    january, july = (6 / 7 + 8 / 9 + 8 / 10 + 4 / 6) / 4, (2 / 3 + 0) / 2
    assert pooled["f1_weighted_mean_over_scenes"] == pytest.approx((january + july) / 2)


def test_scikit_learn_agrees(ice, maps, summary_of):
    """Weighted F1, accuracy and MCC of the scored pixels of both scenes."""
    pooled = summary_of(maps, ice)["pooled"]
    scored = JANUARY != 6
    truth = np.concatenate([JANUARY[scored], JULY.ravel()])
    guess = np.concatenate([GUESSED_JANUARY[scored], GUESSED_JULY.ravel()])
    assert pooled["f1_weighted"] == pytest.approx(metrics.f1_score(truth, guess, average="weighted"))
    assert pooled["accuracy"] == pytest.approx(metrics.accuracy_score(truth, guess))
    assert pooled["mcc"] == pytest.approx(metrics.matthews_corrcoef(truth, guess))


def test_scenes_and_confusion_as_tables(ice, maps, evaluate, tmp_path):
    """A row a scene with the columns of the docs; a row a labelled class."""
    result = evaluate(maps, ice, tmp_path / "scores")
    assert result.exit_code == 0, result.output
    table = pd.read_csv(tmp_path / "scores" / "scores.csv")
    names = [re.sub(r"\W+", "_", name) for name in CLASSES]
    columns = [
        column.replace("<class>", name) for column in CLASS_COLUMNS for name in (names if "<" in column else [""])
    ]
    assert list(table.columns) == columns
    rows = table.set_index("case")
    assert rows.loc["january", ["scored_pixels", "ignored_pixels", "support_first_year_ice"]].tolist() == [16, 4, 4]
    assert rows.loc["january", "recall_old_ice"] == 0.5 and math.isnan(rows.loc["january", "f1_nilas"])
    assert rows.loc["january", "remarks"] == "in neither label nor prediction: nilas, young ice"
    assert rows.loc["july", "f1_weighted"] == pytest.approx(1 / 3) and rows.loc["july", "accuracy"] == 0.5
    confusion = pd.read_csv(tmp_path / "scores" / "confusion.csv")
    assert list(confusion.columns) == ["prediction", "labelled", *CLASSES]
    assert confusion["labelled"].tolist() == CLASSES
    assert confusion[CLASSES].to_numpy()[2].tolist() == [10, 0, 0, 0, 0, 0]


def test_the_screen_names_every_class_and_what_was_written(ice, maps, evaluate, tmp_path):
    """With the headline figure, and what was left out."""
    output = evaluate(maps, ice, tmp_path / "scores").output
    for text in (*CLASSES, "macro mean", "weighted F1", "0.703", "labelled pixels", "4 of 40 pixels are labelled 6"):
        assert text in output
    assert output.rstrip().splitlines()[-1].startswith("Written: ")


def test_maps_of_our_own_prediction_score_the_same(ice, maps, summary_of, tmp_path):
    """They lie in ``labels`` below the folder, and may be PNG."""
    stock = summary_of(maps, ice)["pooled"]
    own = tmp_path / "own"
    describe(own)
    write_raster(own / "labels" / "january.png", GUESSED_JANUARY)
    write_raster(own / "labels" / "july.png", GUESSED_JULY)
    assert summary_of(own, ice, "--overwrite")["pooled"] == stock


def test_repeated_trainings_give_mean_and_deviation(ice, maps, evaluate, tmp_path):
    """Accuracies of 23 and 36 out of 36; the scenes are not pooled twice."""
    perfect = tmp_path / "perfect"
    describe(perfect)
    write_raster(perfect / "january.tif", JANUARY)
    write_raster(perfect / "july.tif", JULY)
    result = evaluate(maps, perfect, ice, tmp_path / "scores")
    assert "4 of 40 pixels are labelled 6" in result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert summary["scheme"] == "repeated" and "pooled" not in summary
    assert list(summary["folds"]) == ["predictions", "perfect"]
    assert summary["folds"]["perfect"]["mcc"] == pytest.approx(1.0)
    accuracy = summary["over_folds"]["accuracy"]
    assert accuracy["mean"] == pytest.approx((23 + 36) / 72) and accuracy["folds"] == 2
    assert accuracy["sd"] == pytest.approx((36 - 23) / 36 / math.sqrt(2))
    assert summary["over_folds"]["classes"]["old ice"]["recall"]["mean"] == pytest.approx(0.75)
    assert summary["over_folds"]["classes"]["young ice"]["f1"] == {
        **dict.fromkeys(("mean", "sd", "minimum", "maximum")),
        "folds": 0,
    }
    table = pd.read_csv(tmp_path / "scores" / "confusion.csv")
    assert table["prediction"].unique().tolist() == ["predictions", "perfect"] and len(table) == 12


def test_a_cross_validation_is_pooled_and_misses_no_scene_that_never_validates(ice, evaluate, tmp_path):
    """Of four training cases two validate; the others are in no fold's predictions and not asked for."""
    model = tmp_path / "Trainer__Plans__2d"
    describe(model)
    write_raster(model / "fold_0" / "validation" / "v.tif", GUESSED_JANUARY)
    write_raster(model / "fold_1" / "validation" / "w.tif", GUESSED_JULY)
    result = evaluate(model, ice, tmp_path / "scores")
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert (summary["scheme"], summary["split"], summary["missing_predictions"]) == ("cross-validation", "train", [])
    assert summary["pooled"]["accuracy"] == pytest.approx(23 / 36)
    assert summary["folds"]["fold_1"]["accuracy"] == 0.5
    table = pd.read_csv(tmp_path / "scores" / "confusion.csv")
    assert table["prediction"].unique().tolist() == ["all", "fold_0", "fold_1"]
    (model / "fold_1" / "validation" / "w.tif").rename(model / "fold_1" / "validation" / ".w.tif")
    refused = evaluate(model, ice, tmp_path / "other")
    assert refused.exit_code == 2 and "was stopped before its first map" in refused.output


def test_a_scene_without_scored_pixels_has_no_scores(ice, maps, summary_of, tmp_path):
    """It is in the table, and in no mean."""
    write_raster(ice / "labelsTs" / "january.tif", np.full_like(JANUARY, 6))
    pooled = summary_of(maps, ice)["pooled"]
    assert (pooled["scored_pixels"], pooled["ignored_pixels"]) == (20, 20)
    assert pooled["f1_weighted_mean_over_scenes"] == pytest.approx(1 / 3)
    row = pd.read_csv(tmp_path / "scores" / "scores.csv").set_index("case").loc["january"]
    assert math.isnan(row["accuracy"]) and math.isnan(row["mcc"]) and row["remarks"].startswith("no pixel is scored")


def _no_prediction(maps, ice):
    (maps / "january.tif").unlink()


def _no_label(maps, ice):
    (ice / "labelsTs" / "january.tif").unlink()


def _other_size(maps, ice):
    write_raster(maps / "january.tif", GUESSED_JANUARY[:3])


def _no_class(maps, ice):
    guess = GUESSED_JANUARY.copy()
    guess[0, :2] = 9, 7
    write_raster(maps / "january.tif", guess)


def _ignore_predicted(maps, ice):
    write_raster(maps / "january.tif", np.full_like(JANUARY, 6))


def _no_class_in_label(maps, ice):
    write_raster(ice / "labelsTs" / "january.tif", JANUARY + np.uint8(20))


def _broken(maps, ice):
    (maps / "january.tif").write_bytes(b"broken")


def _stranger(maps, ice):
    write_raster(maps / "june.tif", JULY)


BAD = {
    "no prediction of scene january": _no_prediction,
    "labelsTs/january.tif: there is no such file": _no_label,
    "january.tif: it has 3x5 pixels (rows x columns), its label": _other_size,
    "predictions/january.tif: it holds values 7, 9 at labelled pixels, but the classes are 0 to 5": _no_class,
    "predictions/january.tif: it holds values 6 at labelled pixels": _ignore_predicted,
    "labelsTs/january.tif: it holds values 20, 21, 24, 25, 26, but its labels are 0 to 5 and 6": _no_class_in_label,
    "predictions/january.tif: it cannot be read as a GeoTIFF": _broken,
    "has no scene 'june'": _stranger,
}


@pytest.mark.parametrize("what", BAD)
def test_bad_scenes_are_refused_or_skipped(ice, maps, evaluate, tmp_path, what):
    """Refused with exit code 2 and nothing written; with --skip-bad the rest is scored, and every output says so."""
    BAD[what](maps, ice)
    out = tmp_path / "scores"
    refused = evaluate(maps, ice, out)
    assert refused.exit_code == 2 and what in refused.output
    assert not out.exists()
    skipping = evaluate(maps, ice, out, "--skip-bad")
    assert skipping.exit_code == 0, skipping.output
    assert what in skipping.output and "SKIPPED 1 scene" in skipping.output
    summary = json.loads((out / "summary.json").read_text())
    case = "june" if BAD[what] is _stranger else "january"
    assert [fault["case"] for fault in summary["skipped"]] == [case]
    assert summary["pooled"]["scored_pixels"] == (36 if case == "june" else 20)
    remarks = pd.read_csv(out / "scores.csv").set_index("case")["remarks"]
    assert remarks[case].startswith("skipped: ") and what in remarks[case]


def test_all_problems_come_at_once(ice, maps, evaluate, tmp_path):
    """A missing prediction, a wrong value and a stranger in one list."""
    _no_prediction(maps, ice)
    _stranger(maps, ice)
    write_raster(maps / "july.tif", GUESSED_JULY + np.uint8(8))
    refused = evaluate(maps, ice, tmp_path / "scores")
    assert refused.exit_code == 2 and "3 problems; nothing was written" in refused.output
    for text in ("no prediction of scene january", "has no scene 'june'", "it holds values 8 at labelled pixels"):
        assert text in refused.output


def test_missing_scenes_may_be_allowed(ice, maps, summary_of):
    """The rest is scored and the missing one named."""
    _no_prediction(maps, ice)
    summary = summary_of(maps, ice, "--allow-missing")
    assert summary["pooled"]["scored_pixels"] == 20
    assert summary["missing_predictions"] == [{"prediction": "predictions", "case": "january"}]


def test_a_model_of_other_classes_is_refused(ice, maps, evaluate, tmp_path):
    """Its dataset.json names them: ids of other classes must not be compared."""
    describe(maps, "zones")
    refused = evaluate(maps, ice, tmp_path / "scores")
    assert refused.exit_code == 2 and "the predicted classes are NA, rock, glacier, ocean" in refused.output


def test_two_experiments_in_one_folder_are_refused(ice, maps, evaluate, tmp_path):
    """Maps in the folder and in ``labels`` below it: which of them is meant is not known."""
    write_raster(maps / "labels" / "january.tif", JANUARY)
    refused = evaluate(maps, ice, tmp_path / "scores")
    assert refused.exit_code == 2 and "it mixes predictions of several experiments" in refused.output


@pytest.mark.parametrize(
    "given",
    [
        ("--route", "zones"),
        ("--threshold", 0.5),
        ("--min-front-length-m", 10),
        ("--front-side", "glacier"),
        ("--hemisphere", "COL=north"),
        ("--seed", 3),
    ],
)
def test_options_about_fronts_are_refused(ice, maps, evaluate, tmp_path, given):
    """They would change nothing, and are not taken silently."""
    refused = evaluate(maps, ice, tmp_path / "scores", *given)
    assert refused.exit_code == 2 and f"{given[0]}: it is about fronts" in refused.output
    assert not (tmp_path / "scores").exists()


def test_scores_of_other_predictions_stay(ice, maps, evaluate, tmp_path):
    """As with fronts: --overwrite replaces them."""
    out = tmp_path / "scores"
    assert evaluate(maps, ice, out).exit_code == 0
    other = maps.rename(tmp_path / "other")
    assert evaluate(other, ice, out).exit_code == 2
    assert evaluate(other, ice, out, "--overwrite").exit_code == 0


@pytest.mark.parametrize("values", [[0.2, 1.0], [math.nan, 1.0], [-1.0, 1.0]])
def test_fractions_and_unknown_pixels_are_no_classes(tmp_path, values):
    """Probabilities among the class maps are told from class ids."""
    predicted, label = tmp_path / "predicted.mha", tmp_path / "label.png"
    sitk = pytest.importorskip("SimpleITK")
    sitk.WriteImage(sitk.GetImageFromArray(np.array([values])), str(predicted))
    write_raster(label, np.array([[0, 1]], dtype=np.uint8))
    with pytest.raises(InputError, match=re.escape(f"it holds values {values[0]:g} at labelled pixels")):
        count_classes(predicted, label, classes=2, ignore=None)


def test_figures_of_degenerate_matrices():
    """One class alone on both sides tells nothing; on one side it is 0; nothing at all has no figure."""
    assert math.isnan(multiclass_mcc(np.diag([5, 0, 0]))) and accuracy(np.diag([5, 0, 0])) == 1.0
    assert multiclass_mcc(np.array([[5, 1, 0], [0, 0, 0], [0, 0, 0]])) == 0.0
    assert multiclass_mcc(np.array([[0, 4], [0, 0]])) == 0.0
    empty = np.zeros((3, 3), dtype=np.int64)
    assert math.isnan(multiclass_mcc(empty)) and math.isnan(accuracy(empty))


def test_mcc_of_scenes_as_large_as_they_come():
    """Products of a billion pixels a class leave 64 bits; the figure does not depend on the scale."""
    small = np.array([[5, 1, 0], [2, 7, 1], [0, 3, 4]])
    assert multiclass_mcc(small * 10**9) == pytest.approx(multiclass_mcc(small), rel=1e-12)


def test_docs_describe_every_column_of_class_maps():
    """docs/scores.md holds the table of `CLASS_COLUMNS`, in its order."""
    page = (Path(__file__).parents[2] / "docs" / "scores.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {unit} | {meaning} |" for name, (unit, meaning) in CLASS_COLUMNS.items()]
    assert "\n".join(rows) in page


def test_labels_that_were_left_behind_are_named(ice, maps, evaluate, tmp_path):
    """The whole folder of a split: the table stands for both scenes, and nothing is written."""
    shutil.rmtree(ice / "labelsTs")
    result = evaluate(maps, ice, tmp_path / "scores")
    assert result.exit_code == 2 and "1 problem; nothing was written" in result.output, result.output
    assert f"{ice / 'scenes.csv'}: there are no label maps of split 'test' beside it." in result.output


def test_no_threshold_is_chosen_for_ice_types(ice, maps, tmp_path):
    """They have no line that a probability could be of."""
    result = CliRunner().invoke(app, ["sweep", str(maps), str(ice), str(tmp_path / "sweep")])
    assert result.exit_code == 2 and "Traceback" not in result.output
    assert f"{ice / 'dataset.json'}: its label maps hold ice types and no line." in result.output
