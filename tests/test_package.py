"""The wheel, installed in an environment of its own away from the checkout, builds the example."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_its_templates_and_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "scheduler/templates/html/visit_sheet.html.j2" in names
    assert "scheduler/templates/locale/zh.toml" in names
    assert "scheduler/templates/study/protocol.yaml" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert all(name.startswith(("scheduler/", "trial_scheduler-")) for name in names)
    assert not any(name.startswith("scheduler/templates/") and name.endswith(".py") for name in names)


def test_the_installed_wheel_builds_the_example(wheel: Path, tmp_path: Path) -> None:
    """The new environment borrows the dependencies of this one, so that nothing is fetched; the package itself is its own."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    [site_packages] = environment.rglob("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    code = (
        f"import sys; sys.path.extend({borrowed!r}); import scheduler; "
        f"assert scheduler.__file__.startswith({str(site_packages)!r}), scheduler.__file__; "
        "from scheduler.cli import main; main()"
    )
    out = tmp_path / "out"
    command = [str(binaries / "python"), "-I", "-c", code, "build", str(EXAMPLE), "--out", str(out)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert (out / "participants" / "YC-003" / "visit-sheet.html").exists()
