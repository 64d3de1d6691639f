"""`newsmonitor init` and `newsmonitor schema`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli

SHIPPED = Path(__file__).parents[3] / "config"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_init_writes_a_configuration_that_passes_the_check(tmp_path: Path) -> None:
    """What is written is what is shipped, and is fine as it is."""
    target = tmp_path / "deep" / "config"
    result = _run("init", str(target))
    assert result.exit_code == 0
    written = {path.name: path.read_bytes() for path in target.iterdir()}
    assert written == {
        path.name: path.read_bytes() for path in SHIPPED.iterdir() if path.suffix in (".yaml", ".json")
    }
    checked = _run("--config", str(target), "check")
    assert checked.exit_code == 0
    assert checked.stdout.endswith(": fine\n")


def test_init_says_what_to_do_next(tmp_path: Path) -> None:
    """The next commands are spelt with the directory that was chosen."""
    target = tmp_path / "watch"
    output = _run("init", str(target)).stdout
    assert f"written  {target}/rules.yaml" in output
    assert f"newsmonitor --config {target} check" in output


def test_init_goes_to_the_directory_of_the_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument it is that of --config, by default ./config."""
    monkeypatch.chdir(tmp_path)
    result = _run("init")
    assert result.exit_code == 0
    assert (tmp_path / "config" / "rules.yaml").is_file()
    assert "newsmonitor check" in result.stdout


def test_init_leaves_an_existing_configuration_alone(tmp_path: Path) -> None:
    """Nothing is overwritten and nothing is added beside it."""
    (tmp_path / "mine.yaml").write_text("rules: {Oil: oil}")
    result = _run("init", str(tmp_path))
    assert result.exit_code == 2
    assert "mine.yaml): nothing was written" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_init_keeps_files_that_are_no_configuration(tmp_path: Path) -> None:
    """A schema that lies there already is kept as it is."""
    (tmp_path / "schema.json").write_text("{}")
    result = _run("init", str(tmp_path))
    assert result.exit_code == 0
    assert (tmp_path / "schema.json").read_text() == "{}"
    assert f"kept     {tmp_path}/schema.json" in result.stdout


@pytest.mark.parametrize("target", ["file", "file/config"])
def test_init_cannot_write_into_a_file(target: str, tmp_path: Path) -> None:
    """What cannot be written is named."""
    (tmp_path / "file").write_text("")
    result = _run("init", str(tmp_path / target))
    assert result.exit_code == 2
    assert str(tmp_path / "file") in result.stderr


def test_schema_prints_the_committed_schema() -> None:
    """The output can be redirected into the file."""
    result = _run("schema")
    assert result.exit_code == 0
    assert result.stdout == (SHIPPED / "schema.json").read_text("utf-8")
    assert json.loads(result.stdout)["properties"]
