import pytest
import typer
from typer.testing import CliRunner

from nnunet_glacier.cli.application import _Commands


@pytest.mark.parametrize(("make", "error"), [(("file",), FileExistsError), (("file", "below"), NotADirectoryError)])
def test_a_file_where_a_folder_is_needed_ends_without_a_traceback(tmp_path, make, error):
    """Whatever a command forgot to look at: code 2 and the path."""
    (tmp_path / "file").touch()
    app = typer.Typer(cls=_Commands)

    @app.command()
    def first() -> None:
        with pytest.raises(error):
            tmp_path.joinpath(*make).mkdir()
        tmp_path.joinpath(*make).mkdir()

    @app.command()
    def second() -> None:
        """A second command, so that the first has its name."""

    result = CliRunner().invoke(app, ["first"])
    assert result.exit_code == 2
    assert f"nnunet-glacier: {tmp_path.joinpath(*make)}: it is a file, or lies below one" in result.output
