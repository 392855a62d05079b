from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of docker-compose.yml by name."""
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = loaded["services"]
    return found


@pytest.mark.parametrize("name", ["valkey", "bot"])
def test_each_service_is_confined(services: dict[str, Any], name: str) -> None:
    """No service runs as root, writes to its root file system or holds a capability."""
    service = services[name]
    uid = str(service["user"]).partition(":")[0]

    assert int(uid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - a mount inside the container
    assert service["healthcheck"]["test"][0] == "CMD"


def test_the_store_keeps_every_write(services: dict[str, Any]) -> None:
    """The store appends each write to a file on a named volume before it answers."""
    command = services["valkey"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--appendfsync") + 1] == "always"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert services["valkey"]["volumes"] == ["valkey:/data"]
    assert "ports" not in services["valkey"]


def test_the_bot_waits_for_the_store_and_is_asked_whether_it_is_ready(
    services: dict[str, Any],
) -> None:
    """The bot starts after a healthy store; its own health is /readyz; its page is local."""
    bot = services["bot"]

    assert bot["depends_on"]["valkey"]["condition"] == "service_healthy"
    assert "/readyz" in " ".join(bot["healthcheck"]["test"])
    assert bot["ports"] == ["127.0.0.1:8427:8427"]
    assert bot["environment"]["PAPERWIRE_DATA_DIR"] == "/data"
    assert bot["volumes"] == ["data:/data"]


def test_the_image_is_locked_and_runs_as_a_plain_user() -> None:
    """The image installs by hash from the lock and ends as a user that is not root."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert "ARG LOCK=requirements.lock" in dockerfile
    assert "--require-hashes -r ${LOCK}" in dockerfile
    assert "--no-deps --no-build-isolation" in dockerfile
    users = [line.split()[1] for line in dockerfile.splitlines() if line.startswith("USER ")]
    assert users == ["10001:10001"]
