"""A session of the engine that GSPREP_TEST_ENGINE names; see tests/test_spark_engines.py."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

# Workers are processes of Python that import gsprep.
os.environ["PYSPARK_PYTHON"] = sys.executable
ENGINE = os.environ.get("GSPREP_TEST_ENGINE", "sail")


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Return a session; Sail is an engine that needs no Java."""
    if ENGINE == "sail":
        yield from _sail()
        return
    session = _classic()
    yield session
    session.stop()


def _sail() -> Iterator[Any]:
    server = pytest.importorskip("pysail.spark").SparkConnectServer(port=0)
    server.start(background=True)
    address = f"sc://127.0.0.1:{server.listening_address[1]}"
    builder = pytest.importorskip("pyspark.sql").SparkSession.builder
    session = builder.remote(address).getOrCreate()
    yield session
    session.stop()
    server.stop()


def _classic() -> Any:
    """Return a session in a JVM that serves Spark Connect, too."""
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        # Compiling takes longer than a few rows do.
        "spark.sql.codegen.wholeStage": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.port": str(free_port()),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    builder = pytest.importorskip("pyspark.sql").SparkSession.builder.master("local[1]")
    return builder.config(map=options).getOrCreate()


@pytest.fixture
def connected(spark: Any) -> Callable[[], AbstractContextManager[Any]]:
    """Return what opens a session of Spark Connect with the same engine."""

    @contextmanager
    def opened() -> Iterator[Any]:
        if ENGINE == "sail":
            yield spark
            return
        port = spark.conf.get("spark.connect.grpc.binding.port")
        sessions = pytest.importorskip("pyspark.sql.connect.session").SparkSession
        with pytest.MonkeyPatch.context() as patch:
            # Functions of columns are those of Connect then.
            patch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")
            session = sessions.builder.remote(f"sc://127.0.0.1:{port}").create()
            yield session
            session.client.close()

    return opened
