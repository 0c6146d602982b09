"""The lines that ``env`` prints for the shell."""

import subprocess

from nnunet_glacier.support.environment import PLUGIN_FOLDER, export_line, unset_folders


def value_in_shell(line: str) -> str:
    """What a shell has in the variable after the line."""
    command = f'{line}\nprintf %s "$nnUNet_extTrainer"'
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout


def test_without_a_setting_the_plugin_folder_stands_alone():
    """An empty list and an unset variable are the same."""
    assert value_in_shell(export_line({})) == str(PLUGIN_FOLDER)
    assert value_in_shell(export_line({"nnUNet_extTrainer": ""})) == str(PLUGIN_FOLDER)


def test_other_folders_are_kept_and_ours_comes_first():
    """Blanks in a folder's name survive the shell."""
    line = export_line({"nnUNet_extTrainer": "/my trainers:/other"})
    assert value_in_shell(line) == f"{PLUGIN_FOLDER}:/my trainers:/other"


def test_our_folder_is_not_listed_twice():
    """The line may be run in every new shell."""
    once = value_in_shell(export_line({"nnUNet_extTrainer": f"/other:{PLUGIN_FOLDER}"}))
    assert once == f"{PLUGIN_FOLDER}:/other"


def test_folders_that_are_not_set_are_named():
    """An empty value counts as not set."""
    lines = unset_folders({"nnUNet_raw": "/data", "nnUNet_results": ""})
    assert [line.split()[0] for line in lines] == ["nnUNet_preprocessed", "nnUNet_results"]
